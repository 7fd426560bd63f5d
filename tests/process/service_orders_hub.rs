//! Subscriptions of the hubs of the TM Forum APIs, from their registration to their receivers.

use domain::{identity::Role, network::NetworkAnswer};
use harness::{Call, app::Post};
use serde_json::{Value, json};
use testkit::queue::sqs_event;
use time::Duration;

use crate::{
    service_orders::{ORDERS, Tmf, after, characteristic, order, subscription},
    whole::webhook,
};

const HUB: &str = "/tmf-api/serviceOrdering/v4/hub";
const PRODUCT_HUB: &str = "/tmf-api/productOrderingManagement/v4/hub";
const PRODUCTS: &str = "/tmf-api/productOrderingManagement/v4/productOrder";
const URL: &str = "https://1.1.1.1/hub";

impl Tmf {
    async fn subscribed(&self, hub: &str, query: Option<&str>) -> Value {
        let made = self.post(hub, &json!({ "callback": URL, "query": query })).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.body["id"].as_str().unwrap();
        assert_eq!(made.header("location"), format!("{hub}/{id}"));
        made.body
    }

    /// The events that were posted to the hub's receiver, in their order.
    fn told(&self) -> Vec<Post> {
        self.app.receivers.take().into_iter().filter(|post| post.url == URL).collect()
    }
}

fn types(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.body["eventType"].as_str().unwrap()).collect()
}

/// Type, and the state of the resource of each event.
fn states(posts: &[Post]) -> Vec<(&str, &str)> {
    let state = |post: &'_ Post| -> &'static str {
        let (_, resource) = post.body["event"].as_object().unwrap().iter().next().unwrap();
        String::leak(resource["state"].as_str().unwrap().to_owned())
    };
    types(posts).into_iter().zip(posts.iter().map(state)).collect()
}

#[tokio::test]
async fn a_hub_is_told_in_order_of_what_happens_to_orders_of_its_api() {
    let tmf = Tmf::new().await;
    let made = tmf.subscribed(HUB, None).await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made:#}");
    assert_eq!((&made["callback"], made.get("query")), (&json!(URL), None));
    let client = tmf.app.client("hook", "one", Role::Ecc).await;
    webhook(&tmf.app, &client).await;
    let mut body = order(vec![subscription("1", 50), after(subscription("2", 51), "1")]);
    body["externalId"] = "PO-1".into();
    let path = tmf.placed(ORDERS, &body).await;
    tmf.app.drain().await;
    let posts = tmf.app.receivers.take();
    let (hub, others): (Vec<_>, Vec<_>) = posts.into_iter().partition(|post| post.url == URL);
    let expected = [
        ("ServiceOrderCreateEvent", "acknowledged"),
        ("ServiceOrderMilestoneEvent", "acknowledged"),
        ("ServiceOrderStateChangeEvent", "inProgress"),
        ("ServiceOrderMilestoneEvent", "inProgress"),
        ("ServiceOrderStateChangeEvent", "completed"),
        ("ServiceOrderMilestoneEvent", "completed"),
    ];
    assert_eq!(states(&hub), expected);
    for (post, number) in hub.iter().zip(1..) {
        let order = &post.body["event"]["serviceOrder"];
        assert_eq!((&order["href"], &order["externalId"]), (&json!(path), &json!("PO-1")));
        assert_eq!(post.body["eventId"], post.message.as_str(), "the id is that of the signature");
        assert!(post.message.ends_with(&format!("-{number}")), "{}", post.message);
        assert!(post.body["eventTime"].is_string() && post.body["correlationId"].is_string());
        assert!(!post.body.to_string().contains("8946"), "no document of the client: {post:?}");
    }
    let milestones = &hub[5].body["event"]["serviceOrder"]["milestone"];
    let names: Vec<_> = milestones.as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["accepted", "begun", "ended"]);
    assert_eq!(tmf.get(&path).await.body["milestone"], *milestones);
    let of_service = others.iter().filter(|post| post.body["data"]["kind"] == "service");
    let statuses: Vec<_> = of_service.map(|post| post.body["data"]["status"].clone()).collect();
    assert_eq!(statuses, ["acknowledged", "inProgress", "completed"], "other endpoints as before");
    assert!(others.iter().all(|post| post.body.get("eventType").is_none()));
    tmf.app.clock.advance(Duration::HOUR);
    tmf.app.sweep().await;
    tmf.app.drain().await;
    assert!(tmf.app.receivers.take().is_empty(), "nothing is left for the sweeper");
}

#[tokio::test]
async fn a_hub_is_told_of_requests_to_cancel_as_they_were() {
    let tmf = Tmf::new().await;
    tmf.subscribed(HUB, None).await;
    let path = tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    let id = path.rsplit('/').next().unwrap();
    let message = json!({ "orderId": id, "revision": 1, "correlationId": "c" }).to_string();
    tmf.app.work("service-order-worker", sqs_event(&[&message], 1)).await;
    let task = tmf.cancelled(&path).await;
    tmf.app.work("service-order-worker", sqs_event(&[&message], 1)).await;
    assert_eq!(tmf.state(&task).await, "done");
    tmf.app.drain().await;
    let told = tmf.told();
    let expected = [
        ("ServiceOrderCreateEvent", "acknowledged"),
        ("ServiceOrderMilestoneEvent", "acknowledged"),
        ("ServiceOrderStateChangeEvent", "inProgress"),
        ("ServiceOrderMilestoneEvent", "inProgress"),
        ("ServiceOrderStateChangeEvent", "assessingCancellation"),
        ("CancelServiceOrderCreateEvent", "accepted"),
        ("ServiceOrderStateChangeEvent", "pendingCancellation"),
        ("CancelServiceOrderStateChangeEvent", "inProgress"),
        ("ServiceOrderStateChangeEvent", "cancelled"),
        ("CancelServiceOrderStateChangeEvent", "done"),
        ("ServiceOrderMilestoneEvent", "cancelled"),
    ];
    assert_eq!(states(&told), expected);
    let about = &told[9].body["event"]["cancelServiceOrder"];
    assert_eq!((&about["href"], &about["serviceOrder"]["href"]), (&json!(task), &json!(path)));
    assert_eq!(about["cancellationReason"], "not needed");
}

#[tokio::test]
async fn a_hub_is_told_of_changes_jeopardy_and_deletion() {
    let tmf = Tmf::new().await;
    tmf.app.allow_leftovers();
    tmf.subscribed(HUB, None).await;
    let unknown = NetworkAnswer::Unknown { why: "network: status 500".to_owned() };
    tmf.app.network.answer(vec![unknown; 3]);
    let path = tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    let changed = tmf.patch(&path, &json!({ "description": "for Porto" })).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let same = tmf.patch(&path, &json!({ "description": "for Porto" })).await;
    assert_eq!(same.status, 200, "{same:?}");
    for _ in 0..3 {
        tmf.app.drain().await;
        tmf.app.clock.advance(Duration::MINUTE);
    }
    tmf.app.consume_dead_letters().await;
    tmf.app.drain().await;
    let whole = tmf.get(&path).await.body;
    let number = characteristic(&whole["serviceOrderItem"][0], "orderId").parse().unwrap();
    tmf.app.complete(number).await;
    tmf.app.drain().await;
    let changed = tmf.patch(&path, &json!({ "description": "done" })).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(tmf.send(Call::new("DELETE", path.as_str())).await.status, 204);
    for _ in 0..3 {
        tmf.app.sweep().await;
        tmf.app.drain().await;
        tmf.app.clock.advance(Duration::MINUTE);
    }
    let told = tmf.told();
    let of = |name: &str| -> Vec<&Post> {
        told.iter().filter(|post| post.body["eventType"] == name).collect()
    };
    let changes = of("ServiceOrderAttributeValueChangeEvent");
    assert_eq!(changes.len(), 2, "{told:#?}");
    assert_eq!(changes[0].body["event"]["serviceOrder"]["href"], path.as_str());
    let [alert] = of("ServiceOrderJeopardyEvent")[..] else { panic!("{told:#?}") };
    let alerts = &alert.body["event"]["serviceOrder"]["jeopardyAlert"];
    assert_eq!(alerts[0]["serviceOrderItem"][0]["itemId"], "1", "{alert:?}");
    let [deleted] = of("ServiceOrderDeleteEvent")[..] else { panic!("{told:#?}") };
    assert_eq!(deleted.body["event"]["serviceOrder"]["state"], "completed");
    assert_eq!(of("ServiceOrderStateChangeEvent").len(), 2);
}

#[tokio::test]
async fn a_refused_request_to_cancel_says_so_to_the_hub() {
    let tmf = Tmf::new().await;
    tmf.subscribed(HUB, Some("eventType=CancelServiceOrderStateChangeEvent")).await;
    let away = NetworkAnswer::Away { why: "network: no connection".to_owned() };
    tmf.app.network.answer(vec![away; 3]);
    let path = tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    tmf.app.drain().await;
    tmf.cancelled(&path).await;
    tmf.app.drain().await;
    let told = tmf.told();
    assert_eq!(states(&told), [("CancelServiceOrderStateChangeEvent", "terminatedWithError")]);
    assert!(told[0].body["event"]["cancelServiceOrder"]["errorMessage"].is_object(), "{told:?}");
}

#[tokio::test]
async fn a_subscription_hears_of_the_types_and_the_api_that_it_names() {
    let tmf = Tmf::new().await;
    let query = "eventType=ServiceOrderStateChangeEvent";
    assert_eq!(tmf.subscribed(HUB, Some(query)).await["query"], query);
    tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    let product = json!({ "relatedParty": [{ "id": "one" }], "productOrderItem": [
        { "id": "1", "action": "noChange" },
    ] });
    tmf.placed(PRODUCTS, &product).await;
    tmf.app.drain().await;
    let changed = "ServiceOrderStateChangeEvent";
    assert_eq!(types(&tmf.told()), [changed, changed]);
    let made = tmf.subscribed(PRODUCT_HUB, Some("")).await;
    let path = tmf.placed(PRODUCTS, &product).await;
    tmf.app.drain().await;
    let told = tmf.told();
    let changed = "ProductOrderStateChangeEvent";
    assert_eq!(types(&told), ["ProductOrderCreateEvent", changed, changed], "no milestones");
    assert_eq!(told[2].body["event"]["productOrder"]["href"], path.as_str());
    assert_eq!(tmf.patch(&path, &json!({ "description": "done" })).await.status, 200);
    tmf.app.clock.advance(Duration::MINUTE);
    tmf.app.sweep().await;
    tmf.app.drain().await;
    assert_eq!(types(&tmf.told()), ["ProductOrderAttributeValueChangeEvent"]);
    let end = format!("{PRODUCT_HUB}/{}", made["id"].as_str().unwrap());
    assert_eq!(tmf.send(Call::new("DELETE", end)).await.status, 204);
    for (body, pointer) in [
        (json!({ "callback": URL, "query": "eventType=ServiceOrderStateChange" }), "/query"),
        (json!({ "callback": URL, "query": "eventType=ProductOrderCreateEvent" }), "/query"),
        (
            json!({ "callback": URL, "query": "eventType=ServiceOrderInformationRequiredEvent" }),
            "/query",
        ),
        (json!({ "callback": URL, "query": "serviceOrder.state=completed" }), "/query"),
        (json!({ "query": "" }), "/callback"),
        (json!({ "callback": "http://1.1.1.1/hub" }), "/callback"),
        (json!({ "callback": "https://10.0.0.1/hub" }), "/callback"),
    ] {
        let refused = tmf.post(HUB, &body).await.expect(400, "INVALID_PARAMETER");
        assert_eq!(refused.pointers(), [pointer], "{body}");
    }
}

#[tokio::test]
async fn a_subscription_is_an_endpoint_and_ends_when_its_client_says_so() {
    let tmf = Tmf::new().await;
    let made = tmf.subscribed(HUB, None).await;
    let id = made["id"].as_str().unwrap();
    let endpoint = tmf.get(&format!("/webhooks/{id}")).await;
    assert_eq!(endpoint.body["url"], URL, "{endpoint:?}");
    let events = endpoint.body["events"].as_array().unwrap();
    assert!(events.contains(&json!("ServiceOrderCreateEvent")), "{endpoint:?}");
    let other = Call::new("DELETE", format!("{HUB}/{id}")).as_client("other");
    assert_eq!(tmf.app.send(other).await.status, 404);
    let end = async |hub: &str| tmf.send(Call::new("DELETE", format!("{hub}/{id}"))).await.status;
    assert_eq!(end(PRODUCT_HUB).await, 404, "the other API does not have it");
    assert_eq!(end(HUB).await, 204);
    assert_eq!(end(HUB).await, 404);
    tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    tmf.app.drain().await;
    assert!(tmf.told().is_empty());
    let ordinary = tmf.post("/webhooks", &json!({ "url": URL, "events": ["order.*"] })).await;
    let ordinary = format!("{HUB}/{}", ordinary.body["id"].as_str().unwrap());
    assert_eq!(tmf.send(Call::new("DELETE", ordinary)).await.status, 404, "no subscription");
}

#[tokio::test]
async fn a_subscription_under_a_key_is_made_once() {
    let tmf = Tmf::new().await;
    let make = async || {
        let call = Call::new("POST", HUB).json(&json!({ "callback": URL }));
        tmf.send(call.header("idempotency-key", "key-1")).await
    };
    let (first, again) = (make().await, make().await);
    assert_eq!((first.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
}

/// Decision 100: what nobody is told of is not written down.
#[tokio::test]
async fn for_a_hub_nothing_is_written_of_orders_that_it_is_not_told_of() {
    let tmf = Tmf::new().await;
    tmf.subscribed(HUB, None).await;
    let client = tmf.app.client("ecc", "one", Role::Ecc).await;
    crate::whole::subscription(&tmf.app, &client, 70).await;
    tmf.app.drain().await;
    let found = tmf.app.db.direct.scan().table_name(&tmf.app.db.name).send().await.unwrap();
    let is_order = |item: &&std::collections::HashMap<String, _>| {
        item.get("sk").is_some_and(|sk| format!("{sk:?}") == r#"S("ORDER")"#)
    };
    let orders: Vec<_> = found.items().iter().filter(is_order).collect();
    assert_eq!(orders.len(), 1);
    assert!(format!("{:?}", orders[0].get("quiet")).contains("true"), "{:?}", orders[0]);
    assert!(tmf.app.receivers.take().is_empty());
}

#[tokio::test]
async fn an_event_that_a_receiver_refuses_comes_again_and_the_others_once() {
    let tmf = Tmf::new().await;
    tmf.subscribed(HUB, Some("eventType=ServiceOrderCreateEvent,ServiceOrderStateChangeEvent"))
        .await;
    tmf.app.receivers.answer([500]);
    tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    for _ in 0..10 {
        tmf.app.drain().await;
        tmf.app.clock.advance(Duration::minutes(1));
        tmf.app.sweep().await;
    }
    tmf.app.drain().await;
    let told = tmf.told();
    let mut seen = std::collections::BTreeMap::new();
    for post in &told {
        *seen.entry(post.body["eventId"].to_string()).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 3, "{told:#?}");
    assert_eq!(seen.values().sum::<i32>(), 4, "one of them twice: {seen:?}");
}
