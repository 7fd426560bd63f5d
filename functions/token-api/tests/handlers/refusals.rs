use testkit::{Answer, Call, gateway::secret_of};

use crate::scene::{FORM, Scene, TOKEN};

const GRANT: &str = "grant_type=client_credentials";

fn told(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert!(answer.body["error_description"].is_string(), "{}", answer.body);
    assert!(answer.body.get("access_token").is_none());
    (answer.status, answer.body["error"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_malformed_request_is_invalid_request() {
    let scene = Scene::new().await;
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
        assert_eq!(told(&scene.ask("acme", form).await), (400, "invalid_request"), "{form}");
    }
}

#[tokio::test]
async fn another_grant_is_unsupported() {
    let scene = Scene::new().await;
    for grant in ["password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS", "x"] {
        let answer = scene.ask("acme", &format!("grant_type={grant}")).await;
        assert_eq!(told(&answer), (400, "unsupported_grant_type"), "{grant}");
    }
}

#[tokio::test]
async fn a_role_that_is_none_or_not_the_clients_is_an_invalid_scope() {
    let scene = Scene::new().await;
    for scope in ["RESELLER", "ecc+operator", "king", "ECC", "openid", "%00"] {
        let answer = scene.ask("mobile", &format!("{GRANT}&scope={scope}")).await;
        assert_eq!(told(&answer), (400, "invalid_scope"), "{scope}");
    }
}

#[tokio::test]
async fn a_client_that_is_not_who_it_says_is_invalid() {
    let scene = Scene::new().await;
    let secret = secret_of("acme");
    for form in [
        GRANT.to_owned(),
        format!("{GRANT}&client_id=acme"),
        format!("{GRANT}&client_secret={secret}"),
        format!("{GRANT}&client_id=acme&client_secret=wrong"),
        format!("{GRANT}&client_id=mobile&client_secret={secret}"),
        format!("{GRANT}&client_id=a%23b&client_secret={secret}"),
    ] {
        let answer = scene.post(&form).await;
        assert_eq!(told(&answer), (401, "invalid_client"), "{form}");
        assert!(answer.header("www-authenticate").starts_with("Basic realm="));
    }
    for header in ["Bearer abc", "Basic", "Basic !!!", "Digest x", ""] {
        let call = Call::new("POST", TOKEN).header("authorization", header).text(FORM, GRANT);
        let answer = call.to(&scene.function).await;
        assert_eq!(told(&answer), (401, "invalid_client"), "{header}");
    }
    let path = format!("{TOKEN}?client_id=acme&client_secret={secret}");
    let answer = Call::new("POST", &path).text(FORM, GRANT).to(&scene.function).await;
    assert_eq!(told(&answer), (401, "invalid_client"), "a secret in the query opens nothing");
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_are_told_alike() {
    let scene = Scene::new().await;
    let unknown = scene.post(&format!("{GRANT}&client_id=nobody&client_secret=x")).await;
    let wrong = scene.post(&format!("{GRANT}&client_id=acme&client_secret=x")).await;
    assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
}

#[tokio::test]
async fn the_handlers_own_refusals_have_the_body_of_oauth() {
    let scene = Scene::new().await;
    let call = |method, path: &str| Call::new(method, path).as_client("acme");
    let json = call("POST", TOKEN).text("application/json", "{}").to(&scene.function).await;
    assert_eq!(told(&json), (415, "invalid_request"));
    let large = "x".repeat(300_000);
    let large = call("POST", TOKEN).text(FORM, &large).to(&scene.function).await;
    assert_eq!(told(&large), (413, "invalid_request"));
    let get = call("GET", TOKEN).to(&scene.function).await;
    assert_eq!(told(&get), (405, "invalid_request"));
    assert_eq!(get.header("allow"), "POST");
    let nowhere = call("GET", "/oauth/authorize").to(&scene.function).await;
    assert_eq!(told(&nowhere), (404, "invalid_request"));
}

#[tokio::test]
async fn a_table_that_is_down_is_503_and_no_refusal() {
    let scene = Scene::new().await;
    for _ in 0..8 {
        scene.db.proxy.fail_next("GetItem", testkit::Fault::Throttled);
    }
    let answer = scene.ask("acme", GRANT).await;
    assert_eq!(told(&answer), (503, "temporarily_unavailable"));
    assert_eq!(answer.header("retry-after"), "1");
}
