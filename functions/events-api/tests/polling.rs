//! The function in process: event in, answer out, on a real engine.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::time::{Duration as StdDuration, Instant};

use api::HttpHandler;
use domain::{
    clock::{Clock, RandomSource},
    feed::Feed,
    identity::Role,
    provisioning::{Operation, OrderNumber, ProvisioningOrder},
    subscription::{NewSubscription, OdbProfile, SubscriptionId},
};
use events_api::EventsApi;
use serde_json::{Map, json};
use store::{DynamoClients, DynamoPlacing, DynamoPublisher, FeedEvent, Placing};
use testkit::{Call, FixedClock, FixedRandom, Response, TestTable, numbers};
use time::Duration;

struct Scene {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
    function: HttpHandler<EventsApi, DynamoClients>,
}

impl Scene {
    async fn new() -> Self {
        let db = TestTable::create().await;
        db.client("alice", "a", &[Role::Ecc], &[]).await;
        db.client("bob", "b", &[Role::Ecc], &[]).await;
        let function = db.handler(EventsApi::new(db.table.clone()));
        let (clock, random) = (FixedClock::default(), FixedRandom::default());
        Self { db, clock, random, function }
    }

    /// Something that happens to tenant `a`: event number `n`.
    async fn happens(&self, n: u64) {
        let now = self.clock.now();
        let number = OrderNumber::generate(now, self.random.generate());
        let new = NewSubscription {
            iccid: numbers::iccid(n),
            msisdn: None,
            imsi: None,
            odb_profile: OdbProfile::default(),
        };
        let id = SubscriptionId::new(now, &numbers::iccid(n));
        let subscription = new.into_subscription(id, "a".parse().unwrap(), number);
        let order = ProvisioningOrder::placed(
            number,
            &subscription,
            Operation::Create,
            now,
            "c".to_owned(),
        );
        let watchdog = Duration::MINUTE;
        let placing = Placing {
            order: &order,
            subscription: &subscription,
            parent: None,
            watchdog,
            guard: None,
            now,
        };
        DynamoPlacing::new(self.db.table.clone()).place(&placing).await.unwrap();
        let publisher = DynamoPublisher::new(self.db.table.clone());
        let order = publisher.pending(&number.to_string()).await.unwrap().unwrap();
        let event = FeedEvent {
            tenant: "a".parse().unwrap(),
            feed: Feed::Order,
            body: Map::from_iter([("n".to_owned(), json!(n))]),
        };
        assert!(publisher.publish(&order, &order.changes[..1], &[event], now).await.unwrap());
    }

    async fn get(&self, query: &str, seen: Option<&str>, by: &str) -> Response {
        let call = Call::new("GET", format!("/ecc/v1/events/{query}"));
        let call = match seen {
            Some(tag) => call.header("if-none-match", tag),
            None => call,
        };
        call.as_client(by).to(&self.function).await
    }
}

fn numbers_of(answer: &Response) -> Vec<u64> {
    let events = answer.body["events"].as_array().unwrap();
    events.iter().map(|event| event["sequence-number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn events_are_read_in_pages_by_their_numbers() {
    let scene = Scene::new().await;
    for n in 1..=5 {
        scene.happens(n).await;
    }
    let newest = scene.get("order?limit=2", None, "alice").await;
    assert_eq!((newest.status, numbers_of(&newest)), (200, vec![4, 5]));
    let first = scene.get("order?limit=3&first-element=1", None, "alice").await;
    assert_eq!(first.body["events"][0], json!({ "sequence-number": 1, "n": 1 }));
    assert_eq!(numbers_of(&first), [1, 2, 3]);
    let beyond = scene.get("order?first-element=6", None, "alice").await;
    assert_eq!((beyond.status, numbers_of(&beyond)), (200, vec![]));
    assert_eq!(numbers_of(&scene.get("order", None, "bob").await), [0_u64; 0]);
    assert_eq!(numbers_of(&scene.get("batch", None, "alice").await), [0_u64; 0]);
    assert_eq!(scene.get("threshold", None, "alice").await.status, 404);
    let wrong = scene.get("order?limit=0&long-polling=x&first-element=x", None, "alice").await;
    assert_eq!(wrong.pointers(), ["query/long-polling", "query/limit", "query/first-element"]);
}

#[tokio::test]
async fn what_was_seen_is_304_at_the_end_of_the_wait() {
    let scene = Scene::new().await;
    scene.happens(1).await;
    let first = scene.get("order", None, "alice").await;
    let tag = first.header("etag").to_owned();
    assert_eq!(scene.get("order", Some(&tag), "alice").await.status, 304);
    scene.db.proxy.take_calls();
    let began = Instant::now();
    let none = scene.get("order?long-polling=2", Some(&tag), "alice").await;
    let waited = began.elapsed();
    assert_eq!((none.status, none.header("etag")), (304, tag.as_str()));
    assert!(waited >= StdDuration::from_secs(2) && waited < StdDuration::from_secs(4));
    let calls = scene.db.proxy.take_calls();
    // Besides, the slot is found, taken and released.
    assert!(calls.len() <= 9, "{calls:?}");
    let looks = calls.iter().filter(|call| *call == "GetItem").count();
    assert!(looks <= 6, "{looks} reads in two seconds");
    let none = scene.get("order?first-element=2&long-polling=1", None, "alice").await;
    assert_eq!(none.status, 304);
}

#[tokio::test]
async fn who_waits_is_told_as_soon_as_something_happens() {
    let scene = Scene::new().await;
    scene.happens(1).await;
    let tag = scene.get("order", None, "alice").await.header("etag").to_owned();
    let (first, second) =
        (scene.db.proxy.hold_next("GetItem"), scene.db.proxy.hold_next("GetItem"));
    let later = async {
        // After the first look and before the second.
        first.reached().await;
        first.open();
        second.reached().await;
        scene.happens(2).await;
        second.open();
    };
    let began = Instant::now();
    let (told, ()) = tokio::join!(scene.get("order?long-polling=9", Some(&tag), "alice"), later);
    assert_eq!((told.status, numbers_of(&told)), (200, vec![1, 2]));
    assert!(began.elapsed() < StdDuration::from_secs(4));
}

#[tokio::test]
async fn as_many_callers_of_a_tenant_wait_as_may_over_all_processes() {
    let scene = Scene::new().await;
    let other = scene.db.handler(EventsApi::new(scene.db.table.clone()));
    let processes = [&scene.function, &other];
    let wait = async |n: usize| {
        let call = Call::new("GET", "/ecc/v1/events/order?long-polling=6");
        call.as_client("alice").to(processes[n % 2]).await
    };
    let waiting = futures::future::join_all((0..10).map(&wait));
    let refused = async {
        tokio::time::sleep(StdDuration::from_secs(3)).await;
        for n in 0..2 {
            let refused = wait(n).await;
            assert_eq!((refused.status, refused.code()), (429, "THROTTLED"));
            let after: u32 = refused.header("retry-after").parse().unwrap();
            assert!((1..=12).contains(&after), "{after}");
        }
        // Reading is not waiting, and another tenant waits.
        assert_eq!(scene.get("order", None, "alice").await.status, 200);
        assert_eq!(scene.get("order?long-polling=1", None, "bob").await.status, 304);
    };
    let (ended, ()) = futures::join!(waiting, refused);
    assert!(ended.iter().all(|response| response.status == 304), "{ended:?}");
    assert_eq!(wait(1).await.status, 304, "a slot is released when its wait ends");
}
