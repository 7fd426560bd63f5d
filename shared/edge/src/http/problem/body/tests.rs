use http::StatusCode;

use super::*;

fn answer(problem: Problem, style: ProblemStyle) -> ApiResponse {
    let challenge = "Basic".to_owned();
    problem.into_response(&Telling { style, challenge, correlation_id: "correlation-1" })
}

fn body(problem: Problem, style: ProblemStyle) -> Value {
    serde_json::from_slice(answer(problem, style).body()).unwrap()
}

const ALL: [ProblemStyle; 5] = [
    ProblemStyle::Ecc,
    ProblemStyle::Esim,
    ProblemStyle::Carrier,
    ProblemStyle::OAuth,
    ProblemStyle::Rfc9457,
];

#[test]
fn an_ecc_problem_has_code_and_info_and_its_own_fields() {
    let problem = Problem::conflict("ORDER_OUTSTANDING", "the subscription has an order")
        .with("orderId", 20144);
    assert_eq!(problem.status(), StatusCode::CONFLICT);
    assert_eq!(
        body(problem, ProblemStyle::Ecc),
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
        body(violations.into(), ProblemStyle::Ecc)["errors"],
        json!([
            { "pointer": "/iccid", "message": "required" },
            { "pointer": "query/limit", "message": "1 to 100" },
        ])
    );
}

#[test]
fn the_cause_of_an_internal_error_is_not_in_its_body() {
    for style in ALL {
        let text = body(Problem::internal("table Orders is gone"), style).to_string();
        assert!(!text.contains("Orders"), "{text}");
    }
}

#[test]
fn an_rfc_9457_problem_has_its_registered_members() {
    assert_eq!(
        body(Problem::NotFound, ProblemStyle::Rfc9457),
        json!({
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "no such resource",
            "code": "NOT_FOUND",
        })
    );
}

fn two_faults() -> Problem {
    let mut violations = Violations::one("/input/customer/email", "required");
    violations.add("/input/countryCode", "two letters");
    violations.into()
}

#[test]
fn an_esim_problem_has_type_and_messages() {
    assert_eq!(
        body(two_faults(), ProblemStyle::Esim),
        json!({
            "type": "INVALID_REQUEST_PARAMS",
            "messages": ["/input/customer/email: required", "/input/countryCode: two letters"],
        })
    );
    let refusal = Problem::unprocessable("PRODUCT_NOT_FOUND", "no such product");
    assert_eq!(
        body(refusal, ProblemStyle::Esim),
        json!({ "type": "PRODUCT_NOT_FOUND", "messages": ["no such product"] })
    );
    for (problem, kind) in [
        (Problem::invalid("", "not valid JSON"), "INVALID_HTTP_MESSAGE"),
        (Problem::invalid("query", "too long"), "INVALID_HTTP_MESSAGE"),
        (Problem::TooLarge, "INVALID_HTTP_MESSAGE"),
        (Problem::UnsupportedMediaType, "INVALID_HTTP_MESSAGE"),
        (Problem::Unauthorized, "UNAUTHORISED"),
        (Problem::Forbidden, "ACCESS_DENIED"),
        (Problem::NotFound, "ORDER_NOT_FOUND"),
        (Problem::conflict("ORDER_OUTSTANDING", "wait"), "ORDER_OUTSTANDING"),
        (Problem::unavailable("table"), "UNAVAILABLE"),
    ] {
        assert_eq!(body(problem, ProblemStyle::Esim)["type"], kind);
    }
}

#[test]
fn an_internal_error_of_the_esim_api_names_the_request() {
    let told = body(Problem::internal("table Orders is gone"), ProblemStyle::Esim);
    assert_eq!(told["type"], "INTERNAL_ERROR");
    assert_eq!(told["messages"], json!(["internal error, correlation id correlation-1"]));
}

#[test]
fn a_carrier_problem_has_an_error_for_every_violation() {
    let told = body(two_faults(), ProblemStyle::Carrier);
    let messages = told["orderMessages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    for message in messages {
        assert_eq!(message["severity"], "ERROR");
        assert_eq!(message["code"], "FMT001");
    }
    assert_eq!(messages[0]["field"], "/input/customer/email");
    let told = body(Problem::Forbidden, ProblemStyle::Carrier);
    let [message] = told["orderMessages"].as_array().unwrap().as_slice() else { panic!("one") };
    assert_eq!(message["severity"], "ERROR");
    assert_eq!(message["description"], "FORBIDDEN");
    assert_eq!(message["messageInformation"], "the client's roles do not allow this");
}

#[test]
fn an_oauth_problem_has_error_and_description_of_legal_characters() {
    let refused = Problem::bad_request("invalid_scope", "no \"scope\" \\ größer");
    assert_eq!(
        body(refused, ProblemStyle::OAuth),
        json!({ "error": "invalid_scope", "error_description": "no scope  grer" })
    );
    for (problem, status, error) in [
        (Problem::Unauthorized, 401, "invalid_client"),
        (Problem::UnsupportedMediaType, 415, "invalid_request"),
        (Problem::MethodNotAllowed { allow: vec![Method::POST] }, 405, "invalid_request"),
        (Problem::TooLarge, 413, "invalid_request"),
        (Problem::invalid("", "malformed base64"), 400, "invalid_request"),
        (Problem::Throttled { retry_after_seconds: 1 }, 429, "temporarily_unavailable"),
        (Problem::Internal { cause: None }, 500, "server_error"),
    ] {
        let answer = answer(problem, ProblemStyle::OAuth);
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["pragma"], "no-cache");
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["error"], error);
    }
}
