//! The function in process. The store's tests cover the stored progress.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use domain::{
    clock::Clock,
    esim::{DeviceType, EsimOrder, EsimOrderId, MatchingId, NotificationPoint},
    identity::Role,
};
use es2plus_callback_api::Es2PlusCallbackApi;
use serde_json::{Value, json};
use store::{DynamoEsimOrders, DynamoEsimWork, DynamoStock, EsimPlacing, Leased, ReservedProfile};
use testkit::{Call, FixedClock, FixedRandom, Response, TestTable, esim_details, esim_order};
use time::{Duration, OffsetDateTime};

const PATH: &str = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";
const ICCID: &str = "89461177710001700003";

fn progress(point: Value, status: Value) -> Value {
    json!({
        "header": { "functionRequesterIdentifier": "1.2.3", "functionCallIdentifier": "TX" },
        "iccid": ICCID,
        "profileType": "consumer",
        "timestamp": "2026-11-21T12:00:09Z",
        "notificationPointId": point,
        "notificationPointStatus": { "status": status },
    })
}

async fn report(db: &TestTable, body: &Value) -> Response {
    let function = db.handler(Es2PlusCallbackApi::new(db.table.clone()));
    Call::new("POST", PATH).as_client("smdp").json(body).to(&function).await
}

/// An order of a new eSIM, as it is placed.
fn new_order(now: OffsetDateTime, random: &FixedRandom) -> EsimOrder {
    let mut details = esim_details(now);
    details.device.kind = DeviceType::Iot;
    esim_order(details, random, now)
}

/// Places an order that has reserved the profile.
async fn order(db: &TestTable) -> EsimOrderId {
    let (clock, random) = (FixedClock::default(), FixedRandom::default());
    let now = clock.now();
    let order = new_order(now, &random);
    let placing = EsimPlacing {
        order: &order,
        customer: None,
        esim: None,
        parent: None,
        watchdog: Duration::ZERO,
        guard: None,
        now,
    };
    DynamoEsimOrders::new(db.table.clone()).place(&placing).await.unwrap();
    let consumer = "consumer".parse().unwrap();
    let stock = DynamoStock::new(db.table.clone());
    stock.import(&consumer, &[ICCID.parse().unwrap()]).await.unwrap();
    let work = DynamoEsimWork::new(db.table.clone(), Duration::MINUTE);
    let leased = work.lease(order.id, "w".to_owned(), Duration::MINUTE, now).await.unwrap();
    let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
    let matching = MatchingId::generate(&random);
    let reserved = work.reserve(&order, &lease, (&consumer, 0), &matching, now).await.unwrap();
    assert!(matches!(reserved, ReservedProfile::Mine(_)));
    order.id
}

#[tokio::test]
async fn progress_is_accepted_with_204_and_shown_on_the_order() {
    let db = TestTable::create().await;
    db.client("smdp", "operator", &[Role::Operator], &[]).await;
    let id = order(&db).await;
    for _ in 0..2 {
        let response = report(&db, &progress(json!("4"), json!("Executed-Success"))).await;
        assert_eq!((response.status, response.body), (204, Value::Null));
    }
    let order = DynamoEsimOrders::new(db.table.clone()).get(id).await.unwrap().unwrap();
    assert_eq!(order.installation.unwrap().point, NotificationPoint::Installed);
}

#[tokio::test]
async fn progress_of_an_unknown_profile_is_accepted_and_malformed_progress_is_refused() {
    let db = TestTable::create().await;
    db.client("smdp", "operator", &[Role::Operator], &[]).await;
    let response = report(&db, &progress(json!(1), json!("Failed"))).await;
    assert_eq!(response.status, 204);
    let response = report(&db, &progress(json!(9), json!("Failed"))).await;
    assert_eq!(response.status, 400);
    assert_eq!(response.header("content-type"), "application/problem+json");
}
