use domain::provisioning::OrderStatus;
use serde_json::json;
use testkit::{Call, Fault, numbers};

use crate::scene::{Scene, sim};

const ALL: &str = "/ecc/v1/subscriptions";

#[tokio::test]
async fn a_creation_is_accepted_with_the_number_of_its_order() {
    let scene = Scene::new().await;
    let body = json!({ "iccid": "89461177710001700003F", "msisdn": "+46708421488" });
    let answer = scene.post(ALL, body).await;
    assert_eq!(answer.status, 202);
    let id = answer.body["orderId"].as_u64().unwrap();
    assert_eq!(answer.body, json!({ "orderId": id, "orders": [id] }));
    assert_eq!(answer.header("location"), format!("/ecc/v1/orders/{id}"));
    let read = scene.get("/ecc/v1/subscriptions/msisdn:46708421488").await;
    assert_eq!(read.body["iccid"], "89461177710001700003");
    assert_eq!(read.body["outstandingOrder"], id);
    scene.carry_out(&answer, OrderStatus::Completed).await;
    let read = scene.get("/ecc/v1/subscriptions/msisdn:%2B46708421488").await;
    assert_eq!(read.body["outstandingOrder"], json!(null));
}

#[tokio::test]
async fn every_violation_is_listed_and_nothing_is_stored() {
    let scene = Scene::new().await;
    let before = scene.items().await;
    let body = json!({
        "iccid": "89461177710001700013", "msisdn": "0123", "imsi": 7, "odb-profile": 14,
        "status": "COMPLETED", "tenant": "b", "revision": 9, "pk": "SUB#1",
    });
    let answer = scene.post(ALL, body).await;
    assert_eq!((answer.status, answer.code()), (400, "INVALID_PARAMETER"));
    let expected =
        ["/iccid", "/msisdn", "/imsi", "/odb-profile", "/status", "/tenant", "/revision", "/pk"];
    assert_eq!(answer.pointers(), expected);
    for body in ["", "[]", "{", "null", "{\"iccid\":", "\u{0}"] {
        let answer = scene.send(Call::new("POST", ALL).bytes("application/json", body)).await;
        assert_eq!(answer.status, 400, "{body:?}");
    }
    assert_eq!(scene.items().await, before);
}

#[tokio::test]
async fn a_sim_or_number_in_use_is_a_conflict_that_never_says_whose() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let taken_sim = json!({ "iccid": numbers::iccid(1).as_str() });
    let taken_number =
        json!({ "iccid": numbers::iccid(2).as_str(), "msisdn": numbers::msisdn(1).as_str() });
    for client in ["alice", "bob"] {
        for (body, code) in [(&taken_sim, "SIM_IN_USE"), (&taken_number, "MSISDN_IN_USE")] {
            let call = Call::new("POST", ALL).as_client(client).json(body);
            let answer = call.to(&scene.function).await;
            assert_eq!((answer.status, answer.code()), (409, code), "{client}");
            assert!(!answer.body.to_string().contains("order"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_creation_costs_one_transaction() {
    let scene = Scene::new().await;
    scene.post(ALL, json!({ "iccid": numbers::iccid(1).as_str() })).await;
    assert_eq!(scene.db.proxy.take_calls(), ["TransactWriteItems"]);
}

#[tokio::test]
async fn the_same_key_creates_once_and_another_body_is_refused() {
    let scene = Scene::new().await;
    let create = |n: u64| {
        Call::new("POST", ALL)
            .header("idempotency-key", "k 1")
            .json(&json!({ "iccid": numbers::iccid(n).as_str() }))
    };
    let first = scene.send(create(1)).await;
    let again = scene.send(create(1)).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    let other = scene.send(create(2)).await;
    assert_eq!((other.status, other.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
    let bob = create(3).as_client("bob").to(&scene.function).await;
    assert_eq!((bob.status, bob.header("idempotency-replayed")), (202, ""));
    for key in ["", &"k".repeat(256), "k\u{7f}"] {
        let call = Call::new("POST", ALL).header("idempotency-key", key);
        let answer = scene.send(call.json(&json!({ "iccid": numbers::iccid(9).as_str() }))).await;
        assert_eq!(answer.status, 400, "{key:?}");
    }
}

#[tokio::test]
async fn a_database_that_stays_busy_is_a_503_to_be_repeated_never_a_409() {
    let scene = Scene::new().await;
    for _ in 0..100 {
        scene.db.proxy.fail_next("TransactWriteItems", Fault::TransactionConflict);
    }
    let answer = scene.post(ALL, json!({ "iccid": numbers::iccid(1).as_str() })).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn a_body_may_have_256_kib_and_must_be_json() {
    let scene = Scene::new().await;
    let body = |size: usize| {
        let frame = r#"{"iccid":""}"#.len();
        format!(r#"{{"iccid":"{}"}}"#, "8".repeat(size - frame))
    };
    let send = |media, body: String| scene.send(Call::new("POST", ALL).bytes(media, &body));
    assert_eq!(send("application/json", body(256 * 1024)).await.status, 400);
    assert_eq!(send("application/json", body(256 * 1024 + 1)).await.status, 413);
    assert_eq!(send("application/xml", "<a/>".to_owned()).await.status, 415);
    let deep = format!(r#"{{"iccid":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(send("application/json", deep).await.status, 400);
    assert_eq!(scene.get(&sim(8)).await.status, 404);
}
