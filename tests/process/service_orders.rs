//! Service orders and product orders (TMF641, TMF622) through all of their functions.

use domain::{clock::Clock as _, identity::Role, network::NetworkAnswer};
use harness::{Call, Response, TestApp};
use serde_json::{Value, json};
use testkit::{numbers, queue::sqs_event};
use time::Duration;

use crate::whole::{reseller, stock, webhook};

pub(crate) const ORDERS: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
pub(crate) const CANCELS: &str = "/tmf-api/serviceOrdering/v4/cancelServiceOrder";
pub(crate) const ESIM_PRODUCT: &str = "a3u3z000000PZBhAAO";

/// An application with a client that may order everything.
pub(crate) struct Tmf {
    pub(crate) app: TestApp,
}

impl Tmf {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        // No clock shows whole milliseconds, in which times are stored.
        app.clock.advance(Duration::nanoseconds(123_456));
        reseller(&app).await;
        stock(&app, 3).await;
        app.db.client("both", "one", &[Role::Ecc, Role::Reseller], &[]).await;
        app.db.client("other", "two", &[Role::Ecc, Role::Reseller], &[]).await;
        Self { app }
    }

    pub(crate) async fn send(&self, call: Call) -> Response {
        self.app.send(call.as_client("both")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Call::new("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Call::new("POST", path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Response {
        self.send(Call::new("PATCH", path).json(body)).await
    }

    /// Places an order; its path.
    pub(crate) async fn placed(&self, path: &str, body: &Value) -> String {
        let placed = self.post(path, body).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        assert_eq!(placed.header("location"), placed.body["href"], "{placed:?}");
        placed.header("location").to_owned()
    }

    /// Requests to cancel an order; the path of the task.
    pub(crate) async fn cancelled(&self, order: &str) -> String {
        let id = order.rsplit('/').next().unwrap();
        let task = json!({ "serviceOrder": { "id": id }, "cancellationReason": "not needed" });
        let task = self.post(CANCELS, &task).await;
        assert_eq!((task.status, &task.body["state"]), (201, &json!("accepted")), "{task:?}");
        task.header("location").to_owned()
    }

    pub(crate) async fn state(&self, order: &str) -> String {
        self.get(order).await.body["state"].as_str().unwrap().to_owned()
    }
}

/// An item of a mobile subscription.
pub(crate) fn subscription(id: &str, n: u64) -> Value {
    json!({ "id": id, "action": "add", "service": {
        "serviceSpecification": { "id": "mobile-subscription" },
        "serviceCharacteristic": [
            { "name": "iccid", "value": numbers::iccid(n).as_str() },
            { "name": "msisdn", "value": numbers::msisdn(n).as_str() },
        ],
    } })
}

/// The same with a service of it.
fn with_service(id: &str, n: u64) -> Value {
    let mut item = subscription(id, n);
    item["serviceOrderItem"] = json!([{ "id": format!("{id}a"), "action": "add", "service": {
        "serviceSpecification": { "id": "SMS" },
        "serviceCharacteristic": [{ "name": "limit", "value": "5" }],
    } }]);
    item
}

/// An item of an eSIM.
pub(crate) fn esim(id: &str) -> Value {
    let named = |(name, value): (&str, &str)| json!({ "name": name, "value": value });
    let all = [
        ("countryCode", "PT"),
        ("email", "john@doe.com"),
        ("deviceType", "ios"),
        ("productId", ESIM_PRODUCT),
    ];
    json!({ "id": id, "action": "add", "service": {
        "serviceSpecification": { "id": "esim" },
        "serviceCharacteristic": all.map(named),
    } })
}

pub(crate) fn after(mut item: Value, other: &str) -> Value {
    item["serviceOrderItemRelationship"] =
        json!([{ "relationshipType": "reliesOn", "orderItem": { "itemId": other } }]);
    item
}

pub(crate) fn order(items: Vec<Value>) -> Value {
    json!({ "serviceOrderItem": items })
}

pub(crate) fn characteristic<'v>(item: &'v Value, name: &str) -> &'v str {
    let all = item["service"]["serviceCharacteristic"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == name);
    found.and_then(|one| one["value"].as_str()).unwrap_or_else(|| panic!("no {name} in {item}"))
}

fn published(app: &TestApp) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let posts = app.receivers.take().into_iter();
    posts
        .map(|post| (text(&post.body["data"]["kind"]), text(&post.body["data"]["status"])))
        .collect()
}

#[tokio::test]
async fn an_order_of_a_subscription_a_service_and_an_esim_is_completed() {
    let tmf = Tmf::new().await;
    let client = tmf.app.client("hook", "one", Role::Ecc).await;
    webhook(&tmf.app, &client).await;
    let body = order(vec![with_service("1", 50), after(esim("2"), "1a")]);
    let path = tmf.placed(ORDERS, &body).await;
    let placed = tmf.get(&path).await.body;
    assert_eq!(placed["state"], "acknowledged");
    assert_eq!(placed["serviceOrderItem"][0]["state"], "acknowledged");
    assert_eq!(placed["serviceOrderItem"][1]["state"], "pending");
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!(done["state"], "completed", "{done:#}");
    let [one, two] = [0, 1].map(|index| &done["serviceOrderItem"][index]);
    assert_eq!(one["service"]["id"], format!("iccid:{}", numbers::iccid(50).as_str()));
    assert!(characteristic(one, "orderId").parse::<u64>().is_ok());
    assert_eq!(one["serviceOrderItem"][0]["state"], "completed");
    assert!(characteristic(two, "lpa_url").starts_with("LPA:1$"));
    assert_eq!(characteristic(two, "iccid").len(), 20);
    assert!(done["completionDate"].is_string() && done["startDate"].is_string());
    let subscription = format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(50).as_str());
    let subscription = tmf.get(&subscription).await.body;
    assert_eq!(subscription["services"][0]["limit"], 5, "{subscription:#}");
    let of_order: Vec<_> =
        published(&tmf.app).into_iter().filter(|(kind, _)| kind == "service").collect();
    let states = of_order.iter().map(|(_, state)| state.as_str());
    assert_eq!(states.collect::<Vec<_>>(), ["acknowledged", "inProgress", "completed"]);
    tmf.app.clock.advance(Duration::HOUR);
    tmf.app.sweep().await;
    tmf.app.drain().await;
    assert!(tmf.app.receivers.take().is_empty(), "nothing is left for the sweeper");
}

pub(crate) fn of_subscription(
    id: &str,
    action: &str,
    subscription: String,
    values: &[(&str, Value)],
) -> Value {
    let named = |(name, value): &(&str, Value)| json!({ "name": name, "value": value });
    let values: Vec<Value> = values.iter().map(named).collect();
    json!({ "id": id, "action": action, "service": {
        "id": subscription,
        "serviceSpecification": { "id": "mobile-subscription" },
        "serviceCharacteristic": values,
    } })
}

#[tokio::test]
async fn a_subscription_is_changed_and_ended_and_an_esim_topped_up() {
    let tmf = Tmf::new().await;
    let (iccid, imsi) = (numbers::iccid(50), numbers::imsi(50));
    let mut new = subscription("1", 50);
    let imsi_value = json!({ "name": "imsi", "value": imsi.as_str() });
    new["service"]["serviceCharacteristic"].as_array_mut().unwrap().push(imsi_value);
    let msisdn = format!("msisdn:{}", numbers::msisdn(50).as_str());
    let blocked = of_subscription("2", "modify", msisdn, &[("blocked", json!("true"))]);
    let barred = [("odb-profile", json!(7))];
    let barred = of_subscription("3", "modify", format!("iccid:{}", iccid.as_str()), &barred);
    let ended = of_subscription("4", "delete", format!("imsi:{}", imsi.as_str()), &[]);
    let items = vec![new, after(blocked, "1"), after(barred, "2"), after(ended, "3"), esim("5")];
    let path = tmf.placed(ORDERS, &order(items)).await;
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!(done["state"], "completed", "{done:#}");
    let subscription = format!("/ecc/v1/subscriptions/iccid:{}", iccid.as_str());
    tmf.get(&subscription).await.expect(404, "NOT_FOUND");
    let mut topup = esim("1");
    topup["action"] = "modify".into();
    topup["service"]["id"] = characteristic(&done["serviceOrderItem"][4], "iccid").into();
    let path = tmf.placed(ORDERS, &order(vec![topup])).await;
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!(done["state"], "completed", "{done:#}");
}

#[tokio::test]
async fn an_item_that_fails_stops_those_that_wait_for_it_and_no_other() {
    let tmf = Tmf::new().await;
    let refused = NetworkAnswer::Refused { reason: "no such SIM".to_owned() };
    tmf.app.network.answer([refused]);
    let items = vec![subscription("1", 50), after(subscription("2", 51), "1")];
    let path = tmf.placed(ORDERS, &order(items)).await;
    tmf.app.drain().await;
    let failed = tmf.get(&path).await.body;
    assert_eq!(failed["state"], "failed", "{failed:#}");
    assert_eq!(failed["errorMessage"][0]["reason"], "no such SIM");
    assert_eq!(failed["serviceOrderItem"][1]["state"], "cancelled");

    let refused = NetworkAnswer::Refused { reason: "no such SIM".to_owned() };
    tmf.app.network.answer([refused]);
    let items = vec![subscription("1", 52), after(subscription("2", 53), "1"), esim("3")];
    let path = tmf.placed(ORDERS, &order(items)).await;
    tmf.app.drain().await;
    let partial = tmf.get(&path).await.body;
    assert_eq!(partial["state"], "partial", "{partial:#}");
    assert_eq!(partial["serviceOrderItem"][2]["state"], "completed");
}

#[tokio::test]
async fn an_item_that_cannot_be_ordered_is_rejected_and_says_why() {
    let tmf = Tmf::new().await;
    tmf.app.db.client("ecc", "one", &[Role::Ecc], &[]).await;
    let unknown = json!({ "id": "1", "action": "add", "service": {
        "name": "vCPE", "serviceSpecification": { "id": "1212" } } });
    let mut no_sim = subscription("1", 50);
    no_sim["service"]["serviceCharacteristic"] = json!([{ "name": "colour", "value": "red" }]);
    let by_ecc = order(vec![esim("1")]);
    tmf.placed(ORDERS, &order(vec![subscription("1", 60)])).await;
    tmf.app.drain().await;
    for (body, code, client) in [
        (order(vec![unknown]), "UNKNOWN_SPECIFICATION", "both"),
        (order(vec![no_sim]), "INVALID_PARAMETER", "both"),
        (by_ecc, "FORBIDDEN", "ecc"),
        (order(vec![subscription("1", 60)]), "SIM_IN_USE", "both"),
    ] {
        let place = Call::new("POST", ORDERS).json(&body).as_client(client);
        let placed = tmf.app.send(place).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        tmf.app.drain().await;
        let rejected = tmf.get(placed.header("location")).await.body;
        assert_eq!(rejected["state"], "rejected", "{rejected:#}");
        let error = &rejected["serviceOrderItem"][0]["errorMessage"][0];
        assert_eq!(error["code"], code, "{rejected:#}");
    }
}

#[tokio::test]
async fn an_order_that_has_not_begun_is_cancelled() {
    let tmf = Tmf::new().await;
    let mut body = order(vec![subscription("1", 50)]);
    body["requestedStartDate"] = "2030-01-01T00:00:00Z".into();
    let path = tmf.placed(ORDERS, &body).await;
    tmf.app.drain().await;
    assert_eq!(tmf.state(&path).await, "pending");
    let task = tmf.cancelled(&path).await;
    assert_eq!(tmf.state(&path).await, "assessingCancellation");
    let again = json!({ "serviceOrder": { "id": path.rsplit('/').next().unwrap() } });
    assert_eq!(tmf.post(CANCELS, &again).await.expect(409, "CANCELLATION_OPEN").status, 409);
    tmf.app.drain().await;
    let order = tmf.get(&path).await.body;
    assert_eq!(order["state"], "cancelled", "{order:#}");
    assert_eq!(order["cancellationReason"], "not needed");
    let task = tmf.get(&task).await.body;
    assert_eq!(task["state"], "done", "{task:#}");
    assert_eq!(task["serviceOrder"]["href"], path.as_str());
    let listed = tmf.get(&format!("{CANCELS}?state=done")).await;
    assert_eq!(listed.body.as_array().unwrap().len(), 1, "{listed:?}");
    assert_eq!(tmf.post(CANCELS, &again).await.expect(409, "ORDER_ENDED").status, 409);
}

#[tokio::test]
async fn an_order_that_is_under_way_goes_on_and_the_request_says_why() {
    let tmf = Tmf::new().await;
    // It waits for the network, which is away.
    let away = NetworkAnswer::Away { why: "network: no connection".to_owned() };
    tmf.app.network.answer(vec![away; 3]);
    let items = vec![subscription("1", 50), after(subscription("2", 51), "1")];
    let path = tmf.placed(ORDERS, &order(items)).await;
    tmf.app.drain().await;
    assert_eq!(tmf.state(&path).await, "inProgress");
    let task = tmf.cancelled(&path).await;
    tmf.app.drain().await;
    let task = tmf.get(&task).await.body;
    assert_eq!(task["state"], "terminatedWithError", "{task:#}");
    assert!(task["errorMessage"]["reason"].as_str().unwrap().ends_with("item 1"), "{task:#}");
    tmf.app.clock.advance(Duration::minutes(3));
    tmf.app.sweep().await;
    tmf.app.drain().await;
    assert_eq!(tmf.state(&path).await, "completed");
}

#[tokio::test]
async fn an_order_begins_at_its_date() {
    let tmf = Tmf::new().await;
    let mut body = order(vec![subscription("1", 50)]);
    body["requestedStartDate"] =
        domain::clock::rfc3339(tmf.app.clock.now() + Duration::hours(2)).into();
    let path = tmf.placed(ORDERS, &body).await;
    for (passed, state) in [(0, "pending"), (1, "pending"), (2, "completed")] {
        tmf.app.clock.advance(Duration::hours(passed.min(1)) + Duration::SECOND);
        tmf.app.sweep().await;
        tmf.app.drain().await;
        assert_eq!(tmf.state(&path).await, state);
    }
}

#[tokio::test]
async fn an_order_whose_items_need_intervention_says_so_until_they_go_on() {
    let tmf = Tmf::new().await;
    tmf.app.allow_leftovers();
    let unknown = NetworkAnswer::Unknown { why: "network: status 500".to_owned() };
    tmf.app.network.answer(vec![unknown; 3]);
    let path = tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    for _ in 0..3 {
        tmf.app.drain().await;
        tmf.app.clock.advance(Duration::MINUTE);
    }
    tmf.app.consume_dead_letters().await;
    tmf.app.drain().await;
    let waits = tmf.get(&path).await.body;
    assert_eq!(waits["state"], "inProgress", "{waits:#}");
    assert_eq!(waits["jeopardyAlert"][0]["serviceOrderItem"][0]["itemId"], "1", "{waits:#}");
    let number = characteristic(&waits["serviceOrderItem"][0], "orderId").parse().unwrap();
    tmf.app.complete(number).await;
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!((done["state"].as_str(), done.get("jeopardyAlert")), (Some("completed"), None));
}

#[tokio::test]
async fn a_worker_that_dies_after_an_items_order_was_placed_finds_it_again() {
    let tmf = Tmf::new().await;
    let path = tmf.placed(ORDERS, &order(vec![subscription("1", 50), esim("2")])).await;
    let id = path.rsplit('/').next().unwrap();
    let message = json!({ "orderId": id, "revision": 1, "correlationId": "c" }).to_string();
    let transactions = ["TransactWriteItems"; 3];
    let calls = ["BatchGetItem", "UpdateItem", "GetItem"].into_iter().chain(transactions);
    for operation in calls.chain(["UpdateItem", "TransactWriteItems", "GetItem", "UpdateItem"]) {
        let gate = tmf.app.db.proxy.hold_next(operation);
        let worked = tmf.app.work("service-order-worker", sqs_event(&[&message], 1));
        tokio::select! {
            // The process dies; what it has sent is done.
            () = gate.reached() => {}
            _ = worked => {}
        }
        gate.open();
        tmf.app.clock.advance(Duration::minutes(2));
    }
    tmf.app.sweep().await;
    tmf.app.drain().await;
    tmf.app.clock.advance(Duration::HOUR);
    tmf.app.sweep().await;
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!(done["state"], "completed", "{done:#}");
    assert_eq!(orders_of(&tmf, "ecc").await, 1);
    assert_eq!(orders_of(&tmf, "esim").await, 1);
}

/// How many orders of a kind there are.
pub(crate) async fn orders_of(tmf: &Tmf, kind: &str) -> usize {
    let found = tmf.app.db.direct.scan().table_name(&tmf.app.db.name).send().await.unwrap();
    let kind = format!("{kind:?}");
    let is_it = |found: String| found.contains(&kind);
    let kinds = found.items().iter().filter_map(|item| item.get("kind"));
    kinds.filter(|found| is_it(format!("{found:?}"))).count()
}
