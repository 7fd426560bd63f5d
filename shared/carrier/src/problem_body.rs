//! Problems: `{"orderMessages": […]}`, one ERROR for every violation
//! (`infra/docs/contracts/carrier-orders.md`, *Intake*).

use api::{Problem, ProblemBody, ResponseContext, problem::Members};
use domain::carrier::{OrderMessage, Severity, registry};

use crate::wire::{messages_body, refusal_body};

/// The body of the carrier API's problems.
#[derive(Debug, Clone, Copy)]
pub enum CarrierProblemBody {}

impl ProblemBody for CarrierProblemBody {
    fn body(problem: &Problem, _: &ResponseContext<'_>) -> Members {
        if let Problem::InvalidParameters(violations) = problem {
            return refusal_body(violations);
        }
        let code = match problem {
            Problem::NotFound | Problem::UnknownPath => registry::ORDER_NOT_FOUND.code,
            _ => problem.code(),
        };
        let message = match registry::ALL.iter().find(|kind| kind.code == code) {
            Some(kind) => kind.message(),
            None => OrderMessage {
                code: None,
                description: Some(code.to_owned()),
                message_information: None,
                severity: Severity::Error,
                field: None,
                order_item_reference: None,
                correction_required: false,
            },
        };
        messages_body(&[message.saying(problem.info())])
    }
}

#[cfg(test)]
mod tests {
    use domain::violation::Violations;
    use serde_json::Value;

    use super::*;

    fn body(problem: Problem) -> Value {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let response = problem.into_response::<CarrierProblemBody>(&context);
        serde_json::from_slice(response.body()).unwrap()
    }

    #[test]
    fn a_carrier_problem_has_an_error_for_every_violation() {
        let mut violations = Violations::one("/input/customer/email", "required");
        violations.add("/input/countryCode", "two letters");
        let refusal = body(violations.into());
        let messages = refusal["orderMessages"].as_array().unwrap();
        assert_eq!(messages.len(), 2);
        for message in messages {
            assert_eq!(message["severity"], "ERROR");
            assert_eq!(message["code"], "FMT001");
        }
        assert_eq!(messages[0]["field"], "/input/customer/email");
        let refusal = body(Problem::Forbidden);
        let [message] = refusal["orderMessages"].as_array().unwrap().as_slice() else {
            panic!("one")
        };
        assert_eq!(message["severity"], "ERROR");
        assert_eq!(message["description"], "FORBIDDEN");
        assert_eq!(message["messageInformation"], "the client's roles do not allow this");
    }

    #[test]
    fn the_cause_of_an_internal_error_is_not_in_its_body() {
        let text = body(Problem::internal("table Orders is gone")).to_string();
        assert!(!text.contains("Orders"), "{text}");
    }
}
