//! Orders for a Seller whose own systems report.

use serde_json::{Value, json};

use crate::fixture::{Fixture, MANUAL, codes, manual, order_with};

const EXPECTED: &str = "2016-10-11";

fn date() -> Value {
    json!({ "expectedCompletionDate": EXPECTED })
}

#[tokio::test]
async fn the_worker_stops_where_the_sellers_own_systems_go_on() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.worked().await;
    assert_eq!(placed.told().await, [("STATUS_UPDATE".to_owned(), "IN_PROGRESS".to_owned())]);
    for (kind, more, status) in [
        ("CONFIRMATION", date(), "IN_PROGRESS"),
        ("CONFIGURATION", json!({ "sellerOvcId": "CKT-1" }), "IN_PROGRESS"),
        (
            "CONFIGURATION",
            json!({ "sellerUniIds": [{ "sellerAssignedId": "U-1" }] }),
            "IN_PROGRESS",
        ),
        (
            "JEOPARDY",
            json!({ "orderStatus": "IN_PROGRESS", "expectedCompletionDate": "2016-12-24" }),
            "IN_PROGRESS",
        ),
        ("STATUS_UPDATE", json!({ "orderStatus": "HELD" }), "HELD"),
        ("STATUS_UPDATE", json!({ "orderStatus": "IN_PROGRESS" }), "IN_PROGRESS"),
        ("COMPLETION", json!({ "completionDate": "2016-12-23" }), "COMPLETED"),
    ] {
        let answer = placed.report(kind, &more).await;
        assert_eq!(
            (answer.status, &*placed.status().await),
            (201, status),
            "{kind}: {}",
            answer.body
        );
        placed.worked().await;
        assert_eq!(placed.status().await, status, "the worker keeps away");
    }
    let told = placed.told().await;
    assert_eq!(told.len(), 8);
    let order = placed.read().await;
    assert_eq!(order["expectedCompletionDate"], "2016-12-24");
    assert_eq!(order["completionDate"], "2016-12-23");
}

#[tokio::test]
async fn what_a_report_deviates_in_is_understood_and_told_in_the_contracts_words() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.worked().await;
    let more = json!({
        "orderStatus": "PENDING",
        "orderErrors": [{
            "errorCode": "PRD016", "errorDescription": "Unknown", "errorSeverity": "ERROR",
            "correctionRequired": "true",
        }],
        "correctionOrderDueDate": "2016-10-20", "x-ours": { "kept": [1, null] },
    });
    let answer = placed.report("STATUS_UADATE", &more).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["notificationType"], "STATUS_UPDATE");
    assert_eq!(answer.body["x-ours"], more["x-ours"]);
    let order = placed.read().await;
    assert_eq!((&order["orderStatus"], codes(&order)), (&json!("PENDING"), vec!["PRD016"]));
    assert_eq!(order["correctionOrderDueDate"], "2016-10-20T23:59:59Z");
}

#[tokio::test]
async fn an_order_ends_partly_or_not_at_all_by_its_items_errors() {
    let error = |item: &str| {
        json!({
            "code": "X1", "severity": "ERROR", "correctionRequired": false,
            "messageInformation": "no duct", "orderItemReference": item,
        })
    };
    for (status, errors, items) in [
        ("PARTIAL", json!([error("02")]), ["COMPLETED", "FAILED"]),
        ("FAILED", json!([error("01"), error("02")]), ["FAILED", "FAILED"]),
        ("FAILED", json!([]), ["FAILED", "FAILED"]),
    ] {
        let app = Fixture::new().await;
        let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
        placed.worked().await;
        // In part means: it is said which.
        let report = json!({ "orderStatus": "PARTIAL" });
        assert_eq!(placed.report("STATUS_UPDATE", &report).await.status, 400);
        let report = json!({ "orderStatus": status, "orderMessages": errors });
        let answer = placed.report("STATUS_UPDATE", &report).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let order = placed.read().await;
        assert_eq!(order["orderStatus"], status);
        let statuses = order["orderItems"].as_array().unwrap().iter();
        assert!(statuses.map(|item| &item["orderItemStatus"]).eq(items));
    }
}

#[tokio::test]
async fn a_report_about_something_else_changes_nothing() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.worked().await;
    let etag = placed.etag().await;
    for (member, value, status) in [
        ("orderId", "ORD-OTHER", 400),
        ("buyerId", "Sprint", 409),
        ("sellerId", "Cox Spectrum Business", 409),
        ("buyerPurchaseOrderNumber", "PO-2", 409),
        ("buyerOrderVersion", "9", 409),
    ] {
        let mut more = date();
        more[member] = value.into();
        let answer = placed.report("CONFIRMATION", &more).await;
        assert_eq!(answer.status, status, "{member}: {}", answer.body);
    }
    let answer = placed.report("CONFIRMATION", &json!({})).await;
    assert_eq!((answer.status, codes(&answer.body)), (400, vec!["FMT001"]));
    assert_eq!(answer.body["orderMessages"][0]["field"], "/expectedCompletionDate");
    assert_eq!((placed.etag().await, placed.told().await.len()), (etag, 1));
}

#[tokio::test]
async fn only_the_orders_seller_reports() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let body = json!({
        "orderId": placed.id, "buyerId": "Verizon", "sellerId": MANUAL,
        "buyerPurchaseOrderNumber": "PO-1", "buyerOrderVersion": "1",
        "notificationType": "CANCELLATION",
    });
    let path = placed.path("/notifications");
    for (client, status) in [("verizon", 403), ("att", 404), ("mixed", 201)] {
        let answer = app.call_with(client, "POST", &path, &body).await;
        assert_eq!(answer.status, status, "{client}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_status_is_taken_from_the_clients_of_the_seller_only() {
    let app = Fixture::new().await;
    let order = order_with("PO-1", &[("/buyerId", "AT&T".into())]);
    let placed = app.call_with("mixed", "POST", "/orders", &order).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let path = format!("/orders/{}/status", placed.body["id"].as_str().unwrap());
    let status = app.call("mixed", "GET", &path).await.body;
    // The Buyer's own client has the Seller's role, for other orders.
    for (client, expected) in [("mixed", 404), ("att", 404), ("cox", 201)] {
        let said = app.call_with(client, "POST", "/orders/status-response", &status).await;
        assert_eq!(said.status, expected, "{client}: {}", said.body);
    }
}
