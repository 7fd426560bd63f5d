//! What a Buyer elsewhere is called with: fan-out and sender, in process.

use std::sync::{Arc, Mutex};

use domain::{
    carrier::{FulfilmentPolicy, Hosting, PartyCredentials, Push},
    clock::Clock,
    webhook::{AttemptResult, DeliveryState, MessageId, Outcome as Came, Secret},
};
use lambda::{
    Deadline,
    message::{DeliveryMessage, OrderMessage},
    sqs_batch::{Outcome, RecordContext, RecordHandler},
};
use notification_fanout::NotificationFanout;
use serde_json::{Value, json};
use store::{DynamoDeliveries, DynamoParties, StoredDelivery};
use testkit::FixedRandom;
use time::{Duration, OffsetDateTime};
use webhook_sender::{Attempted, DeliveryTransport, Destination, WebhookSender};

use crate::fixture::{Fixture, Placed, codes, manual, order_with, party, unknown_product};

const BASE: &str = "https://verizon.example.com/orderwire";
const WATCH: Duration = Duration::minutes(5);

type Messages = Arc<Mutex<Vec<String>>>;

/// A Buyer's API that answers everything with one status.
#[derive(Clone)]
struct Buyer {
    status: u16,
    heard: Arc<Mutex<Vec<(Destination, String, Value)>>>,
}

impl DeliveryTransport for Buyer {
    async fn deliver(
        &self,
        to: &Destination,
        message: &MessageId,
        body: String,
        _: OffsetDateTime,
        _: impl Future<Output = bool> + Send,
    ) -> Attempted {
        let body = serde_json::from_str(&body).unwrap();
        self.heard.lock().unwrap().push((to.clone(), message.to_string(), body));
        let (status, took) = (self.status, Duration::ZERO);
        let outcome = Came::of_status(status, None);
        Attempted { outcome, result: AttemptResult::Answered(status), took }
    }
}

fn record() -> RecordContext {
    RecordContext {
        message_id: "m".to_owned(),
        receipt_handle: String::new(),
        receive_count: 1,
        deadline: Deadline::after(std::time::Duration::from_secs(30)),
    }
}

impl Fixture {
    /// Verizon is somebody else's.
    async fn with_a_buyer_elsewhere() -> Self {
        let app = Self::new().await;
        let mut verizon = party("Verizon", FulfilmentPolicy::Manual);
        verizon.hosting = Hosting::Remote;
        verizon.callback_base = Some(BASE.to_owned());
        let shown = PartyCredentials {
            client_id: "cox".to_owned(),
            client_secret: "secret".to_owned(),
            signing: Secret::from_bytes(vec![7; 32]).unwrap(),
        };
        let parties = DynamoParties::new(app.db.table.clone());
        assert!(parties.put_with(&verizon, Some(&shown)).await.unwrap());
        app
    }

    /// Tells of an order; the messages to the sender.
    async fn told(&self, order: &str) -> Vec<String> {
        let sent = Messages::default();
        let to = sent.clone();
        let queue = move |messages: Vec<(String, std::time::Duration)>| {
            to.lock().unwrap().extend(messages.into_iter().map(|(body, _)| body));
            async { true }
        };
        let batches = |_: Vec<(String, std::time::Duration)>| async { true };
        let fanout =
            NotificationFanout::new(self.db.table_of("notification-fanout"), queue, batches, WATCH)
                .with_clock(Arc::new(self.clock.clone()));
        let message = OrderMessage {
            order_id: order.to_owned(),
            revision: 1,
            correlation_id: "c-1".to_owned(),
            tenant: None,
            publication: None,
        };
        assert_eq!(fanout.handle(message, &record()).await, Outcome::Done);
        std::mem::take(&mut *sent.lock().unwrap())
    }

    /// Sends what was told to a Buyer.
    async fn sent(&self, messages: &[String], to: &Buyer) {
        let none = |_: Vec<(String, std::time::Duration)>| async { true };
        let config = webhook_sender::Config {
            table: String::new(),
            deliveries: String::new(),
            watchdog: WATCH,
        };
        let sender =
            WebhookSender::new(self.db.table_of("webhook-sender"), to.clone(), none, &config)
                .with(Arc::new(self.clock.clone()), Arc::new(FixedRandom::default()));
        for message in messages {
            let message: DeliveryMessage = serde_json::from_str(message).unwrap();
            assert_eq!(sender.handle(message, &record()).await, Outcome::Done);
        }
    }

    async fn stored(&self, message: &str) -> StoredDelivery {
        let message: DeliveryMessage = serde_json::from_str(message).unwrap();
        let deliveries = DynamoDeliveries::new(self.db.table.clone());
        deliveries.get(&message.endpoint_id, &message.message_id).await.unwrap().unwrap()
    }
}

fn buyer(status: u16) -> Buyer {
    Buyer { status, heard: Arc::default() }
}

fn versions(buyer: &Buyer) -> Vec<u64> {
    let heard = buyer.heard.lock().unwrap();
    heard.iter().map(|(.., body)| body["notificationVersion"].as_u64().unwrap()).collect()
}

async fn completed<'s>(app: &'s Fixture, pon: &str, desired: &str) -> Placed<'s> {
    let order = order_with(pon, &[("/desiredResponses", desired.into())]);
    let placed = app.placed(&order, "ACKNOWLEDGED").await;
    placed.worked().await;
    assert_eq!(placed.status().await, "COMPLETED");
    placed
}

#[tokio::test]
async fn every_notification_is_pushed_with_its_own_body_in_its_order() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    let placed = completed(&app, "PO-1", "CONFIRMATION_AND_ENGINEERING_DESIGN").await;
    let buyer = buyer(201);
    let messages = app.told(&placed.id).await;
    app.sent(&messages, &buyer).await;
    // Twice, late, or by the sweeper: nothing more.
    assert_eq!(app.told(&placed.id).await, Vec::<String>::new());
    app.sent(&messages, &buyer).await;
    let heard = buyer.heard.lock().unwrap().clone();
    let bodies: Vec<_> = heard.iter().map(|(.., body)| body.clone()).collect();
    assert_eq!(bodies, placed.history().await);
    for (to, _, _) in &heard {
        assert_eq!(to.url.as_str(), format!("{BASE}{}", placed.path("/notifications")));
        let credentials = to.credentials.as_ref().unwrap();
        assert_eq!(credentials.to_str().unwrap(), "Basic Y294OnNlY3JldA==");
    }
}

#[tokio::test]
async fn any_number_of_notifications_is_pushed_in_its_order() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.worked().await;
    for day in 1..=30 {
        let date = format!("2016-12-{day:02}");
        let date = json!({ "orderStatus": "IN_PROGRESS", "expectedCompletionDate": date });
        assert_eq!(placed.report("JEOPARDY", &date).await.status, 201);
    }
    let buyer = buyer(201);
    app.sent(&app.told(&placed.id).await, &buyer).await;
    assert_eq!(versions(&buyer), Vec::from_iter(1..=31));
    assert_eq!(app.told(&placed.id).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_a_buyer_does_not_desire_is_readable_and_not_pushed() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    for (n, (desired, pushed)) in
        [("NONE", vec![1, 4]), ("CONFIRMATION_ONLY", vec![1, 2, 4])].into_iter().enumerate()
    {
        let mut order = order_with(&format!("PO-{n}"), &[("/desiredResponses", desired.into())]);
        let detail = order["orderItems"][0]["orderItemDetail"].as_object_mut().unwrap();
        detail.shift_remove("enniSvlanId");
        detail.shift_remove("enniSvlanIdLast");
        let placed = app.placed(&order, "ACKNOWLEDGED").await;
        placed.worked().await;
        let buyer = buyer(201);
        app.sent(&app.told(&placed.id).await, &buyer).await;
        assert_eq!(versions(&buyer), pushed, "{desired}");
        assert_eq!(placed.history().await.len(), 4);
    }
}

#[tokio::test]
async fn a_rejection_and_a_question_are_pushed_as_well() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    let dog = order_with("PO-1", &[("/requestedCompletionDate", "Dog".into())]);
    let rejected = app.placed(&dog, "REJECTED").await;
    let pending = app.placed(&unknown_product("PO-2"), "PENDING").await;
    for (placed, code) in [(&rejected, "FMT002"), (&pending, "PRD016")] {
        let buyer = buyer(201);
        app.sent(&app.told(&placed.id).await, &buyer).await;
        let heard = buyer.heard.lock().unwrap().clone();
        assert!(!heard.is_empty());
        let last = &heard[heard.len() - 1].2;
        assert_eq!(codes(last), [code]);
    }
}

#[tokio::test]
async fn a_reported_notification_is_pushed_on_as_it_was_reported() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.message().await;
    let more = json!({
        "expectedCompletionDate": "2016-10-20", "orderStatus": "IN_PROGRESS", "x-own": [1.0, "å"],
    });
    assert_eq!(placed.report("CONFIRMATION", &more).await.status, 201);
    let buyer = buyer(201);
    app.sent(&app.told(&placed.id).await, &buyer).await;
    let heard = buyer.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[1].2, placed.latest().await);
    assert_eq!(heard[1].2["x-own"], json!([1.0, "å"]));
}

#[tokio::test]
async fn the_answer_to_a_status_request_is_pushed_and_a_request_again_is_answered_again() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    app.told(&placed.id).await;
    let etag = placed.etag().await;
    let question = json!({ "orderId": placed.id, "buyerId": "Verizon", "sellerId": "Cox" });
    let mut names = Vec::new();
    for _ in 0..2 {
        let answer = app.post("/orders/status-request", &question).await;
        assert_eq!((answer.status, &answer.body["orderId"]), (201, &json!(placed.id)));
        let (buyer, messages) = (buyer(201), app.told(&placed.id).await);
        app.sent(&messages, &buyer).await;
        assert_eq!(app.told(&placed.id).await, Vec::<String>::new());
        let heard = buyer.heard.lock().unwrap().clone();
        let [(to, name, body)] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(to.url.as_str(), format!("{BASE}/orders/status-response"));
        assert_eq!(*body, app.get(&placed.path("/status")).await.body);
        names.push(name.clone());
    }
    assert_ne!(names[0], names[1]);
    assert_eq!(placed.etag().await, etag, "asking changes nothing");
    let local = json!({ "orderId": placed.id, "buyerId": "Sprint", "sellerId": "Cox" });
    assert_eq!(app.post("/orders/status-request", &local).await.status, 404);
}

#[tokio::test]
async fn a_buyer_that_fails_is_called_again_and_one_that_is_not_registered_is_not_called() {
    let app = Fixture::with_a_buyer_elsewhere().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.message().await;
    let messages = app.told(&placed.id).await;
    assert_eq!(messages.len(), 1);
    let (down, up) = (buyer(503), buyer(201));
    app.sent(&messages, &down).await;
    let waiting = app.stored(&messages[0]).await;
    let DeliveryState::Waiting { next_at } = waiting.delivery.state else { panic!("{waiting:?}") };
    assert!(next_at > app.clock.now());
    app.clock.advance(Duration::minutes(1));
    let again = DeliveryMessage::of(&waiting.delivery, &waiting.tenant, "c-1").to_body();
    app.sent(&[again], &up).await;
    assert_eq!((versions(&down), versions(&up)), (vec![1], vec![1]));
    let done = app.stored(&messages[0]).await;
    assert!(matches!(done.delivery.state, DeliveryState::Delivered { .. }));
    let path = placed.path("/notifications");
    assert_eq!(done.push, Some(Push { party: "Verizon".parse().unwrap(), path }));
    // A Buyer of ours reads its notifications here.
    let other = Fixture::new().await;
    let placed = other.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.message().await;
    assert_eq!(other.told(&placed.id).await, Vec::<String>::new());
}
