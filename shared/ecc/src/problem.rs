//! Problems: `{"code", "info", …}`; violations as `errors: [{pointer, message}]`
//! (`infra/docs/contracts/ecc.md`).

use api::{
    Problem, ProblemBody, ResponseContext,
    problem::{Members, ViolationResponse, errors, members},
};
use serde::Serialize;

/// The body of the ECC API's problems.
#[derive(Debug, Clone, Copy)]
pub enum EccProblemBody {}

impl ProblemBody for EccProblemBody {
    fn body(problem: &Problem, _: &ResponseContext<'_>) -> Members {
        members(&EccProblem {
            code: problem.code().to_owned(),
            info: problem.info().into_owned(),
            order_id: None,
            status: None,
            errors: errors(problem),
        })
    }
}

/// A problem of the ECC API.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EccProblem {
    /// For programs: `INVALID_PARAMETER`, `UNKNOWN_SERVICE`, `ORDER_OUTSTANDING`, `SIM_IN_USE`, …
    code: String,
    /// For people.
    info: String,
    /// With `ORDER_OUTSTANDING`: the order, which the refusal brings along.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<u64>,
    /// With `ORDER_NOT_CANCELABLE`: the status of the order, which the refusal brings along.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// With `INVALID_PARAMETER`: every fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ViolationResponse>>,
}

#[cfg(test)]
mod tests {
    use api::StatusCode;
    use domain::violation::Violations;
    use serde_json::{Value, json};

    use super::*;

    fn body(problem: Problem) -> Value {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let response = problem.into_response::<EccProblemBody>(&context);
        serde_json::from_slice(response.body()).unwrap()
    }

    #[test]
    fn an_ecc_problem_has_code_and_info_and_its_own_fields() {
        let problem = Problem::conflict("ORDER_OUTSTANDING", "the subscription has an order")
            .with("orderId", 20144);
        assert_eq!(problem.status(), StatusCode::CONFLICT);
        assert_eq!(
            body(problem),
            json!({
                "code": "ORDER_OUTSTANDING",
                "info": "the subscription has an order",
                "orderId": 20144,
            })
        );
    }

    #[test]
    fn every_violation_is_listed() {
        let mut violations = Violations::one("/iccid", "required");
        violations.add("query/limit", "1 to 100");
        assert_eq!(
            body(violations.into())["errors"],
            json!([
                { "pointer": "/iccid", "message": "required" },
                { "pointer": "query/limit", "message": "1 to 100" },
            ])
        );
    }

    #[test]
    fn the_cause_of_an_internal_error_is_not_in_its_body() {
        let text = body(Problem::internal("table Orders is gone")).to_string();
        assert!(!text.contains("Orders"), "{text}");
    }
}
