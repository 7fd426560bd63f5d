use api::json::merge_patch;
use domain::carrier::{
    Event, OrderHeader, OrderProgress, OtherOrders, Party, Side, SvlanRange, begin, decide_intake,
    plan,
};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, macros::datetime};

use super::{super::*, notices_document, published_order, set};

const NOW: OffsetDateTime = datetime!(2026-05-02 12:00 UTC);

fn links() -> Links {
    Links { base: "https://api.example/prod".to_owned() }
}

fn seller() -> Party {
    serde_json::from_value(json!({
        "id": "Cox Spectrum Business", "hosting": "LOCAL", "fulfilment": "AUTOMATIC",
    }))
    .unwrap()
}

fn request() -> OrderRequest {
    let order = set(&published_order(), "/requestedCompletionDate", json!("2026-05-11"));
    read_order(order).unwrap()
}

fn placed() -> (OrderRequest, OrderHeader, OrderProgress) {
    let request = request();
    let intake = decide_intake(&request.view, Some(&seller()), NOW);
    let (progress, told) = begin(&request.view, intake, NOW).unwrap();
    assert!(told.is_empty());
    let header = request.view.header("ORD-01HX000000000000000000000A".parse().unwrap());
    (request, header, progress)
}

fn happen(
    progress: &OrderProgress,
    event: Event,
) -> (OrderProgress, domain::carrier::Notification) {
    let step = progress.apply(event, NOW).unwrap();
    (step.progress, step.notification.unwrap())
}

#[test]
fn an_order_is_written_with_what_is_ours_over_it() {
    let (request, header, progress) = placed();
    let body = order_body(request.document, &header.id, &progress, &links());
    let first: Vec<&str> = body.keys().take(4).map(String::as_str).collect();
    assert_eq!(first, ["objectType", "id", "link", "buyerId"]);
    assert_eq!(body["id"], "ORD-01HX000000000000000000000A");
    assert_eq!(
        body["link"],
        json!({
            "objectType": "link", "rel": "self", "title": "Retrieve the Order", "method": "get",
            "href": "https://api.example/prod/orders/ORD-01HX000000000000000000000A",
            "type": "application/json",
        })
    );
    assert_eq!(body["orderStatus"], "ACKNOWLEDGED");
    assert_eq!(body["orderMessages"][0]["code"], "FMT010", "the Buyer sent a status");
    assert_eq!(body.get("heldBy"), None);
    assert!(read_order(body).is_ok(), "what we write can be sent back");
}

#[test]
fn attributes_of_ours_in_a_body_change_nothing() {
    let forged = [
        ("id", json!("ORD-X")),
        ("orderStatus", json!("COMPLETED")),
        ("heldBy", json!("SELLER")),
        ("completionDate", json!("2020-01-01")),
        ("expectedCompletionDate", json!("2020-01-01")),
        ("correctiveOrderExpected", json!(true)),
        ("orderMessages", json!([1])),
    ];
    let mut order = published_order();
    for (name, value) in &forged {
        order.insert((*name).to_owned(), value.clone());
    }
    let order = set(&order, "/orderItems/0/orderItemStatus", json!("COMPLETED"));
    let read = read_order(order).unwrap();
    for (name, _) in forged {
        assert!(!read.document.contains_key(name), "{name}");
    }
    assert_eq!(read.document["orderItems"][0].get("orderItemStatus"), None);
}

/// The CONFIGURATION notification of the published order.
fn configuration() -> Value {
    json!({
        "objectType": "orderNotification",
        "orderId": "ORD-01HX000000000000000000000A",
        "buyerId": "Verizon",
        "sellerId": "Cox Spectrum Business",
        "buyerPurchaseOrderNumber": "PO-12345",
        "buyerOrderVersion": "1",
        "projectId": "PRJ-CC-482457303",
        "requestedCompletionDate": "2026-05-11",
        "notificationType": "CONFIGURATION",
        "notificationVersion": 3,
        "orderStatus": "IN_PROGRESS",
        "expectedCompletionDate": "2026-05-11T23:59:59Z",
        "billingAccountNumber": "12345678",
        "sellerOvcId": {
            "objectType": "idAssignment",
            "sellerAssignedId": "OVC-01HX000000000000000000000A-01",
            "buyerAssignedId": "OVC-123-xyz",
            "orderId": "ORD-01HX000000000000000000000A",
            "buyerPurchaseOrderNumber": "PO-12345",
            "orderItemReference": "01",
        },
        "sellerUniIds": [{
            "objectType": "idAssignment",
            "sellerAssignedId": "UNI-01HX000000000000000000000A-02",
            "buyerAssignedId": "UNI-343",
            "orderId": "ORD-01HX000000000000000000000A",
            "buyerPurchaseOrderNumber": "PO-12345",
            "orderItemReference": "02",
        }],
        "sellerEnniIds": [{
            "objectType": "idAssignment",
            "sellerAssignedId": "ENNI-123-abc",
            "buyerAssignedId": "ENNI-456-xyz",
            "orderId": "ORD-01HX000000000000000000000A",
            "buyerPurchaseOrderNumber": "PO-12345",
            "orderItemReference": "01",
        }],
        "enniSvlanIds": [{
            "objectType": "svlanIdAssignment",
            "sellerEnniId": "ENNI-123-abc",
            "sellerUniId": "UNI-01HX000000000000000000000A-02",
            "svlanId": 100,
            "svlanIdLast": 104,
        }],
        "correctiveOrderExpected": false,
    })
}

#[test]
fn the_story_of_an_automatic_order_is_told_in_order_and_within_the_limits() {
    let (request, header, progress) = placed();
    let plan = plan(&header.id, &request.view, &OtherOrders::new(), &seller(), NOW);
    let granted = plan.svlans[0].granted(SvlanRange::new(100, 104).unwrap());
    let mut events = vec![Event::TreatmentStarted];
    events.push(Event::DateCommitted { expected: plan.expected.clone() });
    events.extend(plan.configured(&[granted]));
    events.push(Event::Finished { failed: Vec::new(), completion: None });
    let (mut order, mut bodies) = (progress, Vec::new());
    for event in events {
        let (next, told) = happen(&order, event);
        bodies.push(notification_body(&header, &told));
        order = next;
    }
    let kinds: Vec<_> = bodies.iter().map(|body| body["notificationType"].as_str()).collect();
    let expected = ["STATUS_UPDATE", "CONFIRMATION", "CONFIGURATION", "COMPLETION"];
    assert_eq!(kinds, expected.map(Some));
    for (version, body) in (1..).zip(&bodies) {
        assert_eq!(body["notificationVersion"], version);
        let read = read_notification(body.clone()).unwrap();
        assert!(read.tolerated.is_empty(), "we write only what the contract says");
    }
    assert_eq!(Value::Object(bodies[2].clone()), configuration());
    let status = status_body(&header, &order);
    assert_eq!(status["orderStatus"], "COMPLETED");
    assert_eq!(status["completionDate"], "2026-05-02T12:00:00Z");
    let items = json!([
        {"orderItemReference": "01", "orderItemStatus": "COMPLETED"},
        {"orderItemReference": "02", "orderItemStatus": "COMPLETED"},
    ]);
    assert_eq!(status["orderItemStatuses"], items);
    assert!(read_status_response(status).unwrap().tolerated.is_empty());
}

#[test]
fn a_rejection_echoes_the_text_that_was_no_date() {
    let order = set(&published_order(), "/requestedCompletionDate", json!("Dog"));
    let read = read_order(order).unwrap();
    let intake = decide_intake(&read.view, Some(&seller()), NOW);
    let (progress, told) = begin(&read.view, intake, NOW).unwrap();
    let header = read.view.header("ORD-1".parse().unwrap());
    let body = notification_body(&header, &told[0]);
    assert_eq!(body["notificationType"], "REJECTION");
    assert_eq!(body["requestedCompletionDate"], "Dog");
    assert_eq!(body["orderMessages"][0]["code"], "FMT002");
    assert_eq!(body["correctiveOrderExpected"], false);
    let order = order_body(read.document, &header.id, &progress, &links());
    assert_eq!(
        (&order["orderStatus"], &order["requestedCompletionDate"]),
        (&json!("REJECTED"), &json!("Dog"))
    );
}

#[test]
fn a_pricing_term_that_is_no_number_is_shown_as_the_term_in_force() {
    let (_, header, progress) = placed();
    for (sent, shown) in [
        (json!("dog"), json!(12)),
        (json!(""), json!(12)),
        (json!("1000"), json!(12)),
        (json!("-1"), json!(12)),
        (json!("24"), json!("24")),
        (json!(0), json!(0)),
        (json!(999), json!(999)),
    ] {
        let read = read_order(set(&published_order(), "/pricingTerm", sent.clone())).unwrap();
        let order = order_body(read.document, &header.id, &progress, &links());
        assert_eq!(order["pricingTerm"], shown, "{sent}");
        let names = order.keys().filter(|name| *name == "pricingTerm");
        assert_eq!(names.count(), 1);
    }
    let mut without = published_order();
    without.shift_remove("pricingTerm");
    let read = read_order(without).unwrap();
    let order = order_body(read.document, &header.id, &progress, &links());
    assert!(!order.contains_key("pricingTerm"));
}

#[test]
fn hold_cancellation_and_correction_show_on_the_order() {
    let (request, header, progress) = placed();
    let body = |progress: &OrderProgress| {
        order_body(request.document.clone(), &header.id, progress, &links())
    };
    let held = Event::Held { by: Side::Buyer, expected: None, messages: Vec::new() };
    assert_eq!(body(&happen(&progress, held).0)["heldBy"], "BUYER");
    let (cancelled, told) =
        happen(&progress, Event::CancelledByBuyer { who: "verizon-1".to_owned() });
    assert_eq!(body(&cancelled)["orderStatus"], "CANCELLED");
    let told = notification_body(&header, &told);
    assert_eq!(told["orderCancellationDate"], "2026-05-02T12:00:00Z");
    assert_eq!(told["orderMessages"][0]["code"], "CAN001");
    let started = happen(&progress, Event::TreatmentStarted).0;
    let due = NOW + time::Duration::days(45);
    let needed = Event::InformationNeeded { messages: Vec::new(), due };
    let pending = body(&happen(&started, needed).0);
    assert_eq!(pending["correctiveOrderExpected"], true);
    assert_eq!(pending["correctionOrderDueDate"], "2026-06-16T12:00:00Z");
}

#[test]
fn a_list_links_to_itself_and_to_what_follows() {
    let page = |items: Vec<Map<String, Value>>, next: Option<&str>| OrderPage {
        available: u32::try_from(items.len()).unwrap(),
        available_is_minimum: next.is_some(),
        items,
        this: "/orders?limit=1".to_owned(),
        next: next.map(str::to_owned),
    };
    let list_body = |page, links: &Links| match json!(list_body(page, links)) {
        Value::Object(members) => members,
        other => panic!("{other}"),
    };
    let empty = list_body(page(Vec::new(), None), &links());
    assert_eq!((&empty["available"], &empty["items"]), (&json!(0), &json!([])));
    assert_eq!(empty["link"]["href"], "https://api.example/prod/orders?limit=1");
    assert!(!empty.contains_key("next") && !empty.contains_key("availableIsMinimum"));
    let more = list_body(page(vec![Map::new()], Some("/orders?cursor=x")), &links());
    assert_eq!(more["next"]["href"], "https://api.example/prod/orders?cursor=x");
    assert_eq!((&more["returned"], &more["availableIsMinimum"]), (&json!(1), &json!(true)));
}

#[test]
fn a_sellers_own_report_is_kept_with_our_numbering_and_our_words() {
    let (_, header, progress) = placed();
    let started = happen(&progress, Event::TreatmentStarted).0;
    let mut body = notices_document()[15].clone();
    for (name, value) in [
        ("orderId", header.id.as_str()),
        ("sellerId", header.seller.as_str()),
        ("buyerPurchaseOrderNumber", header.pon.as_str()),
        ("buyerOrderVersion", header.version.as_str()),
    ] {
        body.insert(name.to_owned(), value.into());
    }
    body.insert("vendor".to_owned(), json!({"kept": true}));
    let read = read_notification(body).unwrap();
    let step = read.report.apply(&header, &started, NOW).unwrap();
    let told = step.notification.unwrap();
    let kept = report_body(read.body, &told);
    assert_eq!(kept["notificationType"], "STATUS_UPDATE");
    assert_eq!(kept["notificationVersion"], 2);
    assert_eq!(kept["vendor"], json!({"kept": true}));
    let codes: Vec<_> = step.progress.messages.iter().filter_map(|m| m.code.as_deref()).collect();
    assert_eq!(codes, ["FMT010", "PRD045", "PRD16"]);
}

#[test]
fn a_patched_document_is_read_like_any_other() {
    let (request, ..) = placed();
    let mut document = request.document;
    let patch = json!({"buyerOrderVersion": "2", "notes": null, "billingInfo": {"extra": 1}});
    let Value::Object(patch) = patch else { panic!() };
    merge_patch(&mut document, patch);
    let read = read_order(document.clone()).unwrap();
    assert_eq!(read.view.version.as_str(), "2");
    assert!(!read.document.contains_key("notes") && !read.view.status_sent);
    let Value::Object(patch) = json!({"orderType": null}) else { panic!() };
    merge_patch(&mut document, patch);
    assert!(read_order(document).is_err());
}
