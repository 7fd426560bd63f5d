//! `customer erase`.

use domain::{
    clock::Clock as _,
    esim::{Customer, CustomerId},
};
use serde_json::{Value, json};
use store::DynamoEsimOrders;
use testkit::{Fault, esim_details};
use time::Duration;

use crate::scene::Scene;

const ERASE: &str = "customer erase john@doe.com --tenant acme";
/// As the program that calls it again.
const NOT_WAITING: &str = "customer erase John@doe.com --tenant acme --no-wait";

impl Scene {
    fn john(&self) -> Customer {
        Customer {
            id: CustomerId(uuid::Uuid::now_v7()),
            tenant: "acme".parse().unwrap(),
            details: esim_details(self.clock.now()).customer,
        }
    }

    /// A customer's first order, or another one: not yet begun.
    async fn order_of(&self, customer: &Customer, is_new: bool) -> String {
        let mut details = esim_details(self.clock.now());
        details.customer.last_name = Some("Doe".to_owned());
        details.device.model = Some("iPhone".to_owned());
        details.device.eid = Some("89049032123451234512345678901235".parse().unwrap());
        self.esim_order(customer, is_new, details).await
    }

    /// The same, and it has ended.
    async fn ended_order(&self, customer: &Customer, is_new: bool) -> String {
        let id = self.order_of(customer, is_new).await;
        self.json(&format!("order resolve {id} --as CANCELED --reason gone --by ann")).await;
        id
    }

    /// The whole table as text, without the name of its lists.
    async fn everything(&self) -> String {
        let all = self.db.direct.scan().table_name(&self.db.name).send().await.unwrap();
        format!("{:?}", all.items()).to_lowercase()
    }

    /// Calls that began before the mark have ended.
    async fn later(&self, words: &str) -> Value {
        let error = self.error(NOT_WAITING).await;
        assert!(error.starts_with("calls under way may still order for the customer"), "{error}");
        self.clock.advance(Duration::seconds(31));
        self.json(words).await
    }
}

#[tokio::test]
async fn nothing_that_names_the_customer_stays_and_its_orders_do() {
    let scene = Scene::new().await;
    let customer = scene.john();
    let id = scene.ended_order(&customer, true).await;
    let before = scene.json(&format!("order show {id}")).await;
    assert!(scene.everything().await.contains("doe"));
    let erased = scene.later(ERASE).await;
    assert_eq!((&erased["erased"], &erased["orders"]), (&json!(true), &json!([id])));
    assert_eq!(erased["id"], customer.id.0.to_string());
    assert_eq!(erased["endsByItself"].as_array().unwrap().len(), 4);
    let stored = scene.everything().await;
    for personal in ["john", "doe", "iphone", "8904903212345"] {
        assert!(!stored.contains(personal), "{personal}: {stored}");
    }
    let after = scene.json(&format!("order show {id} --personal")).await;
    assert_eq!((&after["status"], &after["history"]), (&before["status"], &before["history"]));
    assert_eq!(after["input"]["customer"]["email"], "erased@erased.invalid");
    scene.error("customer show john@doe.com --tenant acme").await;
}

#[tokio::test]
async fn a_customer_who_is_gone_or_of_another_tenant_is_nothing_to_erase() {
    let scene = Scene::new().await;
    scene.ended_order(&scene.john(), true).await;
    let other = scene.json("customer erase john@doe.com --tenant other").await;
    assert_eq!((&other["erased"], other.get("id")), (&json!(false), None));
    assert_eq!(scene.later(ERASE).await["erased"], true);
    assert_eq!(scene.json(ERASE).await["erased"], false);
    let said = scene.run(ERASE).await.unwrap();
    assert!(said.contains("nothing is left to erase") && !said.contains("john"), "{said}");
}

#[tokio::test]
async fn a_customer_with_an_order_under_way_is_refused_and_orders_again() {
    let scene = Scene::new().await;
    let customer = scene.john();
    let id = scene.order_of(&customer, true).await;
    let error = scene.error(ERASE).await;
    assert_eq!(error, format!("the customer has orders under way, {id}: nothing was erased"));
    scene.json(&format!("order resolve {id} --as CANCELED --reason gone --by ann")).await;
    scene.error(NOT_WAITING).await;
    // A call that had read the customer before.
    let late = scene.order_of(&customer, false).await;
    scene.clock.advance(Duration::seconds(31));
    let shown = scene.json("customer show john@doe.com --tenant acme").await;
    assert!(shown["erasingSince"].is_string(), "{shown}");
    assert!(scene.error(ERASE).await.contains(&late));
    let shown = scene.json("customer show john@doe.com --tenant acme").await;
    assert!(shown.get("erasingSince").is_none(), "it may order again: {shown}");
    assert!(scene.everything().await.contains("john"));
}

#[tokio::test]
async fn an_order_that_needs_intervention_is_under_way() {
    let scene = Scene::new().await;
    let id = scene.order_of(&scene.john(), true).await;
    let watchdog = store::DynamoWatchdog::new(scene.db.table.clone());
    let order = watchdog.get(&id).await.unwrap().unwrap();
    watchdog.mark_needs_intervention(&order, "stuck", scene.clock.now()).await.unwrap();
    assert!(scene.error(ERASE).await.contains(&id));
}

#[tokio::test]
async fn a_run_that_dies_is_finished_by_the_next_one() {
    let scene = Scene::new().await;
    let customer = scene.john();
    let mut orders = vec![scene.ended_order(&customer, true).await];
    orders.push(scene.ended_order(&customer, false).await);
    orders.push(scene.ended_order(&customer, false).await);
    scene.error(NOT_WAITING).await;
    scene.clock.advance(Duration::seconds(31));
    for order in &orders {
        scene.db.proxy.fail_next_about("UpdateItem", order, Fault::Refused);
        scene.error(ERASE).await;
    }
    scene.db.proxy.fail_next("TransactWriteItems", Fault::Refused);
    scene.error(ERASE).await;
    assert!(scene.everything().await.contains("john"), "its item is the last to go");
    let erased = scene.json(ERASE).await;
    let mut said: Vec<String> = serde_json::from_value(erased["orders"].clone()).unwrap();
    said.sort();
    orders.sort();
    assert_eq!(said, orders);
    assert!(!scene.everything().await.contains("john"));
    let kept = DynamoEsimOrders::new(scene.db.table.clone());
    for id in &orders {
        assert!(kept.get(id).await.unwrap().unwrap().is_erased());
    }
}

#[tokio::test]
async fn lost_responses_are_recognised() {
    let scene = Scene::new().await;
    let order = scene.ended_order(&scene.john(), true).await;
    scene.db.proxy.fail_next_about("UpdateItem", "CUSTOMER#", Fault::AnswerLost);
    scene.error(NOT_WAITING).await;
    scene.clock.advance(Duration::seconds(31));
    scene.db.proxy.fail_next_about("UpdateItem", &order, Fault::AnswerLost);
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    assert_eq!(scene.json(ERASE).await["orders"], json!([order]));
    assert!(!scene.everything().await.contains("john"));
}
