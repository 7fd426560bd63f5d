//! Conditional requests (RFC 9110, section 13) on an endpoint of webhooks.

use domain::identity::Role;
use harness::TestApp;
use serde_json::json;
use testkit::Call;

const OPERATIONS: [(&str, &str); 4] =
    [("PATCH", ""), ("POST", "/rotate-secret"), ("POST", "/enable"), ("DELETE", "")];

#[tokio::test]
async fn conditions_hold_for_every_operation_on_an_endpoint() {
    let app = TestApp::new().await;
    app.db.client("alice", "acme", &[Role::Ecc], &[]).await;
    let body = json!({ "url": "https://1.1.1.1/hook", "events": ["order.*"] });
    let created = app.send(Call::new("POST", "/webhooks").json(&body).as_client("alice")).await;
    let one = created.header("location").to_owned();
    let send = async |method: &str, rest: &str, name: &str, tags: &str| {
        let call = Call::new(method, format!("{one}{rest}")).header(name, tags);
        let call = if method == "PATCH" { call.json(&json!({ "events": ["*"] })) } else { call };
        app.send(call.as_client("alice")).await
    };
    let etag =
        async || send("GET", "", "accept", "application/json").await.header("etag").to_owned();
    let seen = etag().await;
    let weak = format!("W/{seen}");
    for (method, rest) in OPERATIONS {
        for (name, tags) in [
            ("if-match", &*weak),
            ("if-match", "\"other\""),
            ("if-match", "\"other, W/\""),
            ("if-none-match", "*"),
            ("if-none-match", &weak),
        ] {
            let refused = send(method, rest, name, tags).await;
            assert_eq!(refused.status, 412, "{method} {rest} {name}: {tags}");
        }
    }
    assert_eq!(etag().await, seen, "nothing has changed");
    for tags in [seen.clone(), format!("\"a,b\", {weak}"), "*".to_owned()] {
        let unchanged = send("GET", "", "if-none-match", &tags).await;
        assert_eq!((unchanged.status, unchanged.header("etag")), (304, &*seen), "{tags}");
    }
    assert_eq!(send("GET", "", "if-match", "\"other\"").await.status, 412);
    for (method, rest) in OPERATIONS {
        let list = format!("\"a,b\",{}", etag().await);
        let done = send(method, rest, "if-match", &list).await;
        assert!(done.status < 300, "{method} {rest}: {}", done.text());
    }
}
