//! The function in process, on a real engine, with a test that plays network and fan-out.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::sync::Arc;

use batch_worker::{BatchWorker, Config};
use domain::{
    batch::{Batch, BatchId, BatchKind, BatchRequest, BatchStatus, RequestStatus},
    clock::Clock,
    feed::Feed,
    provisioning::{OrderNumber, OrderStatus},
};
use lambda::{
    message::BatchMessage,
    sqs_batch::{Batch as Records, QueueDefault},
};
use serde_json::{Value, json};
use store::{
    DynamoBatchWork, DynamoBatches, DynamoFeeds, DynamoOverdueBatches, DynamoSubscriptions,
    ListQuery, Listing,
};
use testkit::{Fault, FixedClock, FixedRandom, TestTable, end_order, numbers, read_feed};
use time::Duration;

struct Scene {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
}

fn create(n: u64) -> (&'static str, String, Value) {
    ("POST", "/subscriptions".to_owned(), json!({ "iccid": numbers::iccid(n).as_str() }))
}

fn block(n: u64) -> (&'static str, String, Value) {
    ("PATCH", sim(n), json!({ "blocked": true }))
}

fn sim(n: u64) -> String {
    format!("/subscriptions/iccid:{}", numbers::iccid(n))
}

impl Scene {
    async fn new() -> Self {
        let (db, clock) = (TestTable::create().await, FixedClock::default());
        Self { db, clock, random: FixedRandom::default() }
    }

    async fn stored(&self, kind: BatchKind, all: &[(&str, String, Value)]) -> BatchId {
        let request = |(method, resource, body): &(&str, String, Value)| BatchRequest {
            requestid: None,
            method: (*method).to_owned(),
            resource: resource.clone(),
            body: if body.is_null() { String::new() } else { body.to_string() },
            status: RequestStatus::Approved,
            info: None,
            order: None,
        };
        let batch = Batch {
            id: BatchId(uuid::Uuid::new_v4()),
            tenant: "a".parse().unwrap(),
            kind,
            status: BatchStatus::Initialised,
            created_at: self.clock.now(),
            correlation_id: "c-1".to_owned(),
            requests: all.iter().map(request).collect(),
        };
        let due = self.clock.now() + Duration::minutes(5);
        DynamoBatches::new(self.db.table.clone()).add(&batch, due, None).await.unwrap();
        batch.id
    }

    /// Gives messages to a new instance of the function; how many it did not do.
    async fn driven(&self, messages: &[(BatchId, Option<u8>)]) -> usize {
        let config = Config {
            table: String::new(),
            batches: String::new(),
            services: vec!["SMS".parse().unwrap()],
            sandbox: domain::scenario::Sandbox::Off,
            watchdog: Duration::minutes(5),
        };
        let worker = BatchWorker::new(&self.db.table, &config)
            .with(Arc::new(self.clock.clone()), Arc::new(self.random.clone()));
        let record = |(n, (batch_id, index)): (usize, &(BatchId, Option<u8>))| {
            let correlation_id = "c-1".to_owned();
            let message = BatchMessage { batch_id: *batch_id, index: *index, correlation_id };
            json!({ "messageId": format!("m{n}"), "body": message.to_body() })
        };
        let records: Vec<_> = messages.iter().enumerate().map(record).collect();
        let answer =
            Records::new(worker, QueueDefault).handle(&json!({ "Records": records })).await;
        answer.unwrap()["batchItemFailures"].as_array().unwrap().len()
    }

    async fn reads_its_feed(&self) {
        read_feed(&self.db.table, "a", Feed::Batch, self.clock.now()).await;
    }

    async fn read(&self, id: BatchId) -> Batch {
        let batches = DynamoBatches::new(self.db.table.clone());
        batches.get(id, self.clock.now()).await.unwrap().unwrap()
    }

    async fn statuses(&self, id: BatchId) -> Vec<&'static str> {
        self.read(id).await.requests.iter().map(|request| request.status.as_str()).collect()
    }

    async fn end(&self, order: OrderNumber, status: OrderStatus) {
        let reason = (status == OrderStatus::Canceled).then_some("no such SIM");
        end_order(&self.db.table, order, status, reason, self.clock.now()).await;
    }

    /// Ends every order under way, and says so to the worker, one message each.
    async fn go_on(&self, id: BatchId, status: OrderStatus) {
        let batch = self.read(id).await;
        for (place, request) in (0..).zip(&batch.requests) {
            if request.status == RequestStatus::Processing {
                self.end(request.order.unwrap(), status).await;
                assert_eq!(self.driven(&[(id, Some(place))]).await, 0);
            }
        }
    }

    /// A subscription that is there.
    async fn existing(&self, n: u64) {
        let id = self.stored(BatchKind::Single, &[create(n)]).await;
        self.driven(&[(id, None)]).await;
        self.go_on(id, OrderStatus::Completed).await;
        assert_eq!(self.read(id).await.status, BatchStatus::Completed);
    }

    async fn subscriptions(&self) -> usize {
        let all = DynamoSubscriptions::new(self.db.table.clone());
        let query = ListQuery { limit: 100, ..ListQuery::default() };
        match all.list(&"a".parse().unwrap(), &query).await.unwrap() {
            Listing::Page(page) => page.items.len(),
            Listing::TooMany => panic!("too many"),
        }
    }

    async fn events(&self) -> Vec<Value> {
        let feeds = DynamoFeeds::new(self.db.table.clone());
        let events = feeds.events(&"a".parse().unwrap(), Feed::Batch, 1, 100).await.unwrap();
        let documented = |(n, body): (u64, serde_json::Map<String, Value>)| {
            let mut event = body.clone();
            event.insert("sequence-number".to_owned(), n.into());
            ecc::events::BATCH_EVENT.validate(&event).unwrap();
            Value::Object(body)
        };
        events.into_iter().map(documented).collect()
    }
}

#[tokio::test]
async fn a_single_batch_of_a_hundred_runs_at_once_and_completes() {
    let scene = Scene::new().await;
    scene.reads_its_feed().await;
    let all: Vec<_> = (1..=100).map(create).collect();
    let id = scene.stored(BatchKind::Single, &all).await;
    assert_eq!(scene.driven(&[(id, None)]).await, 0);
    assert!(scene.statuses(id).await.iter().all(|status| *status == "PROCESSING"));
    assert_eq!(scene.read(id).await.status, BatchStatus::Processing);
    for request in &scene.read(id).await.requests {
        scene.end(request.order.unwrap(), OrderStatus::Completed).await;
    }
    // The watchdog's message looks at all of them.
    assert_eq!(scene.driven(&[(id, None)]).await, 0);
    assert_eq!(scene.read(id).await.status, BatchStatus::Completed);
    let event = json!({
        "time": "2026-11-21T12:00:00Z", "batchid": id.to_string(), "status": "COMPLETED",
        "type": "BatchEventInfo",
    });
    assert_eq!(scene.events().await, [event]);
}

#[tokio::test]
async fn each_request_ends_as_its_own_order_does() {
    let scene = Scene::new().await;
    for n in [1, 2, 3] {
        scene.existing(n).await;
    }
    let unknown = ("PATCH", sim(9), json!({ "blocked": true }));
    let nothing = ("PATCH", sim(2), json!({ "blocked": false }));
    let service = ("POST", format!("{}/services", sim(3)), json!({ "services": [{ "id": "X" }] }));
    let id = scene.stored(BatchKind::Single, &[block(1), unknown, nothing, service]).await;
    assert_eq!(scene.driven(&[(id, None)]).await, 0);
    assert_eq!(scene.statuses(id).await, ["PROCESSING", "FAILED", "COMPLETED", "FAILED"]);
    let infos: Vec<_> = scene.read(id).await.requests.into_iter().map(|r| r.info).collect();
    let infos: Vec<_> = infos.iter().map(|info| info.as_deref().unwrap_or("")).collect();
    assert_eq!(infos, ["", "NOT_FOUND", "nothing to change", "UNKNOWN_SERVICE"]);
    scene.go_on(id, OrderStatus::Canceled).await;
    let ended = scene.read(id).await;
    assert_eq!(ended.status, BatchStatus::PartiallyCompleted);
    assert_eq!(ended.requests[0].status, RequestStatus::Canceled);
    assert_eq!(ended.requests[0].info.as_deref(), Some("no such SIM"));
}

#[tokio::test]
async fn a_multi_batch_goes_on_one_by_one_and_stops_where_it_must() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let tag = ("POST", format!("{}/tags/a", sim(1)), Value::Null);
    let all = [block(1), tag, block(7), create(2)];
    let id = scene.stored(BatchKind::Multi, &all).await;
    scene.driven(&[(id, None)]).await;
    assert_eq!(scene.statuses(id).await, ["PROCESSING", "APPROVED", "APPROVED", "APPROVED"]);
    scene.go_on(id, OrderStatus::Completed).await;
    assert_eq!(scene.statuses(id).await, ["COMPLETED", "PROCESSING", "APPROVED", "APPROVED"]);
    scene.go_on(id, OrderStatus::Completed).await;
    assert_eq!(scene.statuses(id).await, ["COMPLETED", "COMPLETED", "FAILED", "CANCELED"]);
    assert_eq!(scene.read(id).await.status, BatchStatus::PartiallyCompleted);
    let canceled = scene.stored(BatchKind::Multi, &[create(3), create(4)]).await;
    scene.driven(&[(canceled, None)]).await;
    scene.go_on(canceled, OrderStatus::Canceled).await;
    assert_eq!(scene.statuses(canceled).await, ["CANCELED", "CANCELED"]);
}

#[tokio::test]
async fn a_batch_that_is_killed_anywhere_goes_on_and_makes_nothing_twice() {
    let scene = Scene::new().await;
    scene.reads_its_feed().await;
    let all: Vec<_> = (1..=6).map(create).collect();
    let id = scene.stored(BatchKind::Single, &all).await;
    for operation in ["TransactWriteItems", "UpdateItem", "Query", "GetItem"] {
        for fault in [Fault::AnswerLost, Fault::Throttled, Fault::TransactionConflict] {
            scene.db.proxy.fail_next(operation, fault);
            scene.driven(&[(id, None)]).await;
        }
    }
    assert_eq!(scene.driven(&[(id, None)]).await, 0);
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    scene.go_on(id, OrderStatus::Completed).await;
    assert_eq!(scene.read(id).await.status, BatchStatus::Completed);
    assert_eq!(scene.subscriptions().await, 6);
    assert_eq!(scene.events().await.len(), 1);
}

#[tokio::test]
async fn a_batch_that_two_workers_move_on_ends_once() {
    let scene = Scene::new().await;
    scene.reads_its_feed().await;
    let all: Vec<_> = (1..=4).map(create).collect();
    let id = scene.stored(BatchKind::Multi, &all).await;
    for _ in 0..4 {
        let two = [(id, None), (id, None)];
        tokio::join!(scene.driven(&two), scene.driven(&two));
        let batch = scene.read(id).await;
        let places = 0..u8::try_from(batch.requests.len()).unwrap();
        for (place, request) in places.zip(&batch.requests) {
            if request.status == RequestStatus::Processing {
                scene.end(request.order.unwrap(), OrderStatus::Completed).await;
                let told = [(id, Some(place)), (id, Some(place))];
                tokio::join!(scene.driven(&told), scene.driven(&told));
            }
        }
    }
    assert_eq!(scene.read(id).await.status, BatchStatus::Completed);
    assert_eq!((scene.subscriptions().await, scene.events().await.len()), (4, 1));
}

#[tokio::test]
async fn a_batch_that_ended_is_not_rescheduled() {
    let scene = Scene::new().await;
    let id = scene.stored(BatchKind::Single, &[create(1)]).await;
    let overdue = DynamoOverdueBatches::new(scene.db.table.clone());
    let due = async || {
        let mut all = Vec::new();
        for shard in 0..16 {
            let due = overdue.due(shard, scene.clock.now(), 100, None).await.unwrap();
            all.extend(due.batches);
        }
        all
    };
    assert_eq!(due().await, []);
    scene.clock.advance(Duration::minutes(6));
    let found = due().await;
    assert_eq!(found.len(), 1);
    let until = scene.clock.now() + Duration::MINUTE;
    assert!(overdue.reschedule(&found[0], until).await.unwrap());
    assert!(!overdue.reschedule(&found[0], until).await.unwrap());
    scene.clock.advance(Duration::minutes(2));
    let found = due().await;
    scene.driven(&[(id, None)]).await;
    scene.go_on(id, OrderStatus::Completed).await;
    assert!(!overdue.reschedule(&found[0], until).await.unwrap());
    assert_eq!(due().await, []);
    assert!(!DynamoBatchWork::new(scene.db.table.clone()).begin(id).await.unwrap());
}

#[tokio::test]
async fn a_batch_whose_feed_nobody_reads_ends_without_an_event() {
    let scene = Scene::new().await;
    let id = scene.stored(BatchKind::Single, &[create(1)]).await;
    scene.driven(&[(id, None)]).await;
    scene.go_on(id, OrderStatus::Completed).await;
    assert_eq!(scene.read(id).await.status, BatchStatus::Completed);
    scene.reads_its_feed().await;
    assert_eq!(scene.events().await, [json!(null); 0]);
}

#[tokio::test]
async fn a_batch_that_ends_while_its_feed_begins_appends_its_event() {
    let scene = Scene::new().await;
    let id = scene.stored(BatchKind::Single, &[create(1)]).await;
    scene.driven(&[(id, None)]).await;
    let order = scene.read(id).await.requests[0].order.unwrap();
    scene.end(order, OrderStatus::Completed).await;
    // The end has found that nobody reads the feed.
    let end = scene.db.proxy.hold_next("TransactWriteItems");
    let message = [(id, Some(0))];
    let begun = async {
        end.reached().await;
        scene.reads_its_feed().await;
        end.open();
    };
    let (failed, ()) = tokio::join!(scene.driven(&message), begun);
    assert_eq!(failed, 0);
    assert_eq!(scene.read(id).await.status, BatchStatus::Completed);
    assert_eq!(scene.events().await.len(), 1);
}
