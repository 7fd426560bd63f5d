use domain::{
    clock::Clock,
    esim::{Customer, CustomerId, EsimOrder, EsimOrderDetails, EsimOrderId, SentInput},
    identity::Tenant,
};
use lambda::system::SystemRandom;
use serde_json::json;
use store::{DynamoEsimOrders, DynamoStock, EsimPlacing, PlacedEsimOrder};
use testkit::{esim_details, esim_order};

use crate::scene::Scene;

fn tenant() -> Tenant {
    "acme".parse().unwrap()
}

impl Scene {
    /// A new eSIM order and its new customer.
    async fn placed_esim_order(&self, customer: &Customer, details: EsimOrderDetails) -> String {
        self.esim_order(customer, true, details).await
    }

    /// A new eSIM order of a customer, which may be new.
    pub(crate) async fn esim_order(
        &self,
        customer: &Customer,
        is_new: bool,
        details: EsimOrderDetails,
    ) -> String {
        let now = self.clock.now();
        let order = EsimOrder {
            id: EsimOrderId(uuid::Uuid::now_v7()),
            tenant: customer.tenant.clone(),
            customer: customer.id,
            input: SentInput(r#"{"customer":"john@doe.com","note":"Doe"}"#.to_owned()),
            ..esim_order(details, &SystemRandom, now)
        };
        let customer = is_new.then_some(customer);
        let placing = EsimPlacing {
            order: &order,
            customer,
            esim: None,
            parent: None,
            watchdog: time::Duration::ZERO,
            guard: None,
            now,
        };
        let placed = DynamoEsimOrders::new(self.db.table.clone()).place(&placing).await.unwrap();
        assert_eq!(placed, PlacedEsimOrder::Done);
        order.id.to_string()
    }
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

/// ICCIDs of 20 digits with check digits.
fn iccids(count: usize) -> Vec<String> {
    (0..count * 10)
        .map(|n| format!("8946117771{n:010}"))
        .filter(|text| text.parse::<domain::numbering::Iccid>().is_ok())
        .take(count)
        .collect()
}

#[tokio::test]
async fn profiles_are_imported_once_and_wrong_lines_are_named_without_their_numbers() {
    let scene = Scene::new().await;
    let good = iccids(130);
    let mut text = "iccid,profileType\n".to_owned();
    for (n, iccid) in good.iter().enumerate() {
        let kind = if n % 2 == 0 { "consumer" } else { "iot" };
        text.push_str(&format!("{iccid},{kind}\n"));
    }
    let all = file(&text);
    let new = "--new-type consumer --new-type iot";
    let words = format!("profiles import {} {new}", all.path().display());
    let expected = json!({ "new": 130, "known": 0, "refused": 0, "wrong": [] });
    assert_eq!(scene.json(&words).await, expected);
    let again = scene.json(&words).await;
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(130)));
    let stock = DynamoStock::new(scene.db.table.clone());
    for kind in ["consumer", "iot"] {
        assert!(stock.has_free(kind).await.unwrap(), "{kind}");
    }
    // One right line, one twice, a wrong check digit, a number too short for ES2+, no type.
    let right = &iccids(131)[130];
    let last = if right.ends_with('1') { '2' } else { '1' };
    let wrong = format!("{}{last}", &right[..19]);
    let text = format!("{right}\n{right}\n\n{wrong}\n890000000000000004\nhello\n");
    let some = file(&text);
    let words = format!("profiles import {} --type iot", some.path().display());
    let error = scene.error(&words).await;
    assert!(error.starts_with("3 lines were wrong"), "{error}");
    let words = format!("profiles import {}", some.path().display());
    assert!(scene.error(&words).await.starts_with("5 lines were wrong"), "no type");
}

#[tokio::test]
async fn only_what_is_in_quarantine_is_put_back() {
    let scene = Scene::new().await;
    let free = iccids(1).remove(0);
    let all = file(&free);
    scene
        .json(&format!("profiles import {} --type iot --new-type iot", all.path().display()))
        .await;
    assert_eq!(scene.json("profiles quarantined").await["profiles"], json!([]));
    let error = scene.error(&format!("profiles release {free} --reason seen --by ann")).await;
    assert!(error.contains("not in quarantine") && !error.contains(&free), "{error}");
}

#[tokio::test]
async fn a_catalogue_is_imported_for_its_tenant() {
    let scene = Scene::new().await;
    let text = json!({
        "currencies": ["EUR", "USD"],
        "products": [{ "id": "P", "profileType": "consumer" }],
    });
    let good = file(&text.to_string());
    let words = format!("catalogue import {} --tenant acme", good.path().display());
    assert_eq!(scene.json(&words).await["products"], 1);
    assert_eq!(scene.json(&words).await["currencies"], json!(["EUR", "USD"]));
    let orders = DynamoEsimOrders::new(scene.db.table.clone());
    let known = orders.known_for(&tenant(), &esim_details(scene.clock.now())).await.unwrap();
    assert_eq!((known.catalogue.products.len(), known.catalogue.currencies.len()), (1, 2));
    let bad = file("{\"products\": [{\"id\": \"a#b\", \"profileType\": \"c\"}]}");
    let words = format!("catalogue import {} --tenant acme", bad.path().display());
    assert!(scene.error(&words).await.starts_with("cannot read"));
}

#[tokio::test]
async fn a_customer_is_shown_by_its_address_and_an_unknown_one_is_not() {
    let scene = Scene::new().await;
    let customer = Customer {
        id: CustomerId(uuid::Uuid::now_v7()),
        tenant: tenant(),
        details: esim_details(scene.clock.now()).customer,
    };
    scene.placed_esim_order(&customer, esim_details(scene.clock.now())).await;
    let shown = scene.json("customer show JOHN@doe.com --tenant acme").await;
    assert_eq!(shown["id"], customer.id.0.to_string());
    assert_eq!(shown["esims"], json!([]));
    let error = scene.error("customer show jane@doe.com --tenant acme").await;
    assert!(error.contains("no customer") && !error.contains("jane"), "{error}");
    scene.error("customer show john@doe.com --tenant other").await;
}

#[tokio::test]
async fn an_esim_order_is_shown_without_what_is_personal_unless_asked() {
    let scene = Scene::new().await;
    let customer = Customer {
        id: CustomerId(uuid::Uuid::now_v7()),
        tenant: tenant(),
        details: esim_details(scene.clock.now()).customer,
    };
    let id = scene.placed_esim_order(&customer, esim_details(scene.clock.now())).await;
    let shown = scene.json(&format!("order show {id}")).await;
    assert_eq!((&shown["kind"], &shown["step"]), (&json!("esim"), &json!("not started")));
    assert!(!shown.to_string().contains("john"), "{shown}");
    let shown = scene.json(&format!("order show {id} --personal")).await;
    assert_eq!(shown["input"]["customer"], "john@doe.com");
    let spelled = scene.json(&format!("order show {}", id.to_string().to_uppercase())).await;
    assert_eq!(spelled["id"], id.to_string());
}

#[tokio::test]
async fn an_esim_order_is_cancelled_by_hand_and_completed_only_with_a_profile() {
    let scene = Scene::new().await;
    let customer = Customer {
        id: CustomerId(uuid::Uuid::now_v7()),
        tenant: tenant(),
        details: esim_details(scene.clock.now()).customer,
    };
    let id = scene.placed_esim_order(&customer, esim_details(scene.clock.now())).await;
    let words = |how: &str| format!("order resolve {id} --as {how} --reason gone --by ann");
    let error = scene.error(&words("COMPLETED")).await;
    assert!(error.contains("no released profile"), "{error}");
    let resolved = scene.json(&words("CANCELED")).await;
    assert_eq!((&resolved["status"], &resolved["changed"]), (&json!("FAILED"), &json!(true)));
    let spelled = words("CANCELED").replace(&id.to_string(), &id.to_string().to_uppercase());
    assert_eq!(scene.json(&spelled).await["changed"], false);
    assert!(scene.error(&words("COMPLETED")).await.contains("has ended as FAILED"));
}

#[tokio::test]
async fn keys_are_listed_without_their_private_parts_and_rotated() {
    let scene = Scene::new().await;
    assert_eq!(scene.json("keys list").await["keys"], json!([]));
    scene.json("keys rotate").await;
    let before = scene.json("keys list").await;
    let after = scene.json("keys rotate").await;
    let state = |keys: &serde_json::Value, state: &str| {
        let keys = keys["keys"].as_array().unwrap();
        keys.iter().find(|key| key["state"] == state).map(|key| key["id"].clone())
    };
    assert_eq!(state(&after, "active"), state(&before, "next"));
    assert_eq!(state(&after, "retired"), state(&before, "active"));
    assert!(!after.to_string().contains("private"), "{after}");
}
