use domain::provisioning::OrderStatus;
use serde_json::json;
use testkit::{Call, numbers};

use crate::scene::{Scene, sim};

#[tokio::test]
async fn while_an_order_is_outstanding_every_change_is_a_conflict_with_its_number() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let one = sim(1);
    let placed = scene.patch(&one, json!({ "blocked": true })).await;
    let answers = [
        scene.patch(&one, json!({ "blocked": true })).await,
        scene.patch(&one, json!({ "blocked": false })).await,
        scene.delete(&one).await,
        scene.post(&format!("{one}/services"), json!({ "services": [{ "id": "SMS" }] })).await,
        scene.send(Call::new("POST", format!("{one}/tags/new"))).await,
        scene.delete(&format!("{one}/tags/none")).await,
    ];
    for answer in answers {
        assert_eq!((answer.status, answer.code()), (409, "ORDER_OUTSTANDING"));
        assert_eq!(answer.body["orderId"], placed.body["orderId"]);
    }
    assert_eq!(scene.get(&one).await.status, 200);
    scene.carry_out(&placed, OrderStatus::Canceled).await;
    assert_eq!(scene.get(&one).await.body["blocked"], false);
    assert_eq!(scene.patch(&one, json!({ "blocked": true })).await.status, 202);
}

#[tokio::test]
async fn a_change_of_nothing_is_204_and_writes_nothing() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let one = sim(1);
    let number = numbers::msisdn(1);
    scene.get(&one).await;
    scene.db.proxy.take_calls();
    let same = json!({
        "msisdn": number.as_str(), "iccid": numbers::iccid(1).as_str(), "blocked": false,
        "odb-profile": 0, "static-ip": null, "apn-ids": [], "tags": [],
    });
    assert_eq!(scene.patch(&one, same).await.status, 204);
    assert_eq!(scene.delete(&format!("{one}/tags/none")).await.status, 204);
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem", "GetItem"]);
}

#[tokio::test]
async fn a_change_costs_at_most_two_reads_and_one_transaction() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    scene.db.proxy.take_calls();
    scene.changed(scene.patch(&sim(1), json!({ "blocked": true })).await).await;
    let first: Vec<_> = scene.db.proxy.take_calls().into_iter().take(3).collect();
    // By its SIM: the claim is the subscription.
    assert_eq!(first[..2], ["GetItem", "TransactWriteItems"]);
    let call = Call::new("PATCH", sim(1)).header("idempotency-key", "k");
    scene.send(call.json(&json!({ "blocked": false }))).await;
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn every_property_can_be_changed_and_is_then_shown() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let change = json!({
        "msisdn": "+46700000007", "iccid": numbers::iccid(7).as_str(), "blocked": true,
        "state": "IN_USE", "odb-profile": 13, "static-ip": "10.1.2.3", "apn-ids": [4, 2],
        "a2p-voice-app-key": "key", "tags": ["b", "a"],
    });
    scene.changed(scene.patch(&sim(1), change).await).await;
    assert_eq!(scene.get(&sim(1)).await.status, 404, "the old SIM is void");
    let shown = scene.get("/ecc/v1/subscriptions/msisdn:46700000007").await.body;
    assert_eq!(
        shown,
        json!({
            "msisdn": "46700000007", "iccid": numbers::iccid(7).as_str(), "state": "IN_USE",
            "blocked": true, "odb-profile": 13, "static-ip": "10.1.2.3", "apn-ids": [4, 2],
            "tags": ["a", "b"], "services": [], "outstandingOrder": null,
        })
    );
    scene.changed(scene.patch(&sim(7), json!({ "static-ip": null })).await).await;
    assert_eq!(scene.get(&sim(7)).await.body["static-ip"], json!(null));
}

#[tokio::test]
async fn every_violation_of_a_change_is_listed() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let change = json!({
        "msisdn": null, "iccid": "1", "blocked": "true", "state": "BEFORE_FIRST_USE",
        "odb-profile": -1, "static-ip": "10.1.2", "apn-ids": [-1], "a2p-voice-app-key": "",
        "tags": ["a b"], "outstandingOrder": null,
    });
    let answer = scene.patch(&sim(1), change).await;
    assert_eq!(answer.status, 400);
    let expected = [
        "/msisdn",
        "/iccid",
        "/blocked",
        "/state",
        "/odb-profile",
        "/static-ip",
        "/apn-ids/0",
        "/a2p-voice-app-key",
        "/tags/0",
        "/outstandingOrder",
    ];
    assert_eq!(answer.pointers(), expected);
    assert_eq!(scene.patch(&sim(1), json!({})).await.pointers(), [""]);
    let tags: Vec<_> = (0..11).map(|n| format!("t{n}")).collect();
    assert_eq!(scene.patch(&sim(1), json!({ "tags": tags })).await.pointers(), ["/tags"]);
}

#[tokio::test]
async fn services_are_added_changed_and_removed_by_instance() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let services = format!("{}/services", sim(1));
    let two = json!({ "services": [
        { "id": "VOICE", "limit": 5, "mode": "ALWAYS" },
        { "id": "VOICE", "forward-number": "46700000009" },
    ]});
    scene.changed(scene.post(&services, two).await).await;
    scene.changed(scene.patch(&format!("{services}/VOICE"), json!({ "limit": 9 })).await).await;
    scene.changed(scene.delete(&format!("{services}/VOICE/1")).await).await;
    assert_eq!(
        scene.get(&sim(1)).await.body["services"],
        json!([{ "id": "VOICE", "instance": 2, "limit": 9, "forward-number": "46700000009" }])
    );
    assert_eq!(scene.patch(&format!("{services}/VOICE"), json!({ "limit": 9 })).await.status, 204);
    let unknown = [
        scene.post(&services, json!({ "services": [{ "id": "TELEX" }] })).await,
        scene.patch(&format!("{services}/SMS"), json!({ "limit": 1 })).await,
        scene.delete(&format!("{services}/SMS")).await,
        scene.delete(&format!("{services}/VOICE/1")).await,
    ];
    for answer in unknown {
        assert_eq!((answer.status, answer.code()), (400, "UNKNOWN_SERVICE"));
    }
    assert_eq!(scene.delete(&format!("{services}/VOICE/0")).await.status, 400);
    scene.changed(scene.delete(&format!("{services}/VOICE")).await).await;
    assert_eq!(scene.get(&sim(1)).await.body["services"], json!([]));
}

#[tokio::test]
async fn a_subscription_has_at_most_ten_tags() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let tags: Vec<_> = (0..10).map(|n| format!("t{n}")).collect();
    scene.changed(scene.patch(&sim(1), json!({ "tags": tags })).await).await;
    let tag = |name: &str| format!("{}/tags/{name}", sim(1));
    assert_eq!(scene.send(Call::new("POST", tag("t3"))).await.status, 204);
    assert_eq!(scene.send(Call::new("POST", tag("new"))).await.status, 400);
    assert_eq!(scene.send(Call::new("POST", tag("a%20b"))).await.status, 400);
    scene.changed(scene.delete(&tag("t3")).await).await;
    scene.changed(scene.send(Call::new("POST", tag("new"))).await).await;
}

#[tokio::test]
async fn a_repeated_deletion_is_answered_as_the_first_even_when_it_is_done() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let delete = || scene.send(Call::new("DELETE", sim(1)).header("idempotency-key", "k"));
    let first = delete().await;
    assert_eq!(first.status, 202);
    assert_eq!(delete().await.body, first.body, "while it is outstanding");
    scene.carry_out(&first, OrderStatus::Completed).await;
    assert_eq!(delete().await.body, first.body, "when the subscription is gone");
    assert_eq!(scene.delete(&sim(1)).await.status, 404, "without the key");
}

#[tokio::test]
async fn a_key_under_which_nothing_had_to_change_is_used_all_the_same() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let patch = |blocked: bool| {
        let call = Call::new("PATCH", sim(1)).header("idempotency-key", "k");
        scene.send(call.json(&json!({ "blocked": blocked })))
    };
    let first = patch(false).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (204, ""));
    scene.changed(scene.patch(&sim(1), json!({ "blocked": true })).await).await;
    let again = patch(false).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (204, "true"));
    assert_eq!(scene.get(&sim(1)).await.body["blocked"], true, "nothing is executed");
    let other = patch(true).await;
    assert_eq!((other.status, other.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
}
