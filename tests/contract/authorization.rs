//! Every operation against every kind of unauthorized caller (`infra/docs/reliability.md`,
//! *Security*).

use std::collections::BTreeSet;

use api::Access;
use domain::identity::Role;
use harness::{Call, Credentials, TestApp};
use openapi::{DocumentId, functions};
use serde_json::{Value, json};
use testkit::numbers;

use crate::{
    carrier_operations, esim_operations, routes::operations, tmf_operations, webhook_operations,
};

/// The response to a caller of another tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Foreign {
    /// The same as for a resource that does not exist.
    NotFound,
    /// The operation cannot refer to a resource of another tenant.
    OwnOnly(u16),
}

use Foreign::{NotFound, OwnOnly};

/// One row for each operation: method, path (with `{subscription}`, `{orderid}` and `{batch}` filled in from
/// another tenant), body, and the response to a caller of another tenant.
fn rows() -> Vec<(&'static str, &'static str, &'static str, Option<Value>, Foreign)> {
    let create = json!({ "iccid": numbers::iccid(2) });
    let request = json!({ "method": "POST", "resource": "/subscriptions/iccid:0/tags/a" });
    let batch = json!({ "requests": [request] });
    let services = json!({ "services": [{ "id": "SMS" }] });
    vec![
        ("create_subscription", "POST", "/subscriptions", Some(create), OwnOnly(202)),
        ("list_subscriptions", "GET", "/subscriptions", None, OwnOnly(200)),
        ("get_subscription", "GET", "/subscriptions/{subscription}", None, NotFound),
        ("get_subscription_imei", "GET", "/subscriptions/{subscription}/imei", None, NotFound),
        (
            "get_subscription_mobile_network",
            "GET",
            "/subscriptions/{subscription}/mobile-network",
            None,
            NotFound,
        ),
        (
            "change_subscription",
            "PATCH",
            "/subscriptions/{subscription}",
            Some(json!({ "blocked": true })),
            NotFound,
        ),
        ("delete_subscription", "DELETE", "/subscriptions/{subscription}", None, NotFound),
        (
            "add_services",
            "POST",
            "/subscriptions/{subscription}/services",
            Some(services),
            NotFound,
        ),
        (
            "change_service",
            "PATCH",
            "/subscriptions/{subscription}/services/SMS",
            Some(json!({ "limit": 1 })),
            NotFound,
        ),
        ("remove_service", "DELETE", "/subscriptions/{subscription}/services/SMS", None, NotFound),
        (
            "remove_service_instance",
            "DELETE",
            "/subscriptions/{subscription}/services/SMS/1",
            None,
            NotFound,
        ),
        ("add_tag", "POST", "/subscriptions/{subscription}/tags/a", None, NotFound),
        ("remove_tag", "DELETE", "/subscriptions/{subscription}/tags/a", None, NotFound),
        ("list_events", "GET", "/events/order", None, OwnOnly(200)),
        ("create_batch", "POST", "/batches", Some(batch), OwnOnly(202)),
        ("get_batch", "GET", "/batches/{batch}", None, NotFound),
        ("list_services", "GET", "/services", None, OwnOnly(200)),
        ("list_provisioning_orders", "GET", "/orders", None, OwnOnly(200)),
        ("get_provisioning_order", "GET", "/orders/{orderid}", None, NotFound),
        ("cancel_provisioning_order", "POST", "/orders/{orderid}/cancel", None, NotFound),
    ]
}

/// Public operations: the token endpoint, public metadata, the documentation, and the console, whose
/// pages ask for a session themselves. The functions' own tests cover unauthorized clients.
const OPEN: [&str; 25] = [
    "issue_token",
    "issue_token_of_realm",
    "list_public_keys",
    "describe_server",
    "get_docs",
    "get_guide",
    "get_api_reference",
    "get_docs_asset",
    "get_openapi_document",
    "get_console",
    "get_console_link",
    "open_console_session",
    "end_console_session",
    "search_console",
    "get_console_order",
    "get_console_order_actions",
    "resolve_console_order",
    "retry_console_order",
    "list_console_tenants",
    "get_console_tenant",
    "get_console_endpoint",
    "enable_console_endpoint",
    "replay_console_delivery",
    "get_console_registry",
    "get_console_asset",
];

#[test]
fn every_operation_has_a_row() {
    let ours = rows().into_iter().map(|(operation, ..)| operation);
    let carriers = carrier_operations::rows().into_iter().map(|row| row.operation);
    let webhooks = webhook_operations::rows().into_iter().map(|(operation, ..)| operation);
    let esims = esim_operations::rows().into_iter().map(|(operation, ..)| operation);
    let tmf = tmf_operations::rows().into_iter().map(|(operation, ..)| operation);
    let others = carriers.chain(webhooks).chain(esims).chain(tmf);
    let rows: BTreeSet<_> = ours.chain(others).chain(OPEN).collect();
    let code: BTreeSet<_> = operations().into_iter().collect();
    assert_eq!(rows, code);
}

#[test]
fn every_operation_requires_the_roles_of_its_contract() {
    for function in functions() {
        for route in function.routes {
            match function.document.map(|(document, _)| document) {
                Some(DocumentId::Ecc) => {
                    assert_eq!(route.access, Access::Roles(&[Role::Ecc]), "{}", route.id);
                }
                Some(DocumentId::Tokens) | None => {
                    let open = OPEN.contains(&route.id);
                    assert!(open && route.access == Access::Public, "{}", route.id);
                }
                _ => assert_ne!(route.access, Access::Public, "{}", route.id),
            }
        }
    }
}

#[tokio::test]
async fn no_wrong_caller_gets_through_to_any_operation() {
    let api = TestApp::new().await;
    // Batches are created here, and never worked on.
    api.allow_leftovers();
    let owner = api.client("owner", "one", Role::Ecc).await;
    let stranger = api.client("stranger", "two", Role::Ecc).await;
    let create = json!({ "iccid": numbers::iccid(1), "msisdn": numbers::msisdn(1) });
    let placed =
        api.send(Call::new("POST", "/ecc/v1/subscriptions").json(&create).by(&owner)).await;
    let order = placed.order();
    let subscription = format!("msisdn:{}", numbers::msisdn(1));
    let of_batch = json!({ "method": "POST", "resource": "/subscriptions/iccid:0/tags/a" });
    let of_batch = json!({ "requests": [of_batch] });
    let batch = Call::new("POST", "/ecc/v1/batches").json(&of_batch).by(&owner);
    let batch = api.send(batch).await.body["batchid"].as_str().unwrap().to_owned();
    let before = everything(&api).await;

    for (operation, method, path, body, foreign) in rows() {
        let path = path
            .replace("{subscription}", &subscription)
            .replace("{orderid}", &order.to_string())
            .replace("{batch}", &batch);
        let call = || {
            let call = Call::new(method, format!("/ecc/v1{path}"));
            match &body {
                Some(body) => call.json(body),
                None => call,
            }
        };
        for authorization in wrong_credentials(&owner, &stranger) {
            let call = match &authorization {
                Some(value) => call().header("authorization", value),
                None => call(),
            };
            let response = api.send(call).await.expect(401, "UNAUTHORIZED");
            assert!(
                response.headers["www-authenticate"].starts_with("Basic realm="),
                "{operation}"
            );
        }
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Ecc) {
            let id = format!("{}-{operation}", role.as_str().to_lowercase()).replace('_', "-");
            let client = api.client(&id, "one", role).await;
            api.send(call().by(&client)).await.expect(403, "FORBIDDEN");
        }
        let response = api.send(call().by(&stranger)).await;
        match foreign {
            NotFound => {
                let response = response.expect(404, "NOT_FOUND");
                assert_eq!(response.body, unknown(&api, operation, &owner).await, "{operation}");
            }
            OwnOnly(status) => {
                assert_eq!(response.status, status, "{operation}");
                let text = response.body.to_string();
                assert!(!text.contains(&numbers::msisdn(1).to_string()), "{operation}");
            }
        }
    }
    let after = everything(&api).await;
    assert!(
        before.iter().all(|item| after.contains(item)),
        "an unauthorized caller changed an item"
    );
}

/// No credentials, other schemes, wrong secrets, unknown clients.
pub(crate) fn wrong_credentials(
    owner: &Credentials,
    stranger: &Credentials,
) -> [Option<String>; 12] {
    let (right, id) = (owner.basic(), &owner.id);
    [
        None,
        Some(String::new()),
        Some("Basic".to_owned()),
        Some(right.replace("Basic ", "Bearer ")),
        Some(right.replace("Basic ", "Digest ")),
        Some(right.replace("Basic ", "Basic !")),
        Some(basic(id, "")),
        Some(basic(id, &stranger.secret)),
        Some(basic(id, &owner.secret[..owner.secret.len() - 1])),
        Some(basic(&stranger.id, &owner.secret)),
        Some(basic("nobody", &owner.secret)),
        Some(basic("owner#", &owner.secret)),
    ]
}

/// What the owner itself gets for what does not exist.
async fn unknown(api: &TestApp, operation: &str, owner: &Credentials) -> Value {
    let (_, method, path, body, _) =
        rows().into_iter().find(|(name, ..)| *name == operation).unwrap();
    let path = path
        .replace("{subscription}", "msisdn:46999999999")
        .replace("{orderid}", "1")
        .replace("{batch}", "none");
    let call = Call::new(method, format!("/ecc/v1{path}")).by(owner);
    let call = match body {
        Some(body) => call.json(&body),
        None => call,
    };
    api.send(call).await.expect(404, "NOT_FOUND").body
}

fn basic(id: &str, secret: &str) -> String {
    let (id, secret, tenant) = (id.to_owned(), secret.to_owned(), String::new());
    Credentials { id, secret, tenant }.basic()
}

/// Tries an operation on the object of `owner` with wrong credentials, and as a client of another
/// tenant, for which the object is one that does not exist: `unknown`.
pub(crate) async fn refused_to_others(
    api: &TestApp,
    (owner, stranger): (&Credentials, &Credentials),
    (operation, foreign): (&str, u16),
    (id, unknown): (&str, &str),
    to: impl Fn(&str) -> Call,
) {
    for authorization in wrong_credentials(owner, stranger) {
        let call = match &authorization {
            Some(value) => to(id).header("authorization", value),
            None => to(id),
        };
        let response = api.send(call).await;
        assert_eq!(response.status, 401, "{operation} by {authorization:?}");
    }
    let response = api.send(to(id).by(stranger)).await;
    assert_eq!(response.status, foreign, "{operation}: {response:?}");
    if foreign == 404 {
        let unknown = api.send(to(unknown).by(stranger)).await;
        assert_eq!(response.body, unknown.body, "{operation}");
    } else {
        assert!(!response.body.to_string().contains(id), "{operation}");
    }
}

/// Every item.
pub(crate) async fn everything(api: &TestApp) -> Vec<Value> {
    let found = api.db.direct.scan().table_name(&api.db.name).send().await.unwrap();
    let items = found.items.unwrap_or_default().into_iter();
    items.map(|item| serde_dynamo::aws_sdk_dynamodb_1::from_item(item).unwrap()).collect()
}
