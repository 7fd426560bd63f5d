//! Every operation of carrier orders against every kind of unauthorized caller.

use api::Access;
use domain::identity::Role;
use harness::{Call, Credentials, TestApp};
use openapi::{DocumentId, functions};
use serde_json::{Value, json};

use crate::authorization::{everything, wrong_credentials};

/// An operation, and the response to an unauthorized caller.
pub(crate) struct Row {
    pub(crate) operation: &'static str,
    method: &'static str,
    /// `{id}` is an order of other parties.
    path: &'static str,
    body: fn(&str) -> Option<Value>,
    /// The authorized roles.
    roles: &'static [Role],
    /// The status for a caller with an authorized role that acts for other parties.
    foreign: u16,
}

const BOTH: &[Role] = &[Role::Buyer, Role::Seller];
const BUYER: &[Role] = &[Role::Buyer];
const SELLER: &[Role] = &[Role::Seller];

fn row(
    operation: &'static str,
    (method, path): (&'static str, &'static str),
    body: fn(&str) -> Option<Value>,
    roles: &'static [Role],
    foreign: u16,
) -> Row {
    Row { operation, method, path, body, roles, foreign }
}

pub(crate) fn rows() -> Vec<Row> {
    let none = |_: &str| None;
    let new = |_: &str| Some(order("1"));
    let newer = |_: &str| Some(order("2"));
    let patch = |_: &str| Some(json!({ "buyerOrderVersion": "2", "notes": "hello" }));
    let status = |id: &str| Some(about(id, "orderStatus", "COMPLETED"));
    let asked = |id: &str| Some(about(id, "projectId", "P"));
    let note = |id: &str| Some(about(id, "notificationType", "COMPLETION"));
    vec![
        row("list_carrier_orders", ("GET", "/orders"), none, BOTH, 200),
        row("list_carrier_orders_legacy", ("GET", "/orders&pon=PO-1"), none, BOTH, 200),
        // A request cannot refer to another Buyer.
        row("create_carrier_order", ("POST", "/orders"), new, BUYER, 400),
        row("create_carrier_order_alias", ("POST", "/order"), new, BUYER, 400),
        row("get_carrier_order", ("GET", "/orders/{id}"), none, BOTH, 404),
        row("replace_carrier_order", ("PUT", "/orders/{id}"), newer, BUYER, 404),
        row("patch_carrier_order", ("PATCH", "/orders/{id}"), patch, BUYER, 404),
        row("cancel_carrier_order", ("POST", "/orders/{id}/cancel"), none, BOTH, 404),
        row("hold_carrier_order", ("POST", "/orders/{id}/hold"), none, BOTH, 404),
        row("release_carrier_order", ("POST", "/orders/{id}/release"), none, BOTH, 404),
        row("get_carrier_order_status", ("GET", "/orders/{id}/status"), none, BOTH, 404),
        row("find_carrier_order_status", ("GET", "/orders/status?orderId={id}"), none, BOTH, 404),
        row("request_carrier_order_status", ("POST", "/orders/status-request"), asked, BUYER, 404),
        row(
            "receive_carrier_order_status",
            ("POST", "/orders/status-response"),
            status,
            SELLER,
            404,
        ),
        row("get_carrier_notifications", ("GET", "/orders/{id}/notifications"), none, BOTH, 404),
        row(
            "get_carrier_notification_alias",
            ("GET", "/orders/{id}/notification"),
            none,
            BOTH,
            404,
        ),
        row(
            "report_carrier_notification",
            ("POST", "/orders/{id}/notifications"),
            note,
            SELLER,
            404,
        ),
        row(
            "report_carrier_notification_alias",
            ("POST", "/orders/{id}/notification"),
            note,
            SELLER,
            404,
        ),
    ]
}

fn order(version: &str) -> Value {
    let contact = json!({ "name": "Jane Doe", "telephoneNumber": "+1720-666-1234" });
    json!({
        "buyerId": "Verizon",
        "sellerId": "Cox",
        "buyerPurchaseOrderNumber": "PO-1",
        "buyerOrderVersion": version,
        "orderDate": "2099-10-01T13:20+01:00",
        "orderActivity": "DISCONNECT",
        "desiredResponses": "NONE",
        "requestedCompletionDate": "2099-10-11",
        "billingInfo": { "existingBillingAccountNumber": "12345678" },
        "buyerOrderContact": contact,
        "orderType": "UNI",
        "orderItems": [{
            "orderItemReference": "01",
            "action": "DELETE",
            "quantity": 1,
            "orderItemDetail": {
                "objectType": "disconnectOrderItemDetail",
                "sellerServiceOrEndpointId": "UNI-1",
            },
        }],
    })
}

/// A body with one member about the order.
fn about(id: &str, name: &str, value: &str) -> Value {
    json!({
        "orderId": id,
        "buyerId": "Verizon",
        "sellerId": "Cox",
        "buyerPurchaseOrderNumber": "PO-1",
        "buyerOrderVersion": "1",
        name: value,
    })
}

impl Row {
    fn call(&self, id: &str) -> Call {
        let call = Call::new(self.method, self.path.replace("{id}", id));
        match (self.body)(id) {
            Some(body) => call.json(&body),
            None => call,
        }
    }
}

async fn placed(api: &TestApp, buyer: &Credentials) -> String {
    let placed = api.send(Call::new("POST", "/orders").json(&order("1")).by(buyer)).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    assert!(!placed.body.to_string().contains("REJECTED"), "{placed:?}");
    placed.body["id"].as_str().unwrap().to_owned()
}

async fn parties(api: &TestApp) {
    let parties = store::DynamoParties::new(api.db.table.clone());
    let party = json!({ "id": "Cox", "hosting": "LOCAL", "fulfilment": "MANUAL" });
    assert!(parties.put(&serde_json::from_value(party).unwrap()).await.unwrap());
}

#[test]
fn every_operation_of_carrier_orders_requires_the_roles_of_its_contract() {
    let functions = functions().into_iter();
    let carriers = functions.filter(|function| function.is_in(DocumentId::Carrier));
    let code: Vec<_> = carriers.flat_map(|function| function.routes).collect();
    let rows = rows();
    assert_eq!(rows.len(), code.len());
    for route in code {
        let row = rows.iter().find(|row| row.operation == route.id).unwrap();
        assert_eq!(route.access, Access::Roles(row.roles), "{}", route.id);
    }
}

#[tokio::test]
async fn no_wrong_caller_gets_through_to_any_operation_of_carrier_orders() {
    let api = TestApp::new().await;
    parties(&api).await;
    let buyer = api.client_for("buyer", "one", Role::Buyer, &["Verizon"]).await;
    let others = [
        (Role::Buyer, api.client_for("other-buyer", "two", Role::Buyer, &["Cox", "Else"]).await),
        (Role::Seller, api.client_for("other-seller", "two", Role::Seller, &["Verizon"]).await),
    ];
    let id = placed(&api, &buyer).await;
    let before = everything(&api).await;
    for row in rows() {
        for authorization in wrong_credentials(&buyer, &others[0].1) {
            let call = match &authorization {
                Some(value) => row.call(&id).header("authorization", value),
                None => row.call(&id),
            };
            let response = api.send(call).await;
            assert_eq!(response.status, 401, "{} by {authorization:?}", row.operation);
            assert!(response.headers.contains_key("www-authenticate"), "{}", row.operation);
        }
        for role in Role::ALL.into_iter().filter(|role| !row.roles.contains(role)) {
            let name = format!("{}-{}", role.as_str().to_lowercase(), row.operation);
            let all = ["Verizon", "Cox"];
            let client = api.client_for(&name.replace('_', "-"), "one", role, &all).await;
            let response = api.send(row.call(&id).by(&client)).await;
            assert_eq!(response.status, 403, "{} as {role:?}", row.operation);
        }
        // An authorized role for another party, and the party of the order in its other role.
        for (_, other) in others.iter().filter(|(role, _)| row.roles.contains(role)) {
            let response = api.send(row.call(&id).by(other)).await;
            assert_eq!(response.status, row.foreign, "{}: {response:?}", row.operation);
            assert!(!response.body.to_string().contains("Jane Doe"), "{}", row.operation);
            if row.foreign == 404 {
                let unknown = row.call("ORD-00000000000000000000000000").by(other);
                let unknown = api.send(unknown).await;
                assert_eq!(response.body, unknown.body, "{}", row.operation);
            }
        }
    }
    let after = everything(&api).await;
    for item in &before {
        assert!(after.contains(item), "an unauthorized caller changed {item}");
    }
}
