//! The ECC API over HTTP: commands from requests, responses and problems from their outcomes.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::{provisioning::OrderNumber, subscription::ServiceError};

use crate::{
    Command, CommandContext, CommandOutcome, OrderPlaced, PlaceOrderError, SubscriptionOrders,
};

/// Executes the command of a request: 202 with the order, or 204 when nothing had to change.
///
/// # Errors
/// Why no order was placed, as a problem.
pub async fn execute(
    orders: &SubscriptionOrders,
    request: &ApiRequest,
    command: Command,
) -> Result<ApiResponse, Problem> {
    let idempotency = request.idempotency(|order: &OrderNumber| accepted(*order))?;
    let context = CommandContext {
        tenant: &request.identity()?.tenant,
        correlation_id: &request.correlation_id,
        idempotency: idempotency.as_ref(),
        batch: None,
        parent: None,
    };
    match orders.execute(&context, command).await? {
        CommandOutcome::Accepted(order) => Ok(accepted(order)?.recorded()),
        CommandOutcome::Unchanged => Ok(ApiResponse::empty(StatusCode::NO_CONTENT)),
    }
}

fn accepted(order: OrderNumber) -> Result<ApiResponse, Problem> {
    let response = ApiResponse::json(StatusCode::ACCEPTED, &OrderPlaced::new(order))?;
    Ok(response.header(header::LOCATION, format!("/ecc/v1/orders/{order}")))
}

impl From<PlaceOrderError> for Problem {
    fn from(error: PlaceOrderError) -> Self {
        let (code, text) = (error.code(), error.to_string());
        match error {
            PlaceOrderError::SubscriptionNotFound => Self::NotFound,
            PlaceOrderError::ServiceNotAssignable => Self::bad_request(code, text),
            PlaceOrderError::Services(ServiceError::NotAssigned(_)) => {
                Self::bad_request(code, "the subscription does not have this service")
            }
            PlaceOrderError::Services(ServiceError::TooMany) => Self::invalid("/services", text),
            PlaceOrderError::TooManyTags => Self::invalid("path/tag", text),
            PlaceOrderError::OrderOutstanding(order) => {
                Self::conflict(code, text).with("orderId", order.get())
            }
            PlaceOrderError::SimInUse | PlaceOrderError::MsisdnInUse => Self::conflict(code, text),
            PlaceOrderError::Reserved(_) => Self::unprocessable(code, text),
            PlaceOrderError::Contended => Self::Unavailable { retry_after_seconds: 1, cause: None },
            PlaceOrderError::KeyUsed(used) => Self::KeyUsed(used),
            PlaceOrderError::Store(error) => Self::failed(error),
        }
    }
}
