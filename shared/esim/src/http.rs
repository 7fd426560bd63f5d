//! The eSIM API over HTTP: orders from requests, responses and problems from their outcomes.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::esim::EsimOrderId;

use crate::{
    CommandContext, EsimOrders, NewEsimOrder, PlaceEsimOrderError,
    wire::{accepted_body, read_esim_order, refusal_problem},
};

/// Places the order of a request: 201 with its id.
///
/// # Errors
/// Why it was not placed, as a problem.
pub async fn place(orders: &EsimOrders, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let at = orders.now();
    let sent = read_esim_order(&request.body, at)?;
    let respond = |order: &EsimOrderId| accepted(request, *order);
    let idempotency = request.idempotency(respond)?;
    let context = CommandContext {
        tenant: &request.identity()?.tenant,
        correlation_id: &request.correlation_id,
        idempotency: idempotency.as_ref(),
    };
    let new = NewEsimOrder { details: &sent.details, input: &sent.input, at };
    let order = orders.place(&context, new).await?;
    Ok(accepted(request, order)?.recorded())
}

fn accepted(request: &ApiRequest, order: EsimOrderId) -> Result<ApiResponse, Problem> {
    let response = ApiResponse::json(StatusCode::CREATED, &accepted_body(order))?;
    // Under the base path that the caller used.
    Ok(response.header(header::LOCATION, format!("{}/{order}", request.raw_path)))
}

impl From<PlaceEsimOrderError> for Problem {
    fn from(error: PlaceEsimOrderError) -> Self {
        match error {
            PlaceEsimOrderError::Refused(refusal) => refusal_problem(&refusal),
            PlaceEsimOrderError::Contended => {
                Self::Unavailable { retry_after_seconds: 1, cause: None }
            }
            PlaceEsimOrderError::KeyUsed(used) => Self::KeyUsed(used),
            PlaceEsimOrderError::Store(error) => Self::failed(error),
        }
    }
}
