//! Hold, release, cancel, replace, patch.

use domain::identity::Role;
use futures::future::join_all;
use serde_json::{Value, json};
use testkit::Call;

use crate::fixture::{Fixture, MANUAL, Placed, codes, manual, newer, order_with, unknown_product};

async fn put(app: &Fixture, placed: &Placed<'_>, body: &Value) -> testkit::Response {
    app.call_with("verizon", "PUT", &placed.path(""), body).await
}

async fn patch(app: &Fixture, placed: &Placed<'_>, body: &Value) -> testkit::Response {
    app.call_with("verizon", "PATCH", &placed.path(""), body).await
}

#[tokio::test]
async fn the_side_that_holds_an_order_releases_it() {
    let app = Fixture::new().await;
    for (n, (holder, side, other)) in
        [("verizon", "BUYER", "cox"), ("cox", "SELLER", "verizon")].into_iter().enumerate()
    {
        let placed = app.placed(&manual(&format!("PO-{n}")), "ACKNOWLEDGED").await;
        for from in ["ACKNOWLEDGED", "IN_PROGRESS"] {
            let held = placed.act(holder, "/hold").await;
            assert_eq!((held.status, &held.body["orderStatus"]), (200, &json!("HELD")));
            assert_eq!(held.body["heldBy"], side);
            let etag = placed.etag().await;
            for refused in [(other, "/release"), (other, "/hold"), (holder, "/hold")] {
                let answer = placed.act(refused.0, refused.1).await;
                assert_eq!((answer.status, codes(&answer.body)), (409, vec!["REF020"]));
            }
            assert_eq!(placed.etag().await, etag);
            let released = placed.act(holder, "/release").await;
            assert_eq!((released.status, &released.body["orderStatus"]), (200, &json!(from)));
            assert_eq!(released.body["heldBy"], Value::Null);
            placed.worked().await;
        }
    }
}

#[tokio::test]
async fn both_sides_cancel_and_say_who_it_was() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let answer = placed.act("verizon", "/cancel").await;
    assert_eq!((answer.status, &answer.body["orderStatus"]), (200, &json!("CANCELLED")));
    let told = placed.latest().await;
    assert_eq!(codes(&told), ["CAN001"]);
    assert_eq!(
        told["orderMessages"][0]["messageInformation"],
        "The order was cancelled by Verizon at 2016-10-02T12:00:00Z"
    );
    let placed = app.placed(&manual("PO-2"), "ACKNOWLEDGED").await;
    placed.act("verizon", "/hold").await;
    let reason = json!({ "reason": "no duct" });
    let answer = app.call_with("cox", "POST", &placed.path("/cancel"), &reason).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let told = placed.latest().await;
    assert_eq!(
        (codes(&told), &told["orderCancellationReason"]),
        (vec!["CAN002"], &reason["reason"])
    );
}

#[tokio::test]
async fn a_newer_version_corrects_a_pending_order() {
    let app = Fixture::new().await;
    let wrong = unknown_product("PO-1");
    let placed = app.placed(&wrong, "PENDING").await;
    assert_eq!(codes(&placed.read().await), ["PRD016"]);
    // Still wrong: it waits again, with a new due date.
    app.clock.advance(time::Duration::days(1));
    let answer = put(&app, &placed, &newer(&wrong, "2")).await;
    assert_eq!((answer.status, &answer.body["orderStatus"]), (200, &json!("PENDING")));
    assert_eq!(answer.body["correctionOrderDueDate"], "2016-11-17T12:00:00Z");
    let right = newer(&order_with("PO-1", &[]), "10");
    let answer = put(&app, &placed, &right).await;
    assert_eq!((answer.status, &answer.body["orderStatus"]), (200, &json!("IN_PROGRESS")));
    assert_eq!(answer.body["correctiveOrderExpected"], Value::Null);
    placed.worked().await;
    assert_eq!(placed.status().await, "COMPLETED");
    assert!(placed.history().await.last().unwrap()["buyerOrderVersion"] == "10");
}

#[tokio::test]
async fn a_merge_patch_corrects_a_pending_order_and_removes_by_null() {
    let app = Fixture::new().await;
    let wrong = unknown_product("PO-1");
    let placed = app.placed(&wrong, "PENDING").await;
    let mut items = wrong["orderItems"].clone();
    items[1]["orderItemDetail"]["productSpecification"] = json!("AEVPL100");
    let change = json!({
        "buyerOrderVersion": "2", "orderItems": items, "notes": null,
        "buyerOrderContact": { "email": null, "telephoneNumber": "+1" }, "x-new": [{ "a": null }],
    });
    let answer = patch(&app, &placed, &change).await;
    assert_eq!((answer.status, &answer.body["orderStatus"]), (200, &json!("IN_PROGRESS")));
    let order = placed.read().await;
    assert_eq!(order, answer.body);
    assert!(!order.as_object().unwrap().contains_key("notes"));
    assert_eq!(
        order["buyerOrderContact"],
        json!({
            "objectType": "contact", "name": "John Doe", "telephoneNumber": "+1",
            "telephoneNumberExt": "6576",
        })
    );
    assert_eq!(order["x-new"], json!([{ "a": null }]));
    assert_eq!(order["promotionId"], "SuperDeal");
}

#[tokio::test]
async fn what_cannot_take_the_place_of_the_order_changes_nothing() {
    let app = Fixture::new().await;
    let order = manual("PO-1");
    let placed = app.placed(&newer(&order, "5"), "ACKNOWLEDGED").await;
    let before = (placed.etag().await, placed.read().await);
    for version in ["5", "4", "05"] {
        let answer = put(&app, &placed, &newer(&order, version)).await;
        assert_eq!((answer.status, codes(&answer.body)), (409, vec!["FMT020"]), "{version}");
        let change = json!({ "buyerOrderVersion": version, "notes": "x" });
        assert_eq!(patch(&app, &placed, &change).await.status, 409, "{version}");
    }
    assert_eq!(patch(&app, &placed, &json!({ "notes": "x" })).await.status, 409);
    for (member, value) in
        [("buyerId", "Sprint"), ("sellerId", "AT&T"), ("buyerPurchaseOrderNumber", "PO-9")]
    {
        let mut other = newer(&order, "6");
        other[member] = value.into();
        let answer = put(&app, &placed, &other).await;
        assert_eq!(answer.status, 400, "{member}: {}", answer.body);
        assert_eq!(answer.body["orderMessages"][0]["field"], format!("/{member}"));
    }
    let removed = json!({ "buyerOrderVersion": "6", "billingInfo": null });
    let answer = patch(&app, &placed, &removed).await;
    assert_eq!((answer.status, codes(&answer.body)), (400, vec!["FMT001"]));
    assert_eq!((placed.etag().await, placed.read().await), before);
}

#[tokio::test]
async fn a_configured_order_is_not_replaced() {
    let app = Fixture::new().await;
    let placed = app.placed(&order_with("PO-1", &[]), "ACKNOWLEDGED").await;
    placed.message().await;
    placed.message().await;
    let answer = put(&app, &placed, &newer(&order_with("PO-1", &[]), "2")).await;
    assert_eq!((answer.status, codes(&answer.body)), (409, vec!["REF020"]));
}

#[tokio::test]
async fn only_the_buyer_replaces_its_order() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let body = newer(&manual("PO-1"), "2");
    for (client, status) in [("cox", 403), ("mixed", 403), ("sprint", 404), ("verizon", 200)] {
        let answer = app.call_with(client, "PUT", &placed.path(""), &body).await;
        assert_eq!(answer.status, status, "{client}: {}", answer.body);
    }
}

#[tokio::test]
async fn if_match_lets_only_the_state_pass_that_was_read() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let old = placed.etag().await;
    placed.worked().await;
    let fresh = placed.etag().await;
    assert_ne!(old, fresh);
    let body = newer(&manual("PO-1"), "2");
    let with = async |method: &str, rest: &str, tag: &str| {
        let path = placed.path(rest);
        let call = Call::new(method, &path).as_client("verizon").header("if-match", tag);
        let call = if rest.is_empty() { call.json(&body) } else { call };
        app.send(call).await.status
    };
    for (method, rest) in [("PUT", ""), ("PATCH", ""), ("POST", "/hold"), ("POST", "/cancel")] {
        assert_eq!(with(method, rest, &old).await, 412, "{method} {rest}");
    }
    for never in [format!("W/{fresh}"), format!("\"x\", W/{fresh}"), format!("\"x,{fresh}\"")] {
        assert_eq!(with("PUT", "", &never).await, 412, "{never}");
    }
    assert_eq!(placed.etag().await, fresh);
    assert_eq!(with("PUT", "", &format!("\"x,y\", {fresh}")).await, 200);
    assert_eq!(with("POST", "/hold", "*").await, 200);
    let path = placed.path("/release");
    let call = Call::new("POST", &path).as_client("verizon").header("if-none-match", "*");
    assert_eq!(app.send(call).await.status, 412, "the order exists");
    let path = placed.path("");
    let call = Call::new("GET", &path).as_client("verizon").header("if-match", &fresh);
    assert_eq!(app.send(call).await.status, 412);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_replacements_at_once_each_is_taken_or_refused_and_none_is_lost() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let versions: Vec<String> = (2..18).map(|n| n.to_string()).collect();
    let calls = versions.iter().map(|version| {
        let body = newer(&manual("PO-1"), version);
        let app = &app;
        let path = placed.path("");
        async move { app.call_with("verizon", "PUT", &path, &body).await.status }
    });
    let statuses = join_all(calls).await;
    // Who was in others' way too often is asked to come again.
    assert!(statuses.iter().all(|status| [200, 409, 503].contains(status)), "{statuses:?}");
    let taken = statuses.iter().filter(|status| **status == 200).count();
    // One that has to come again may have been taken all the same.
    let again = statuses.iter().filter(|status| **status == 503).count();
    let steps: usize = placed.etag().await.trim_matches('"').parse().unwrap();
    assert!((taken + 1..=taken + again + 1).contains(&steps), "{steps}: {statuses:?}");
    let stored = placed.read().await["buyerOrderVersion"].as_str().unwrap().to_owned();
    let newest = versions.iter().zip(&statuses).filter(|(_, status)| **status == 200);
    let newest = newest.map(|(version, _)| version).next_back();
    assert!(again > 0 || newest == Some(&stored), "{stored}: {statuses:?}");
}

#[tokio::test]
async fn a_key_gives_the_first_answer_again_whatever_happened_since() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let path = placed.path("/hold");
    let hold = |key: &str| {
        let call = Call::new("POST", &path).as_client("verizon").header("idempotency-key", key);
        app.send(call)
    };
    let first = hold("key-1").await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, ""));
    placed.act("verizon", "/release").await;
    let etag = placed.etag().await;
    let again = hold("key-1").await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("etag"), first.header("etag"));
    assert!(!first.header("etag").is_empty());
    assert_eq!(placed.etag().await, etag, "and nothing happened");
    let path = placed.path("/cancel");
    let call = Call::new("POST", &path).as_client("verizon").header("idempotency-key", "key-1");
    assert_eq!(app.send(call).await.status, 422);
    let report = json!({
        "orderId": placed.id, "buyerId": "Verizon", "sellerId": MANUAL,
        "buyerPurchaseOrderNumber": "PO-1", "buyerOrderVersion": "1",
        "notificationType": "CANCELLATION",
    });
    let path = placed.path("/notifications");
    for replayed in ["", "true"] {
        let call = Call::new("POST", &path).as_client("cox").header("idempotency-key", "key-1");
        let answer = app.send(call.json(&report)).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, replayed));
    }
}

#[tokio::test]
async fn a_replay_is_for_those_who_may_see_the_order_now() {
    let app = Fixture::new().await;
    // Two more clients of the Buyer's tenant: one for another party, one without the role.
    app.db.client("other", "verizon", &[Role::Buyer], &["Other"]).await;
    app.db.client("seller", "verizon", &[Role::Seller], &["Verizon"]).await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let path = placed.path("/hold");
    let hold = |client: &str, key: Option<&str>| {
        let call = Call::new("POST", &path).as_client(client);
        let call = match key {
            Some(key) => call.header("idempotency-key", key),
            None => call,
        };
        app.send(call)
    };
    assert_eq!(hold("verizon", Some("key-1")).await.status, 200);
    for client in ["other", "seller"] {
        let (with, without) = (hold(client, Some("key-1")).await, hold(client, None).await);
        assert_eq!((with.status, &with.body), (404, &without.body), "{client}");
        assert_eq!(with.header("idempotency-replayed"), "");
    }
    let again = hold("verizon", Some("key-1")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
}

#[tokio::test]
async fn a_status_request_is_counted_once_under_its_key() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let asked = json!({
        "orderId": placed.id, "buyerId": "Verizon", "sellerId": MANUAL,
        "buyerPurchaseOrderNumber": "PO-1",
    });
    for replayed in ["", "true"] {
        let call = Call::new("POST", "/orders/status-request").as_client("verizon");
        let call = call.header("idempotency-key", "key-1").json(&asked);
        let answer = app.send(call).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, replayed));
    }
}
