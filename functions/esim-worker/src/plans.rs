//! Plans of eSIM orders as operations of the operator's provisioning system.

use domain::{
    clock::rfc3339,
    esim::{EsimIccid, EsimOperation, EsimOrder, PlanNetwork},
    network::{Lookup, NetworkAnswer},
};
use network::Operations;
use outbound::ClientError;
use serde::Serialize;

/// The adapter. All plans of an order are one operation under the order's id: all or nothing.
#[derive(Debug, Clone)]
pub struct HttpPlans {
    operations: Operations,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlansRequest<'a> {
    operation_id: &'a str,
    kind: &'static str,
    subscription: Numbers<'a>,
    change: Plans<'a>,
}

#[derive(Serialize)]
struct Numbers<'a> {
    iccid: &'a str,
}

#[derive(Serialize)]
struct Plans<'a> {
    plans: Vec<Plan<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plan<'a> {
    id: String,
    product: &'a str,
    activation_date: String,
}

impl HttpPlans {
    /// The system at `base`, a URL without a trailing slash.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Ok(Self { operations: Operations::new(base)? })
    }
}

impl PlanNetwork for HttpPlans {
    async fn add_plans(&self, order: &EsimOrder, iccid: &EsimIccid) -> NetworkAnswer {
        let key = order.id.to_string();
        let plans = order.plan_ids.iter().zip(&order.details.plans).map(|(id, plan)| Plan {
            id: id.0.to_string(),
            product: plan.product.as_str(),
            activation_date: rfc3339(plan.activation.get()),
        });
        let request = PlansRequest {
            operation_id: &key,
            // The network does not know a new eSIM yet.
            kind: match order.details.operation {
                EsimOperation::NewEsim => "CREATE",
                EsimOperation::Topup { .. } => "CHANGE",
            },
            subscription: Numbers { iccid: iccid.as_str() },
            change: Plans { plans: plans.collect() },
        };
        self.operations.carry_out(&key, &order.correlation_id, &request).await
    }

    async fn look_up(&self, order: &EsimOrder) -> Lookup {
        self.operations.look_up(&order.id.to_string()).await
    }
}
