#[cfg(feature = "openapi")]
mod example;

use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::{
    clock::rfc3339,
    order::StatusChange,
    provisioning::{OrderStatus, ProvisioningOrder},
};
use lambda::telemetry::name_order;
use serde::Serialize;

use crate::{ProvisioningOrdersApi, number};

/// A transition of an order.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StatusChangeResponse {
    /// The state it came to.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend("enum" = OrderStatus::ALL.map(OrderStatus::as_str)))
    )]
    status: &'static str,
    /// When: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    at: String,
    /// Why, when there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A provisioning order.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProvisioningOrderResponse {
    /// The order's number, an integer below 2^53.
    order_id: u64,
    /// The number of the subscription when the order was placed; absent when it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<String>,
    /// The SIM of the subscription when the order was placed.
    iccid: String,
    /// `PROVISIONING`, `COMPLETED` or `CANCELED`.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend("enum" = OrderStatus::ALL.map(OrderStatus::as_str)))
    )]
    status: &'static str,
    /// When it was placed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    order_date: String,
    /// When it ended; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    completion_date: Option<String>,
    /// `CREATE`, `CHANGE` or `DELETE`; `RESTORE` or `WITHDRAW` of an order that repairs the network.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = domain::provisioning::Operation::WORDS)))]
    operation: &'static str,
    /// Why it was CANCELED.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Every state it has been in, oldest first.
    history: Vec<StatusChangeResponse>,
}

impl From<ProvisioningOrder> for ProvisioningOrderResponse {
    fn from(order: ProvisioningOrder) -> Self {
        let placed = StatusChangeResponse {
            status: OrderStatus::Provisioning.as_str(),
            at: rfc3339(order.order_date),
            reason: None,
        };
        let later = order.history.iter().map(|StatusChange { status, at, reason, .. }| {
            StatusChangeResponse {
                status: status.as_str(),
                at: rfc3339(*at),
                reason: reason.clone(),
            }
        });
        Self {
            order_id: order.id.get(),
            status: order.status.as_str(),
            order_date: rfc3339(order.order_date),
            completion_date: order.completion_date().map(rfc3339),
            operation: order.operation.as_str(),
            reason: order.reason().map(ToOwned::to_owned),
            history: std::iter::once(placed).chain(later).collect(),
            msisdn: order.msisdn.map(String::from),
            iccid: order.iccid.into(),
        }
    }
}

impl ProvisioningOrdersApi {
    /// `GET /orders/{orderid}`: the state of an order. An order of another tenant is not found.
    pub(crate) async fn get_provisioning_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (tenant, id) = (&request.identity()?.tenant, number(request)?);
        let order = self.orders.get(tenant, id).await.map_err(Problem::failed)?;
        let order = order.ok_or(Problem::NotFound)?;
        name_order(&order.id.to_string());
        ApiResponse::json(StatusCode::OK, &ProvisioningOrderResponse::from(order))
    }
}
