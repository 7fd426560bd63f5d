//! Every operation on endpoints against every kind of unauthorized caller.

use api::Access;
use domain::identity::Role;
use harness::{Call, TestApp};
use serde_json::{Value, json};

use crate::{
    authorization::{everything, refused_to_others},
    routes::function,
};

/// Operation, method, path (`{id}` is an endpoint of another tenant), body, and the status for a
/// caller of another tenant.
type Row = (&'static str, &'static str, &'static str, Option<Value>, u16);

pub(crate) fn rows() -> Vec<Row> {
    let new = json!({ "url": "https://1.1.1.1/hook", "events": ["*"] });
    vec![
        ("create_webhook", "POST", "/webhooks", Some(new), 201),
        ("list_webhooks", "GET", "/webhooks", None, 200),
        ("get_webhook", "GET", "/webhooks/{id}", None, 404),
        ("change_webhook", "PATCH", "/webhooks/{id}", Some(json!({ "events": ["*"] })), 404),
        ("delete_webhook", "DELETE", "/webhooks/{id}", None, 404),
        ("test_webhook", "POST", "/webhooks/{id}/test", None, 404),
        ("rotate_webhook_secret", "POST", "/webhooks/{id}/rotate-secret", None, 404),
        ("enable_webhook", "POST", "/webhooks/{id}/enable", None, 404),
        ("list_webhook_deliveries", "GET", "/webhooks/{id}/deliveries", None, 404),
        (
            "replay_webhook_delivery",
            "POST",
            "/webhooks/{id}/deliveries/{delivery}/replay",
            None,
            404,
        ),
    ]
}

#[test]
fn endpoint_operations_require_any_role() {
    for route in function("webhooks-api").routes {
        assert_eq!(route.access, Access::Roles(&Role::ALL), "{}", route.id);
    }
}

#[tokio::test]
async fn no_wrong_caller_gets_through_to_any_endpoint() {
    let api = TestApp::new().await;
    // Test messages are created here, and never sent.
    api.allow_leftovers();
    let owner = api.client("owner", "one", Role::Ecc).await;
    let stranger = api.client("stranger", "two", Role::Buyer).await;
    let (_, _, _, new, _) = rows().swap_remove(0);
    let new = Call::new("POST", "/webhooks").json(&new.unwrap()).by(&owner);
    let created = api.send(new).await;
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.body["id"].as_str().unwrap();
    let test = Call::new("POST", format!("/webhooks/{id}/test")).by(&owner);
    let delivery = api.send(test).await.body["id"].as_str().unwrap().to_owned();
    let before = everything(&api).await;
    for (operation, method, path, body, foreign) in rows() {
        let to = |id: &str| {
            let path = path.replace("{id}", id).replace("{delivery}", &delivery);
            let call = Call::new(method, path);
            match &body {
                Some(body) => call.json(body),
                None => call,
            }
        };
        let ids = (id, "we_0");
        refused_to_others(&api, (&owner, &stranger), (operation, foreign), ids, to).await;
    }
    let after = everything(&api).await;
    assert!(
        before.iter().all(|item| after.contains(item)),
        "an unauthorized caller changed an item"
    );
}
