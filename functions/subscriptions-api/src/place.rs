//! Placing the order that a change needs: the one way every changing call goes.

use domain::{
    idempotency::{Once, Remembered},
    identity::Tenant,
    provisioning::{Operation, OrderNumber, ProvisioningOrder},
    subscription::{ChangeRequest, ServiceError, Subscription, SubscriptionRef},
};
use edge::http::{ApiRequest, ApiResponse, Problem, StatusCode, header::HeaderName};
use store::{Placed, Placing};
use time::Duration;

use crate::{SubscriptionsApi, bodies::OrderPlaced};

/// How often a change is worked out anew because the subscription was no more as read.
const ATTEMPTS: usize = 4;

static LOCATION: HeaderName = HeaderName::from_static("location");
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a change comes to, once the subscription has been read.
pub(crate) enum Wanted {
    /// An order.
    Order(Operation),
    /// Everything is so already.
    Nothing,
}

impl SubscriptionsApi {
    /// Places an order for a change of an existing subscription.
    pub(crate) async fn change(
        &self,
        request: &ApiRequest,
        change: ChangeRequest,
    ) -> Result<ApiResponse, Problem> {
        self.place(request, |subscription| {
            let difference = subscription.difference(change.clone()).map_err(service_problem)?;
            Ok(if difference.is_empty() {
                Wanted::Nothing
            } else {
                Wanted::Order(Operation::Change(Box::new(difference)))
            })
        })
        .await
    }

    /// Places an order on an existing subscription, as `wanted` says when it has seen it.
    pub(crate) async fn place(
        &self,
        request: &ApiRequest,
        wanted: impl Fn(&Subscription) -> Result<Wanted, Problem>,
    ) -> Result<ApiResponse, Problem> {
        let reference = subscription_of(request)?;
        let tenant = &request.identity()?.tenant;
        let once = request.once()?;
        let answer = self.try_to_place(request, tenant, &reference, once.as_ref(), wanted).await;
        match answer {
            Ok(answer) if answer.status() == StatusCode::ACCEPTED => Ok(answer),
            // Sent again after the first was carried out, a request finds nothing left to do, or
            // no subscription any more. Only then is it worth a read to see whether it was.
            other => match self.earlier(tenant, once.as_ref()).await? {
                Some(earlier) => earlier,
                None => other,
            },
        }
    }

    async fn try_to_place(
        &self,
        request: &ApiRequest,
        tenant: &Tenant,
        reference: &SubscriptionRef,
        once: Option<&Once>,
        wanted: impl Fn(&Subscription) -> Result<Wanted, Problem>,
    ) -> Result<ApiResponse, Problem> {
        for _ in 0..ATTEMPTS {
            let found =
                self.subscriptions.find(tenant, reference).await.map_err(Problem::failed)?;
            let subscription = found.ok_or(Problem::NotFound)?;
            // First: while an order is outstanding, nobody knows what is so already.
            if let Some(order) = subscription.outstanding_order {
                return Err(outstanding(order));
            }
            let Wanted::Order(operation) = wanted(&subscription)? else {
                return Ok(ApiResponse::empty(StatusCode::NO_CONTENT));
            };
            let number = self.draw();
            let order = self.order(request, &subscription, number, operation);
            if let Some(answer) = self.attempt(&order, &subscription, once).await? {
                return Ok(answer);
            }
        }
        Err(Problem::Unavailable { retry_after_seconds: 1, cause: None })
    }

    /// One attempt at the transaction. None: to be worked out anew.
    pub(crate) async fn attempt(
        &self,
        order: &ProvisioningOrder,
        subscription: &Subscription,
        once: Option<&Once>,
    ) -> Result<Option<ApiResponse>, Problem> {
        let now = order.order_date;
        let answer = remembered(order.id, once)?;
        let placing = Placing {
            order,
            subscription,
            due: now + self.watchdog,
            once: once.map(|once| (once, &answer)),
            now,
        };
        match self.placing.place(&placing).await.map_err(Problem::failed)? {
            Placed::Done => {
                let (order_id, operation) = (order.id.get(), order.operation.as_str());
                tracing::info!(order_id, operation, "order placed");
                Ok(Some(respond(&answer)))
            }
            Placed::Repeated(earlier) => match once {
                Some(once) => repeat(once, &earlier).map(Some),
                None => Err(Problem::internal("repeated without a key")),
            },
            Placed::Outstanding(order) => Err(outstanding(order)),
            Placed::SimInUse => {
                Err(Problem::conflict("SIM_IN_USE", "the SIM is in use or no longer valid"))
            }
            Placed::MsisdnInUse => Err(Problem::conflict("MSISDN_IN_USE", "the number is in use")),
            Placed::Changed | Placed::NumberTaken => Ok(None),
        }
    }

    /// The answer to an earlier request under the same key, if there was one.
    pub(crate) async fn earlier(
        &self,
        tenant: &Tenant,
        once: Option<&Once>,
    ) -> Result<Option<Result<ApiResponse, Problem>>, Problem> {
        let Some(once) = once else { return Ok(None) };
        let now = self.clock.now();
        let found = self.placing.remembered(tenant, once, now).await.map_err(Problem::failed)?;
        Ok(found.map(|earlier| repeat(once, &earlier)))
    }

    pub(crate) fn draw(&self) -> OrderNumber {
        OrderNumber::draw(self.clock.now(), self.entropy.random())
    }

    pub(crate) fn order(
        &self,
        request: &ApiRequest,
        on: &Subscription,
        number: OrderNumber,
        operation: Operation,
    ) -> ProvisioningOrder {
        // Stored in milliseconds: what is answered now is what will be read later.
        let now = self.clock.now();
        let now = now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000));
        ProvisioningOrder::placed(number, on, operation, now, request.correlation_id.clone())
    }
}

/// The subscription that the path names.
pub(crate) fn subscription_of(request: &ApiRequest) -> Result<SubscriptionRef, Problem> {
    let text = request.params.get("subscription");
    text.parse().map_err(|error| Problem::invalid("path/subscription", format!("{error}")))
}

pub(crate) fn service_problem(error: ServiceError) -> Problem {
    match error {
        ServiceError::NotAssigned(_) => {
            Problem::bad_request("UNKNOWN_SERVICE", "the subscription does not have this service")
        }
        ServiceError::TooMany => Problem::invalid("/services", error.to_string()),
    }
}

fn outstanding(order: OrderNumber) -> Problem {
    Problem::conflict("ORDER_OUTSTANDING", "the subscription has an outstanding order")
        .with("orderId", order.get())
}

/// The answer to a placed order, in the form in which a repeated request gets it again.
fn remembered(order: OrderNumber, once: Option<&Once>) -> Result<Remembered, Problem> {
    let body = serde_json::to_string(&OrderPlaced::new(order)).map_err(Problem::internal)?;
    Ok(Remembered {
        fingerprint: once.map(|once| once.fingerprint.clone()).unwrap_or_default(),
        status: StatusCode::ACCEPTED.as_u16(),
        location: Some(format!("/ecc/v1/orders/{order}")),
        body,
    })
}

fn respond(answer: &Remembered) -> ApiResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::ACCEPTED);
    let response = ApiResponse::bytes(status, "application/json", answer.body.clone());
    match &answer.location {
        Some(location) => response.header(LOCATION.clone(), location),
        None => response,
    }
}

fn repeat(once: &Once, earlier: &Remembered) -> Result<ApiResponse, Problem> {
    if once.fingerprint == earlier.fingerprint {
        return Ok(respond(earlier).header(REPLAYED.clone(), "true"));
    }
    let info = "the key was used for another request";
    Err(Problem::unprocessable("IDEMPOTENCY_KEY_REUSED", info))
}
