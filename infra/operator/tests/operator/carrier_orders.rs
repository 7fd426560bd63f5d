use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, CarrierDate, CarrierOrder, DesiredResponses, Event,
        OrderHeader, OrderProgress, SellerOrder, Side, registry,
    },
    clock::Clock as _,
};
use serde_json::json;
use store::{CarrierPlacing, DynamoCarrierOrders, PlacedCarrierOrder};
use time::Duration;

use crate::scene::Scene;

const ID: &str = "ORD-01HX000000000000000000000A";

impl Scene {
    async fn carrier_order(&self) {
        self.carrier_order_after(Vec::new()).await;
    }

    async fn carrier_order_after(&self, events: Vec<Event>) {
        let order = SellerOrder::new(self.order_after(events));
        self.place(&AnyCarrierOrder::Seller(order)).await;
    }

    fn order_after(&self, events: Vec<Event>) -> CarrierOrder {
        let now = self.clock.now();
        let header = OrderHeader {
            id: ID.parse().unwrap(),
            buyer: "Verizon".parse().unwrap(),
            seller: "Cox".parse().unwrap(),
            pon: "PO-1".parse().unwrap(),
            version: "1".parse().unwrap(),
            project: None,
            requested_completion: CarrierDate::read("2026-12-24"),
            desired: DesiredResponses::None,
        };
        let accepted = Event::Accepted { warnings: Vec::new() };
        let step = OrderProgress::place(vec!["01".parse().unwrap()], accepted, now).unwrap();
        let progress = events
            .into_iter()
            .fold(step.progress, |progress, event| progress.apply(event, now).unwrap().progress);
        CarrierOrder::new(header, progress, "trace-1".to_owned(), now)
    }

    async fn place(&self, order: &AnyCarrierOrder) {
        let now = self.clock.now();
        let placing = CarrierPlacing {
            order,
            tenant: None,
            document: r#"{"buyerOrderContact":{"name":"Jane Doe"}}"#,
            notifications: &[],
            seller: &None,
            watchdog: Duration::minutes(5),
            listed_at: now,
            guard: None,
            now,
        };
        let placed = DynamoCarrierOrders::new(self.db.table.clone()).place(&placing).await;
        assert_eq!(placed.unwrap(), PlacedCarrierOrder::Done);
    }
}

#[tokio::test]
async fn a_carrier_order_is_shown_without_what_the_buyer_wrote_unless_asked() {
    let scene = Scene::new().await;
    scene.carrier_order().await;
    let shown = scene.json(&format!("order show {ID}")).await;
    for (name, value) in [
        ("kind", json!("carrier")),
        ("status", json!("ACKNOWLEDGED")),
        ("buyer", json!("Verizon")),
        ("seller", json!("Cox")),
        ("pon", json!("PO-1")),
        ("requestedCompletion", json!("2026-12-24")),
        ("due", json!("2026-11-21T12:05:00Z")),
        ("items", json!([{ "reference": "01", "status": "ACKNOWLEDGED" }])),
    ] {
        assert_eq!(shown[name], value, "{name}: {shown}");
    }
    assert!(!shown.to_string().contains("Jane Doe"));
    let all = scene.run(&format!("order show {ID} --personal")).await.unwrap();
    assert!(all.contains("Jane Doe"), "{all}");
}

#[tokio::test]
async fn an_order_that_is_kept_at_its_seller_shows_what_waits_to_be_passed_on() {
    let scene = Scene::new().await;
    let order = BuyerOrder::new(scene.order_after(Vec::new()), scene.clock.now());
    scene.place(&AnyCarrierOrder::Buyer(order)).await;
    let shown = scene.json(&format!("order show {ID}")).await;
    assert_eq!(shown["elsewhere"], json!({ "passing": ["place"] }));
    let shown = scene.run(&format!("order show {ID}")).await.unwrap();
    assert!(shown.contains("-, to be passed on: place"), "{shown}");
}

#[tokio::test]
async fn a_carrier_order_that_waits_for_a_person_is_listed_with_its_kind() {
    let scene = Scene::new().await;
    scene.carrier_order().await;
    scene.creation(1).await;
    scene.clock.advance(Duration::hours(1));
    let listed = scene.json("order list --overdue").await;
    let mut kinds: Vec<_> =
        listed["orders"].as_array().unwrap().iter().map(|order| order["kind"].clone()).collect();
    kinds.sort_by_key(|kind| kind.to_string());
    assert_eq!(kinds, [json!("carrier"), json!("ecc")]);
}

#[tokio::test]
async fn an_order_of_a_seller_here_is_not_resolved_by_the_operator() {
    let scene = Scene::new().await;
    scene.carrier_order().await;
    let words = format!("order resolve {ID} --as COMPLETED --reason done --by ann");
    let error = scene.error(&words).await;
    assert!(
        error.starts_with("order ORD-01HX000000000000000000000A is a carrier order"),
        "{error}"
    );
}

#[tokio::test]
async fn whoever_stopped_a_carrier_order_is_shown_with_the_time() {
    let scene = Scene::new().await;
    let held = Event::Held { by: Side::Buyer, expected: None, messages: Vec::new() };
    scene.carrier_order_after(vec![held]).await;
    let shown = scene.json(&format!("order show {ID}")).await;
    assert_eq!(shown["hold"], json!({ "by": "BUYER", "at": "2026-11-21T12:00:00Z" }));

    let scene = Scene::new().await;
    let reason = "no duct at 123456789".to_owned();
    scene.carrier_order_after(vec![Event::CancelledBySeller { reason }]).await;
    let shown = scene.json(&format!("order show {ID}")).await;
    assert_eq!(shown["cancellation"]["by"], "SELLER");
    assert_eq!(shown["cancellation"]["reason"], "no duct at …");
}

#[tokio::test]
async fn a_carrier_order_that_waits_for_its_correction_is_shown_with_the_last_day() {
    let scene = Scene::new().await;
    let due = scene.clock.now() + Duration::days(45);
    let messages = vec![registry::PRODUCT_UNKNOWN.message()];
    let needed = Event::InformationNeeded { messages, due };
    scene.carrier_order_after(vec![Event::TreatmentStarted, needed]).await;
    let shown = scene.json(&format!("order show {ID}")).await;
    assert_eq!(shown["correctionDue"], "2027-01-05T12:00:00Z");
    assert_eq!(shown["messages"][0]["code"], "PRD016");
}

#[tokio::test]
async fn an_order_whose_seller_is_gone_is_resolved_by_the_operator() {
    let scene = Scene::new().await;
    let order = BuyerOrder::new(scene.order_after(Vec::new()), scene.clock.now());
    scene.place(&AnyCarrierOrder::Buyer(order)).await;
    let words = format!("order resolve {ID} --as CANCELED --reason gone --by ann");
    let resolved = scene.json(&words).await;
    assert_eq!(
        resolved,
        json!({ "id": ID, "status": "CANCELLED", "changed": true, "by": "ann", "reason": "gone" })
    );
    let shown = scene.json(&format!("order show {ID}")).await;
    assert_eq!(
        (&shown["status"], &shown["elsewhere"]["passing"]),
        (&json!("CANCELLED"), &json!([]))
    );
    assert_eq!(shown["cancellation"]["reason"], "gone");
    assert_eq!(shown["messages"][0]["code"], "REF023");
    assert_eq!(scene.json(&words).await["changed"], false);
    let error = scene.error(&words.replace("CANCELED", "COMPLETED")).await;
    assert_eq!(error, format!("order {ID} has ended as CANCELLED: it cannot be resolved any more"));
    let error = scene.error(&words.replace(ID, "ORD-01HX000000000000000000000B")).await;
    assert_eq!(error, "there is no order ORD-01HX000000000000000000000B");
}
