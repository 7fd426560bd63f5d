//! Every operation on service orders and product orders against every kind of unauthorized caller.

use api::Access;
use domain::identity::Role;
use harness::{Call, TestApp};
use serde_json::{Value, json};
use testkit::numbers;

use crate::{
    authorization::{everything, refused_to_others},
    routes::function,
};

const CLIENTS: &[Role] = &[Role::Ecc, Role::Reseller, Role::AccountManager];

/// Operation, method, path (`{id}` is an order of another tenant), body (`{id}` as well), and the
/// status for a caller of another tenant.
type Row = (&'static str, &'static str, &'static str, Option<Value>, u16);

const SERVICE: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
const PRODUCT: &str = "/tmf-api/productOrderingManagement/v4/productOrder";

pub(crate) fn service_order() -> Value {
    json!({ "requestedStartDate": "2030-01-01T00:00:00Z", "serviceOrderItem": [
        { "id": "1", "action": "add", "service": {
            "serviceSpecification": { "id": "mobile-subscription" },
            "serviceCharacteristic": [{ "name": "iccid", "value": numbers::iccid(1).as_str() }],
        } },
    ] })
}

pub(crate) fn product_order() -> Value {
    json!({ "requestedStartDate": "2030-01-01T00:00:00Z", "relatedParty": [{ "id": "one" }],
        "productOrderItem": [
            { "id": "1", "action": "add", "productOffering": { "id": "mobile-subscription" } },
        ] })
}

pub(crate) fn rows() -> Vec<Row> {
    const SERVICES: [&str; 6] = [
        SERVICE,
        "/tmf-api/serviceOrdering/v4/serviceOrder/{id}",
        "/tmf-api/serviceOrdering/v4/cancelServiceOrder",
        "/tmf-api/serviceOrdering/v4/cancelServiceOrder/{id}.1",
        "/tmf-api/serviceOrdering/v4/hub",
        "/tmf-api/serviceOrdering/v4/hub/{id}",
    ];
    const PRODUCTS: [&str; 6] = [
        PRODUCT,
        "/tmf-api/productOrderingManagement/v4/productOrder/{id}",
        "/tmf-api/productOrderingManagement/v4/cancelProductOrder",
        "/tmf-api/productOrderingManagement/v4/cancelProductOrder/{id}.1",
        "/tmf-api/productOrderingManagement/v4/hub",
        "/tmf-api/productOrderingManagement/v4/hub/{id}",
    ];
    let patch = json!({ "description": "mine" });
    let hub = json!({ "callback": "https://1.1.1.1/hub" });
    let cancel = |order: &str| json!({ order: { "id": "{id}" } });
    vec![
        ("create_service_order", "POST", SERVICES[0], Some(service_order()), 201),
        ("list_service_orders", "GET", SERVICES[0], None, 200),
        ("get_service_order", "GET", SERVICES[1], None, 404),
        ("patch_service_order", "PATCH", SERVICES[1], Some(patch.clone()), 404),
        ("delete_service_order", "DELETE", SERVICES[1], None, 404),
        ("create_cancel_service_order", "POST", SERVICES[2], Some(cancel("serviceOrder")), 404),
        ("list_cancel_service_orders", "GET", SERVICES[2], None, 200),
        ("get_cancel_service_order", "GET", SERVICES[3], None, 404),
        ("create_service_hub", "POST", SERVICES[4], Some(hub.clone()), 201),
        ("delete_service_hub", "DELETE", SERVICES[5], None, 404),
        ("create_product_order", "POST", PRODUCTS[0], Some(product_order()), 201),
        ("list_product_orders", "GET", PRODUCTS[0], None, 200),
        ("get_product_order", "GET", PRODUCTS[1], None, 404),
        ("patch_product_order", "PATCH", PRODUCTS[1], Some(patch), 404),
        ("delete_product_order", "DELETE", PRODUCTS[1], None, 404),
        ("create_cancel_product_order", "POST", PRODUCTS[2], Some(cancel("productOrder")), 404),
        ("list_cancel_product_orders", "GET", PRODUCTS[2], None, 200),
        ("get_cancel_product_order", "GET", PRODUCTS[3], None, 404),
        ("create_product_hub", "POST", PRODUCTS[4], Some(hub), 201),
        ("delete_product_hub", "DELETE", PRODUCTS[5], None, 404),
    ]
}

#[test]
fn the_operations_require_a_role_that_orders_something() {
    for function in ["service-orders-api", "product-orders-api"].map(function) {
        for route in function.routes {
            assert_eq!(route.access, Access::Roles(CLIENTS), "{}", route.id);
        }
    }
}

#[tokio::test]
async fn no_wrong_caller_gets_through_to_any_order() {
    let api = TestApp::new().await;
    // Nothing is executed here.
    api.allow_leftovers();
    let owner = api.client("owner", "one", Role::Ecc).await;
    let stranger = api.client("stranger", "two", Role::Ecc).await;
    let carrier = api.client("carrier", "three", Role::Buyer).await;
    let mut ids = Vec::new();
    for (path, body) in [(SERVICE, service_order()), (PRODUCT, product_order())] {
        let created = api.send(Call::new("POST", path).json(&body).by(&owner)).await;
        assert_eq!(created.status, 201, "{created:?}");
        ids.push(created.body["id"].as_str().unwrap().to_owned());
    }
    let before = everything(&api).await;
    for (operation, method, path, body, foreign) in rows() {
        let id = &ids[usize::from(path.contains("productOrdering"))];
        let to = |id: &str| {
            let call = Call::new(method, path.replace("{id}", id));
            match &body {
                Some(body) => {
                    let body = body.to_string().replace("{id}", id);
                    call.json(&serde_json::from_str(&body).unwrap())
                }
                None => call,
            }
        };
        assert_eq!(api.send(to(id).by(&carrier)).await.status, 403, "{operation}");
        let ids = (&**id, "0193536c-0000-7000-8000-000000000000");
        refused_to_others(&api, (&owner, &stranger), (operation, foreign), ids, to).await;
    }
    let after = everything(&api).await;
    assert!(
        before.iter().all(|item| after.contains(item)),
        "an unauthorized caller changed an item"
    );
}
