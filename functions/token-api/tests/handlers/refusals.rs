use testkit::{Call, Response, clients::secret_of};

use crate::fixture::{FORM, Fixture, TOKEN};

const GRANT: &str = "grant_type=client_credentials";

fn refusal(response: &Response) -> (u16, &str) {
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("pragma"), "no-cache");
    assert!(response.body["error_description"].is_string(), "{}", response.body);
    assert!(response.body.get("access_token").is_none());
    (response.status, response.body["error"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_malformed_request_is_invalid_request() {
    let fixture = Fixture::new().await;
    let secret = secret_of("acme");
    for form in [
        "",
        "scope=ecc",
        "grant_type=",
        "grant_type=client_credentials&grant_type=client_credentials",
        "grant_type=client_credentials&scope=ecc&scope=RESELLER",
        "grant_type=client_credentials&client_id=other",
        &format!("{GRANT}&client_id=acme&client_secret={secret}"),
        &format!("{GRANT}&client_secret={secret}"),
        r#"{"grant_type":"client_credentials"}"#,
    ] {
        assert_eq!(refusal(&fixture.ask("acme", form).await), (400, "invalid_request"), "{form}");
    }
}

#[tokio::test]
async fn another_grant_type_is_unsupported() {
    let fixture = Fixture::new().await;
    for grant in ["password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS", "x"] {
        let response = fixture.ask("acme", &format!("grant_type={grant}")).await;
        assert_eq!(refusal(&response), (400, "unsupported_grant_type"), "{grant}");
    }
}

#[tokio::test]
async fn an_unknown_role_or_one_that_the_client_lacks_is_an_invalid_scope() {
    let fixture = Fixture::new().await;
    for scope in [
        "RESELLER",
        "ecc+operator",
        "king",
        "ECC",
        "openid",
        "%00",
        "+",
        "+++",
        "%09",
        "%C2%A0",
        "ecc%09ecc",
    ] {
        let response = fixture.ask("mobile", &format!("{GRANT}&scope={scope}")).await;
        assert_eq!(refusal(&response), (400, "invalid_scope"), "{scope}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_be_authenticated_is_invalid() {
    let fixture = Fixture::new().await;
    let secret = secret_of("acme");
    for form in [
        GRANT.to_owned(),
        format!("{GRANT}&client_id=acme"),
        format!("{GRANT}&client_secret={secret}"),
        format!("{GRANT}&client_id=acme&client_secret=wrong"),
        format!("{GRANT}&client_id=mobile&client_secret={secret}"),
        format!("{GRANT}&client_id=a%23b&client_secret={secret}"),
    ] {
        let response = fixture.post(&form).await;
        assert_eq!(refusal(&response), (401, "invalid_client"), "{form}");
        assert!(response.header("www-authenticate").starts_with("Basic realm="));
    }
    for header in ["Bearer abc", "Basic", "Basic !!!", "Digest x", ""] {
        let call = Call::new("POST", TOKEN).header("authorization", header).bytes(FORM, GRANT);
        let response = call.to(&fixture.function).await;
        assert_eq!(refusal(&response), (401, "invalid_client"), "{header}");
    }
    let path = format!("{TOKEN}?client_id=acme&client_secret={secret}");
    let response = Call::new("POST", &path).bytes(FORM, GRANT).to(&fixture.function).await;
    assert_eq!(refusal(&response), (401, "invalid_client"), "a secret in the query is ignored");
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_have_the_same_response() {
    let fixture = Fixture::new().await;
    let unknown = fixture.post(&format!("{GRANT}&client_id=nobody&client_secret=x")).await;
    let wrong = fixture.post(&format!("{GRANT}&client_id=acme&client_secret=x")).await;
    assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
}

#[tokio::test]
async fn refusals_of_the_http_handler_have_an_oauth_body() {
    let fixture = Fixture::new().await;
    let call = |method, path: &str| Call::new(method, path).as_client("acme");
    let json = call("POST", TOKEN).bytes("application/json", "{}").to(&fixture.function).await;
    assert_eq!(refusal(&json), (415, "invalid_request"));
    let large = "x".repeat(300_000);
    let large = call("POST", TOKEN).bytes(FORM, &large).to(&fixture.function).await;
    assert_eq!(refusal(&large), (413, "invalid_request"));
    let get = call("GET", TOKEN).to(&fixture.function).await;
    assert_eq!(refusal(&get), (405, "invalid_request"));
    assert_eq!(get.header("allow"), "POST");
    let nowhere = call("GET", "/oauth/authorize").to(&fixture.function).await;
    assert_eq!(refusal(&nowhere), (404, "invalid_request"));
}

#[tokio::test]
async fn an_unavailable_table_is_503_and_not_a_refusal() {
    let fixture = Fixture::new().await;
    for _ in 0..8 {
        fixture.db.proxy.fail_next("GetItem", testkit::Fault::Throttled);
    }
    let response = fixture.ask("acme", GRANT).await;
    assert_eq!(refusal(&response), (503, "temporarily_unavailable"));
    assert_eq!(response.header("retry-after"), "1");
}
