//! The eSIM API over HTTP: orders from requests, responses and problems from their outcomes.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header, problem::messages};
use domain::{
    esim::{EsimOrderId, EsimRefusal},
    scenario::ReservedValueError,
};

use crate::{
    CommandContext, EsimOrders, NewEsimOrder, PlaceEsimOrderError,
    wire::{accepted_body, read_esim_order},
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
        parent: None,
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
            PlaceEsimOrderError::Reserved(error) => {
                Self::unprocessable(ReservedValueError::CODE, error.to_string())
            }
            PlaceEsimOrderError::Contended => {
                Self::Unavailable { retry_after_seconds: 1, cause: None }
            }
            PlaceEsimOrderError::KeyUsed(used) => Self::KeyUsed(used),
            PlaceEsimOrderError::Store(error) => Self::failed(error),
        }
    }
}

/// The problem that tells why an order cannot be taken.
fn refusal_problem(refusal: &EsimRefusal) -> Problem {
    let violations = refusal.violations();
    match refusal {
        EsimRefusal::CurrencyNotSupported { .. } | EsimRefusal::ProfileTypesDiffer => {
            Problem::InvalidParameters(violations)
        }
        EsimRefusal::OrderOutstanding { .. } => {
            Problem::conflict(refusal.error_type(), refusal.to_string())
        }
        EsimRefusal::ProductNotFound { .. }
        | EsimRefusal::CustomerMustExist
        | EsimRefusal::EmailAndIccidDoNotMatch
        | EsimRefusal::SubscriptionLimitReached { .. } => {
            // One message for each fault, in place of the one that is usual.
            let messages = messages(&violations);
            Problem::unprocessable(refusal.error_type(), refusal.to_string())
                .with("messages", messages)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_type() {
        let order = "0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6".parse().unwrap();
        for (refusal, code) in [
            (EsimRefusal::ProductNotFound { items: vec![0] }, "PRODUCT_NOT_FOUND"),
            (EsimRefusal::CustomerMustExist, "CUSTOMER_MUST_EXIST"),
            (EsimRefusal::EmailAndIccidDoNotMatch, "EMAIL_AND_ICCID_DO_NOT_MATCH"),
            (EsimRefusal::SubscriptionLimitReached { active: 15 }, "SUBSCRIPTION_LIMIT_REACHED"),
            (EsimRefusal::OrderOutstanding { order }, "ORDER_OUTSTANDING"),
        ] {
            assert_eq!((refusal_problem(&refusal).code(), refusal.error_type()), (code, code));
        }
        let invalid = refusal_problem(&EsimRefusal::ProfileTypesDiffer);
        assert!(matches!(invalid, Problem::InvalidParameters(_)));
    }
}
