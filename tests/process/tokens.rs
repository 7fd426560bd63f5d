//! Access tokens: where they work, and what a refusal says.

use domain::identity::Role;
use harness::TestApp;
use serde_json::json;
use testkit::{Call, Response, numbers};

/// A client of each of these roles, all of one tenant.
async fn app() -> TestApp {
    let app = TestApp::new().await;
    for (id, role, parties) in [
        ("mobile", Role::Ecc, &[][..]),
        ("reseller", Role::Reseller, &[]),
        ("buyer", Role::Buyer, &["Verizon"]),
    ] {
        app.db.client(id, "acme", &[role], parties).await;
    }
    app
}

async fn token(app: &TestApp, client: &str) -> String {
    let ask = Call::new("POST", "/oauth/token")
        .as_client(client)
        .bytes("application/x-www-form-urlencoded", "grant_type=client_credentials");
    let answer = app.send(ask).await;
    answer.body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_works_where_its_scope_says() {
    let app = app().await;
    let mobile = token(&app, "mobile").await;
    let sim = json!({ "iccid": numbers::iccid(1) });
    let call = Call::new("POST", "/ecc/v1/subscriptions").json(&sim).bearer(&mobile);
    let placed = app.send(call).await;
    assert_eq!(placed.status, 202, "{}", placed.text());
    let one = format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(1));
    for path in
        ["/ecc/v1/services", "/ecc/v1/subscriptions", &one, placed.header("location"), "/webhooks"]
    {
        let read = app.send(Call::new("GET", path).bearer(&mobile)).await;
        assert_eq!(read.status, 200, "{path}: {}", read.text());
    }
    let batch = json!({ "requests": [{ "method": "POST", "resource": format!("{one}/tags/a") }] });
    let call = Call::new("POST", "/ecc/v1/batches").json(&batch).bearer(&mobile);
    assert_eq!(app.send(call).await.status, 202);
    app.drain().await;
    let events = app.send(Call::new("GET", "/ecc/v1/events/order").bearer(&mobile)).await;
    assert_eq!(events.status, 200, "{}", events.text());
    for client in ["reseller", "buyer"] {
        let token = token(&app, client).await;
        let read = app.send(Call::new("GET", &one).bearer(&token)).await;
        assert_eq!(read.status, 403, "{client}");
    }
    let unknown = app.send(Call::new("GET", &one).bearer("a.b.c")).await;
    assert_eq!(unknown.status, 401);
    let challenge = unknown.header("www-authenticate");
    assert!(challenge.starts_with("Basic realm="), "{challenge}");
    assert!(challenge.contains(r#"Bearer realm="orderwire", error="invalid_token""#));
}

#[tokio::test]
async fn a_403_says_insufficient_scope_to_a_token_and_nothing_to_a_secret() {
    let app = app().await;
    let insufficient = r#"Bearer realm="orderwire", error="insufficient_scope""#;
    let esim = "/esim/v1/order/3a6acf89-1ccf-4611-9424-453930f57ef1";
    let challenge = |answer: &Response| answer.header("www-authenticate").to_owned();
    for (client, path, scope) in [
        ("reseller", "/ecc/v1/services", r#", scope="ecc""#),
        ("buyer", "/ecc/v1/batches/3a6acf89-1ccf-4611-9424-453930f57ef1", r#", scope="ecc""#),
        ("mobile", esim, ""),
        ("mobile", "/orders", ""),
    ] {
        let token = token(&app, client).await;
        let refused = app.send(Call::new("GET", path).bearer(&token)).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
        assert_eq!(challenge(&refused), format!("{insufficient}{scope}"), "{path}");
    }
    for path in ["/ecc/v1/services", "/webhooks"] {
        let refused = app.send(Call::new("GET", path).as_client("buyer")).await;
        if refused.status == 403 {
            assert_eq!(challenge(&refused), "", "{path}: no scope helps a secret");
        }
    }
}
