//! The state machine through the APIs: every call in every state. What the table does not have is
//! 409 and changes nothing.

use serde_json::{Value, json};

use crate::fixture::{Fixture, Placed, codes, manual, newer};

/// Brings an order of the manual Seller into a state.
async fn in_state<'s>(app: &'s Fixture, status: &str, pon: &str) -> Placed<'s> {
    let placed = app.placed(&manual(pon), "ACKNOWLEDGED").await;
    if !["ACKNOWLEDGED", "REJECTED", "CANCELLED"].contains(&status) {
        placed.worked().await;
    }
    let error = |item: &str| json!({ "severity": "ERROR", "correctionRequired": false, "orderItemReference": item });
    let report = async |kind: &str, more: Value| {
        let answer = placed.report(kind, &more).await;
        assert_eq!(answer.status, 201, "{status}: {}", answer.body);
    };
    let update = |messages: Value| json!({ "orderStatus": status, "orderMessages": messages });
    match status {
        "ACKNOWLEDGED" | "IN_PROGRESS" => {}
        "PENDING" => report("STATUS_UPDATE", update(json!([]))).await,
        "HELD" => assert_eq!(placed.act("verizon", "/hold").await.status, 200),
        "REJECTED" => report("REJECTION", json!({})).await,
        "CANCELLED" => report("CANCELLATION", json!({})).await,
        "COMPLETED" => report("COMPLETION", json!({})).await,
        "PARTIAL" => report("STATUS_UPDATE", update(json!([error("01")]))).await,
        _ => report("STATUS_UPDATE", update(json!([error("01"), error("02")]))).await,
    }
    assert_eq!(placed.status().await, status);
    placed
}

const STATES: [&str; 9] = [
    "ACKNOWLEDGED",
    "IN_PROGRESS",
    "PENDING",
    "HELD",
    "REJECTED",
    "CANCELLED",
    "COMPLETED",
    "FAILED",
    "PARTIAL",
];

/// Each call: what it is, from which states it is possible.
fn calls() -> Vec<(&'static str, &'static str, Value, &'static [&'static str])> {
    let date = json!({ "expectedCompletionDate": "2016-12-24" });
    let to = |status: &str| json!({ "orderStatus": status });
    let open: &[&str] = &STATES[..4];
    let failed = json!({ "orderStatus": "FAILED", "orderMessages": [
        { "severity": "ERROR", "correctionRequired": false },
    ] });
    vec![
        ("verizon", "/hold", Value::Null, &STATES[..2]),
        ("cox", "/hold", Value::Null, &STATES[..2]),
        ("verizon", "/release", Value::Null, &["HELD"]),
        ("cox", "/release", Value::Null, &[]),
        ("verizon", "/cancel", Value::Null, open),
        ("cox", "/cancel", Value::Null, open),
        ("verizon", "PUT", Value::Null, &STATES[..3]),
        ("cox", "REJECTION", json!({}), &["ACKNOWLEDGED"]),
        ("cox", "CONFIRMATION", date.clone(), &["IN_PROGRESS"]),
        ("cox", "CONFIGURATION", json!({ "sellerOvcId": "C-1" }), &["IN_PROGRESS"]),
        ("cox", "CANCELLATION", json!({}), open),
        ("cox", "COMPLETION", json!({}), &["IN_PROGRESS"]),
        ("cox", "JEOPARDY", date, open),
        ("cox", "STATUS_UPDATE", to("IN_PROGRESS"), &["ACKNOWLEDGED"]),
        ("cox", "STATUS_UPDATE", to("PENDING"), &["IN_PROGRESS"]),
        ("cox", "STATUS_UPDATE", to("HELD"), &STATES[..2]),
        ("cox", "STATUS_UPDATE", to("ACKNOWLEDGED"), &[]),
        ("cox", "STATUS_UPDATE", to("COMPLETED"), &[]),
        ("cox", "STATUS_UPDATE", failed, &["IN_PROGRESS"]),
    ]
}

async fn call(
    app: &Fixture,
    placed: &Placed<'_>,
    client: &str,
    what: &str,
    body: &Value,
) -> testkit::Response {
    if what == "PUT" {
        let order = placed.read().await;
        let pon = order["buyerPurchaseOrderNumber"].as_str().unwrap();
        app.call_with("verizon", "PUT", &placed.path(""), &newer(&manual(pon), "2")).await
    } else if what.starts_with('/') {
        placed.act(client, what).await
    } else {
        let mut more = body.clone();
        if what == "JEOPARDY" {
            more["orderStatus"] = placed.read().await["orderStatus"].clone();
        }
        placed.report(what, &more).await
    }
}

#[tokio::test]
async fn every_call_in_every_state_is_possible_or_changes_nothing() {
    let app = Fixture::new().await;
    for (s, status) in STATES.into_iter().enumerate() {
        // One order stands for all that is not possible: it stays as it is.
        let unchanged = in_state(&app, status, &format!("PO-{s}")).await;
        let stored = app.revision(&unchanged.id).await;
        let before = (unchanged.read().await, unchanged.told().await);
        for (c, (client, what, body, possible)) in calls().into_iter().enumerate() {
            let context = format!("{client} {what} {body} in {status}");
            if possible.contains(&status) {
                let placed = in_state(&app, status, &format!("PO-{s}-{c}")).await;
                let stored = app.revision(&placed.id).await;
                let answer = call(&app, &placed, client, what, &body).await;
                assert!([200, 201].contains(&answer.status), "{context}: {}", answer.body);
                assert!(app.revision(&placed.id).await > stored, "{context}");
            } else {
                let answer = call(&app, &unchanged, client, what, &body).await;
                let refused = (answer.status, codes(&answer.body));
                assert_eq!(refused, (409, vec!["REF020"]), "{context}: {}", answer.body);
                assert_eq!(app.revision(&unchanged.id).await, stored, "{context}");
            }
        }
        assert_eq!((unchanged.read().await, unchanged.told().await), before, "{status}");
    }
}
