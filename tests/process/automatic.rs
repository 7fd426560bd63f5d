//! Orders for a Seller that works automatically.

use domain::clock::Clock;
use serde_json::{Value, json};
use time::Duration;

use crate::fixture::{AUTOMATIC, Fixture, Placed, codes, newer, order, order_with};

const ENNI: &str = "ENNI-123-abc";
const WALK: [(&str, &str); 4] = [
    ("STATUS_UPDATE", "IN_PROGRESS"),
    ("CONFIRMATION", "IN_PROGRESS"),
    ("CONFIGURATION", "IN_PROGRESS"),
    ("COMPLETION", "COMPLETED"),
];

fn is_walk(told: &[(String, String)], walk: &[(&str, &str)]) {
    let told: Vec<_> = told.iter().map(|(kind, status)| (&**kind, &**status)).collect();
    assert_eq!(told, walk);
}

/// Lets the Seller choose the S-VLAN id.
fn any_svlan(pon: &str) -> Value {
    let mut order = order_with(pon, &[]);
    let detail = order["orderItems"][0]["orderItemDetail"].as_object_mut().unwrap();
    detail.shift_remove("enniSvlanId");
    detail.shift_remove("enniSvlanIdLast");
    order
}

/// Ends the services of a completed order.
fn disconnect(pon: &str, services: &[&str]) -> Value {
    let mut order = order_with(pon, &[("/orderActivity", "DISCONNECT".into())]);
    let items = services.iter().enumerate().map(|(n, service)| {
        json!({
            "orderItemReference": format!("{n:02}"), "action": "DELETE", "quantity": 1,
            "orderItemDetail": {
                "objectType": "disconnectOrderItemDetail", "sellerServiceOrEndpointId": service,
            },
        })
    });
    order["orderItems"] = items.collect();
    order
}

async fn ovc_of(placed: &Placed<'_>) -> String {
    let configuration = placed.history().await[2].clone();
    configuration["sellerOvcId"]["sellerAssignedId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_published_order_is_confirmed_configured_and_completed() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    assert_eq!(app.get(&placed.path("/notifications")).await.status, 404, "nothing was told");
    for told in [2, 3, 4] {
        placed.message().await;
        is_walk(&placed.told().await, &WALK[..told]);
        // A message that comes twice finds the next state: it is what drives the next step.
    }
    let walk = placed.history().await;
    let order = placed.read().await;
    assert_eq!(walk[1]["expectedCompletionDate"], "2016-10-11T16:20:00Z");
    let unique = placed.id.trim_start_matches("ORD-");
    let configuration = &walk[2];
    assert_eq!(
        configuration["sellerOvcId"],
        json!({
            "objectType": "idAssignment", "sellerAssignedId": format!("OVC-{unique}-01"),
            "buyerAssignedId": "OVC-123-xyz", "orderId": placed.id,
            "buyerPurchaseOrderNumber": "PO-12345", "orderItemReference": "01",
        })
    );
    assert_eq!(configuration["sellerUniIds"][0]["sellerAssignedId"], format!("UNI-{unique}-02"));
    assert_eq!(configuration["sellerUniIds"][0]["buyerAssignedId"], "UNI-343");
    assert_eq!(configuration["sellerEnniIds"][0]["sellerAssignedId"], ENNI);
    assert_eq!(
        configuration["enniSvlanIds"],
        json!([{
            "objectType": "svlanIdAssignment", "sellerEnniId": ENNI,
            "sellerUniId": format!("UNI-{unique}-02"), "svlanId": 100, "svlanIdLast": 104,
        }])
    );
    assert_eq!(configuration["billingAccountNumber"], "12345678");
    for (name, value) in [
        ("buyerId", "Verizon"),
        ("sellerId", AUTOMATIC),
        ("buyerOrderVersion", "1"),
        ("projectId", "PRJ-CC-482457303"),
        ("requestedCompletionDate", "2016-10-11T17:20+01:00"),
    ] {
        assert!(walk.iter().all(|told| told[name] == value), "{name}");
    }
    assert_eq!(walk[3]["completionDate"], "2016-10-02T12:00:00Z");
    assert_eq!(order["completionDate"], "2016-10-02T12:00:00Z");
    assert_eq!(order["expectedCompletionDate"], "2016-10-11T16:20:00Z");
    for item in order["orderItems"].as_array().unwrap() {
        assert_eq!(item["orderItemStatus"], "COMPLETED");
    }
    assert_eq!(app.svlans(ENNI).await, ["0100", "0101", "0102", "0103", "0104"]);
    // Whatever comes late finds nothing to do.
    let etag = placed.etag().await;
    placed.message().await;
    assert_eq!((placed.etag().await, placed.told().await.len()), (etag, 4));
}

#[tokio::test]
async fn a_message_for_no_order_is_poison_and_a_leased_order_is_tried_again() {
    let app = Fixture::new().await;
    let failed = json!([{ "itemIdentifier": "message-1" }]);
    assert_eq!(app.message("ORD-NONE", 1).await, failed);
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    let work = store::DynamoSellerWork::new(app.db.table.clone(), Duration::minutes(5));
    let now = app.clock.now();
    let length = Duration::seconds(90);
    work.lease(&placed.id, "other".to_owned(), length, now).await.unwrap();
    assert_eq!(app.message(&placed.id, 1).await, failed);
    app.clock.advance(Duration::seconds(91));
    assert_eq!(app.message(&placed.id, 2).await, json!([]));
    assert_eq!(placed.status().await, "IN_PROGRESS");
}

#[tokio::test]
async fn s_vlan_ids_that_another_order_has_must_be_chosen_anew() {
    let app = Fixture::new().await;
    app.placed(&order(), "ACKNOWLEDGED").await.worked().await;
    let second = order_with("PO-2", &[]);
    let placed = app.placed(&second, "ACKNOWLEDGED").await;
    placed.worked().await;
    let read = placed.read().await;
    assert_eq!((&read["orderStatus"], codes(&read)), (&json!("PENDING"), vec!["PRD031"]));
    assert_eq!(
        read["orderMessages"][0]["messageInformation"],
        "S-VLAN id 100 is in use at ENNI 'ENNI-123-abc'"
    );
    assert_eq!(app.svlans(ENNI).await.len(), 5);
    let mut corrected = any_svlan("PO-2");
    corrected["buyerOrderVersion"] = "2".into();
    let answer = app.call_with("verizon", "PUT", &placed.path(""), &corrected).await;
    assert_eq!((answer.status, &answer.body["orderStatus"]), (200, &json!("IN_PROGRESS")));
    placed.worked().await;
    assert_eq!(placed.status().await, "COMPLETED");
    assert_eq!(app.svlans(ENNI).await.len(), 6);
}

#[tokio::test]
async fn a_cancelled_order_gives_its_s_vlan_ids_back() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    placed.message().await;
    placed.message().await;
    assert_eq!(app.svlans(ENNI).await.len(), 5);
    assert_eq!(placed.act("verizon", "/cancel").await.status, 200);
    placed.worked().await;
    assert_eq!(app.svlans(ENNI).await, Vec::<String>::new());
    assert_eq!(placed.status().await, "CANCELLED");
    // They are anybody's now.
    let other = app.placed(&order_with("PO-2", &[]), "ACKNOWLEDGED").await;
    other.worked().await;
    assert_eq!(other.status().await, "COMPLETED");
}

#[tokio::test]
async fn a_disconnected_service_gives_its_s_vlan_ids_back() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    placed.worked().await;
    let ovc = ovc_of(&placed).await;
    // Another Buyer that knows the name frees nothing.
    let mut foreign = disconnect("PO-2", &[&ovc]);
    foreign["buyerId"] = "Sprint".into();
    let answer = app.call_with("sprint", "POST", "/orders", &foreign).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.body["id"].as_str().unwrap();
    for _ in 0..5 {
        app.message(id, 1).await;
    }
    assert_eq!(app.svlans(ENNI).await.len(), 5);

    let end = app.placed(&disconnect("PO-2", &[&ovc, "OVC-OF-OLD"]), "ACKNOWLEDGED").await;
    end.message().await;
    assert_eq!(end.status().await, "IN_PROGRESS");
    assert_eq!(app.svlans(ENNI).await.len(), 5, "it has not ended yet");
    end.worked().await;
    is_walk(&end.told().await, &[WALK[0], WALK[1], WALK[3]]);
    assert_eq!(app.svlans(ENNI).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_cancelled_change_leaves_the_service_what_it_has() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    placed.worked().await;
    let ovc = ovc_of(&placed).await;
    let change = order_with(
        "PO-2",
        &[
            ("/orderActivity", "CHANGE".into()),
            ("/orderItems/0/action", "CHANGE".into()),
            ("/orderItems/0/orderItemDetail/sellerOvcId", ovc.into()),
            ("/orderItems/0/orderItemDetail/enniSvlanIdLast", 109.into()),
            ("/orderItems/1/action", "NO_CHANGE".into()),
        ],
    );
    let change = app.placed(&change, "ACKNOWLEDGED").await;
    change.message().await;
    change.message().await;
    assert_eq!(app.svlans(ENNI).await.len(), 10);
    assert_eq!(change.act("verizon", "/cancel").await.status, 200);
    change.worked().await;
    assert_eq!(app.svlans(ENNI).await, ["0100", "0101", "0102", "0103", "0104"]);
}

#[tokio::test]
async fn a_change_frees_what_the_service_had_and_its_end_what_the_change_gave_it() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    placed.worked().await;
    let ovc = ovc_of(&placed).await;
    let enni = "/orderItems/0/orderItemDetail/enniReference/sellerEnniId";
    let change = |pon, to: &str, first: u16, last: u16| {
        let mut change = order_with(
            pon,
            &[
                ("/orderActivity", "CHANGE".into()),
                ("/orderItems/0/action", "CHANGE".into()),
                ("/orderItems/0/orderItemDetail/sellerOvcId", ovc.clone().into()),
                ("/orderItems/0/orderItemDetail/enniSvlanId", first.into()),
                ("/orderItems/0/orderItemDetail/enniSvlanIdLast", last.into()),
                ("/orderItems/1/action", "NO_CHANGE".into()),
            ],
        );
        *change.pointer_mut(enni).unwrap() = to.into();
        change
    };
    // A narrower range at the same ENNI, then another ENNI.
    app.placed(&change("PO-2", ENNI, 104, 105), "ACKNOWLEDGED").await.worked().await;
    assert_eq!(app.svlans(ENNI).await, ["0104", "0105"]);
    app.placed(&change("PO-3", "ENNI-2", 7, 7), "ACKNOWLEDGED").await.worked().await;
    assert_eq!((app.svlans(ENNI).await, app.svlans("ENNI-2").await.len()), (vec![], 1));
    let end = app.placed(&disconnect("PO-4", &[&ovc]), "ACKNOWLEDGED").await;
    end.worked().await;
    assert_eq!(app.svlans("ENNI-2").await, Vec::<String>::new());
}

#[tokio::test]
async fn ids_claimed_for_a_version_that_was_replaced_are_freed() {
    let at = |pon: &str, enni: &str| {
        let pointer = "/orderItems/0/orderItemDetail/enniReference/sellerEnniId";
        order_with(pon, &[(pointer, enni.into())])
    };
    for ends in ["CANCELLED", "COMPLETED"] {
        let app = Fixture::new().await;
        let placed = app.placed(&at("PO-1", "ENNI-A"), "ACKNOWLEDGED").await;
        placed.message().await;
        let replace = async {
            // The ids are claimed, and the worker is about to say so.
            let claim = app.db.proxy.hold_next("TransactWriteItems");
            claim.reached().await;
            let commit = app.db.proxy.hold_next("TransactWriteItems");
            claim.open();
            commit.reached().await;
            let newer = newer(&at("PO-1", "ENNI-B"), "2");
            let answer = app.call_with("verizon", "PUT", &placed.path(""), &newer).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            commit.open();
        };
        tokio::join!(replace, placed.message());
        assert_eq!(app.svlans("ENNI-A").await.len(), 5, "claimed for the first version");
        if ends == "CANCELLED" {
            assert_eq!(placed.act("verizon", "/cancel").await.status, 200);
        }
        placed.worked().await;
        assert_eq!(placed.status().await, ends);
        assert_eq!(app.svlans("ENNI-A").await, Vec::<String>::new());
        let kept = usize::from(ends == "COMPLETED") * 5;
        assert_eq!(app.svlans("ENNI-B").await.len(), kept);
    }
}

#[tokio::test]
async fn a_hold_stops_the_worker_until_it_is_released() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    placed.message().await;
    assert_eq!(placed.act("verizon", "/hold").await.status, 200);
    placed.worked().await;
    assert_eq!(placed.status().await, "HELD");
    assert_eq!(placed.act("verizon", "/release").await.status, 200);
    placed.worked().await;
    assert_eq!(placed.status().await, "COMPLETED");
}

#[tokio::test]
async fn a_correction_that_does_not_come_ends_the_order_at_its_due_date() {
    let app = Fixture::new().await;
    let placed = app.placed(&crate::fixture::unknown_product("PO-1"), "PENDING").await;
    assert_eq!(placed.read().await["correctionOrderDueDate"], "2016-11-16T12:00:00Z");
    app.clock.advance(Duration::days(45) - Duration::seconds(1));
    placed.worked().await;
    assert_eq!(placed.status().await, "PENDING");
    app.clock.advance(Duration::seconds(1));
    placed.worked().await;
    assert_eq!(placed.status().await, "CANCELLED");
    let told = placed.latest().await;
    assert_eq!((&told["notificationType"], codes(&told)), (&json!("CANCELLATION"), vec!["CAN002"]));
    assert_eq!(
        told["orderMessages"][0]["messageInformation"],
        "The order was cancelled because no corrective order provided."
    );
    assert_eq!(told["orderCancellationDate"], "2016-11-16T12:00:00Z");
    assert_eq!(told["correctiveOrderExpected"], false);
}

#[tokio::test]
async fn what_the_worker_cannot_do_waits_for_a_person_after_the_last_attempt() {
    let app = Fixture::new().await;
    let placed = app.placed(&any_svlan("PO-1"), "ACKNOWLEDGED").await;
    placed.message().await;
    let failed = json!([{ "itemIdentifier": "message-1" }]);
    for receives in 1..=3 {
        // As often as a transaction is tried.
        for _ in 0..7 {
            app.db.proxy.fail_next("TransactWriteItems", testkit::Fault::TransactionConflict);
        }
        assert_eq!(app.message(&placed.id, receives).await, failed, "receive {receives}");
    }
    let watchdog = store::DynamoWatchdog::new(app.db.table.clone());
    let open = watchdog.get(&placed.id).await.unwrap().unwrap();
    assert!(open.needs_intervention.is_some());
}

#[tokio::test]
async fn the_watchdog_looks_after_an_order_until_nothing_is_left_to_do() {
    let app = Fixture::new().await;
    let watchdog = store::DynamoWatchdog::new(app.db.table.clone());
    let later = app.clock.now() + Duration::days(365);
    let watched = async |placed: &Placed<'_>| {
        let found = watchdog.get(&placed.id).await.unwrap().unwrap();
        assert!(found.due().is_some(), "nothing of it was told");
        found.works(later)
    };
    let completed = app.placed(&order(), "ACKNOWLEDGED").await;
    for _ in 0..3 {
        assert!(watched(&completed).await);
        completed.message().await;
    }
    assert!(!watched(&completed).await, "it has ended and gives nothing back");
    let cancelled = app.placed(&any_svlan("PO-2"), "ACKNOWLEDGED").await;
    cancelled.message().await;
    cancelled.message().await;
    assert_eq!(cancelled.act("verizon", "/hold").await.status, 200);
    assert!(!watched(&cancelled).await, "it is the Buyer's turn");
    assert_eq!(cancelled.act("verizon", "/cancel").await.status, 200);
    assert!(watched(&cancelled).await, "its S-VLAN id must be given back");
    cancelled.message().await;
    assert!(!watched(&cancelled).await);
    let rejected = order_with("PO-3", &[("/requestedCompletionDate", "Dog".into())]);
    assert!(!watched(&app.placed(&rejected, "REJECTED").await).await);
}
