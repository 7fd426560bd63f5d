//! What is checked before an order is stored, and what is wrong with one that is.

use serde_json::{Value, json};
use testkit::Call;

use crate::fixture::{Fixture, codes, newer, order, order_with};

/// The fields that a refusal names.
fn fields(body: &Value) -> Vec<&str> {
    let messages = body["orderMessages"].as_array().unwrap().iter();
    messages.map(|message| message["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_fault_of_the_shape_is_named_and_nothing_is_stored() {
    let app = Fixture::new().await;
    let stored = app.items().await;
    let mut wrong = order_with(
        "PO-1",
        &[
            ("/buyerId", "x".repeat(26).into()),
            ("/priority", 5.into()),
            ("/orderItems/0/action", "BUILD".into()),
            ("/orderItems/1/orderItemReference", "01".into()),
        ],
    );
    wrong.as_object_mut().unwrap().shift_remove("billingInfo");
    let answer = app.post("/orders", &wrong).await;
    assert_eq!(answer.status, 400);
    let mut named = fields(&answer.body);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "/billingInfo",
            "/buyerId",
            "/orderItems/0/action",
            "/orderItems/1/orderItemReference",
            "/priority",
        ]
    );
    for message in answer.body["orderMessages"].as_array().unwrap() {
        assert_eq!((&message["severity"], &message["code"]), (&json!("ERROR"), &json!("FMT001")));
    }
    assert_eq!(app.items().await, stored);
}

#[tokio::test]
async fn what_is_not_acceptable_is_stored_rejected_and_told_with_the_text_that_was_sent() {
    let app = Fixture::new().await;
    for (n, (changes, code)) in [
        (vec![("/requestedCompletionDate", json!("Dog"))], "FMT002"),
        (vec![("/orderDate", json!("2016-13-01"))], "FMT002"),
        (vec![("/requestedCompletionDate", json!("2016-10-01"))], "FMT003"),
        (vec![("/sellerId", json!("Nobody"))], "REF002"),
        (
            vec![("/orderItems/0/orderItemDetail/uniReference/orderItemReference", json!("77"))],
            "REF001",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let placed = app.placed(&order_with(&format!("PO-{n}"), &changes), "REJECTED").await;
        let order = placed.read().await;
        assert_eq!(codes(&order), [code]);
        let told = placed.latest().await;
        assert_eq!(placed.told().await, [("REJECTION".to_owned(), "REJECTED".to_owned())]);
        assert_eq!(codes(&told), [code]);
        assert_eq!(told["correctiveOrderExpected"], false);
        assert_eq!(told["requestedCompletionDate"], order["requestedCompletionDate"]);
        let information = told["orderMessages"][0]["messageInformation"].as_str().unwrap();
        if n < 4 {
            let sent = changes[0].1.as_str().unwrap();
            assert!(information.contains(sent) || code == "REF002", "{information}");
        }
        placed.worked().await;
        assert_eq!(placed.status().await, "REJECTED");
    }
}

#[tokio::test]
async fn what_is_tolerable_is_said_and_worked_on() {
    let app = Fixture::new().await;
    let placed =
        app.placed(&order_with("PO-1", &[("/pricingTerm", "dog".into())]), "ACKNOWLEDGED").await;
    let order = placed.read().await;
    assert_eq!((codes(&order), &order["pricingTerm"]), (vec!["PRD045"], &json!(12)));
    assert_eq!(order["orderMessages"][0]["severity"], "WARNING");
    let information = order["orderMessages"][0]["messageInformation"].as_str().unwrap();
    assert!(information.contains("'dog'"), "{information}");
    placed.worked().await;
    assert_eq!(placed.status().await, "COMPLETED");
}

#[tokio::test]
async fn what_the_contract_does_not_know_is_kept_as_it_was_sent() {
    let app = Fixture::new().await;
    let mut sent = order();
    sent["x-first"] = json!({ "z": [1, 2.50, -0.0, null, "å\u{1F600}\u{0}"], "a": {} });
    sent["requestedStartDate"] = "2016-10-05T08:00:00.120+14:00".into();
    sent["orderItems"][0]["x-item"] = json!("  spaces  ");
    sent["orderItems"][0]["orderItemDetail"]["x-detail"] = json!([[]]);
    sent["status"] = "COMPLETED".into();
    sent["pk"] = "ORDER#1".into();
    sent["revision"] = 99.into();
    let placed = app.placed(&sent, "ACKNOWLEDGED").await;
    let mut read = placed.read().await;
    for item in read["orderItems"].as_array_mut().unwrap() {
        item.as_object_mut().unwrap().shift_remove("orderItemStatus");
    }
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(read[name].to_string(), value.to_string(), "{name}");
    }
    let names = |value: &Value| -> Vec<String> {
        value.as_object().unwrap().keys().filter(|name| sent.get(name).is_some()).cloned().collect()
    };
    assert_eq!(names(&read)[1..], names(&sent)[1..], "members in the order they were sent");
}

/// An order of exactly so many bytes, with 20 items.
fn large(bytes: usize) -> String {
    let mut order = order();
    let items = order["orderItems"].as_array().unwrap().clone();
    let many = (0..10).flat_map(|n| {
        let (mut line, mut port) = (items[0].clone(), items[1].clone());
        line["orderItemReference"] = format!("L{n}").into();
        line["orderItemDetail"]["uniReference"]["orderItemReference"] = format!("P{n}").into();
        line["orderItemDetail"]["enniSvlanId"] = (100 + 2 * n).into();
        line["orderItemDetail"]["enniSvlanIdLast"] = (101 + 2 * n).into();
        port["orderItemReference"] = format!("P{n}").into();
        [line, port]
    });
    order["orderItems"] = many.collect();
    order["x-padding"] = "".into();
    let missing = bytes - order.to_string().len();
    order["x-padding"] = "x".repeat(missing).into();
    order.to_string()
}

#[tokio::test]
async fn an_order_of_256_kib_with_20_items_goes_all_the_way_and_one_byte_more_is_refused() {
    let app = Fixture::new().await;
    let text = large(256 * 1024);
    let post = async |text: &str| {
        let call = Call::new("POST", "/orders").as_client("verizon");
        let call = call.header("idempotency-key", "key-1").bytes("application/json", text);
        app.send(call).await
    };
    let larger = large(256 * 1024 + 1);
    assert_eq!(post(&larger).await.status, 413);
    let answer = post(&text).await;
    assert_eq!(answer.status, 201, "{}", answer.body["orderMessages"]);
    let id = answer.body["id"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        assert_eq!(app.message(&id, 1).await, json!([]));
    }
    let read = app.get(&format!("/orders/{id}")).await;
    assert_eq!(read.body["orderStatus"], "COMPLETED");
    let sent: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read.body["x-padding"], sent["x-padding"]);
    let items = read.body["orderItems"].as_array().unwrap();
    assert_eq!(items.len(), 20);
    for (sent, read) in sent["orderItems"].as_array().unwrap().iter().zip(items) {
        assert_eq!(read["orderItemStatus"], "COMPLETED");
        assert_eq!(read["orderItemDetail"].to_string(), sent["orderItemDetail"].to_string());
    }
    assert_eq!(app.svlans("ENNI-123-abc").await.len(), 20);
    // A patch must not make an order that could not be sent.
    let growth = json!({ "buyerOrderVersion": "2", "notes": "y".repeat(300) });
    let answer = app.call_with("verizon", "PATCH", &format!("/orders/{id}"), &growth).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn only_json_is_read() {
    let app = Fixture::new().await;
    let body = order().to_string();
    for (media, status) in [
        ("application/xml", 415),
        ("text/plain", 415),
        ("application/json;charset=utf-8", 201),
        ("application/vnd.carrier+json", 200),
    ] {
        let call = Call::new("POST", "/orders").as_client("verizon").bytes(media, &body);
        assert_eq!(app.send(call).await.status, status, "{media}");
    }
    let broken = Call::new("POST", "/orders").as_client("verizon").bytes("application/json", "{");
    assert_eq!(app.send(broken).await.status, 400);
}

#[tokio::test]
async fn a_partner_that_is_not_forgiven_is_refused_what_others_may() {
    let app = Fixture::new().await;
    let mut strict = crate::fixture::party("Sprint", domain::carrier::FulfilmentPolicy::Manual);
    strict.tolerance = domain::carrier::Tolerance::strict();
    let parties = store::DynamoParties::new(app.db.table.clone());
    assert!(parties.put(&strict).await.unwrap());
    let mut body = order();
    body["buyerId"] = "Sprint".into();
    let answer = app.call_with("sprint", "POST", "/orders", &body).await;
    assert_eq!(answer.status, 400);
    assert!(
        fields(&answer.body).contains(&"/orderItems/0/orderItemDetail/productSpecification"),
        "{}",
        answer.body
    );
}

/// Run by the test below: what it writes to standard output is counted there.
#[tokio::test]
#[ignore = "prints metrics for the test that counts them"]
async fn deviations_are_met() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    // Of parties that the caller does not act for.
    let mut newer = newer(&order(), "2");
    newer["buyerId"] = "Nobody".into();
    let answer = app.call_with("verizon", "PUT", &placed.path(""), &newer).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let mut told = app.get(&placed.path("/status")).await.body;
    told["completionDate"] = Value::Null;
    for seller in ["Nobody", "AT&T", "Cox"] {
        told["sellerId"] = seller.into();
        let answer = app.call_with("cox", "POST", "/orders/status-response", &told).await;
        assert_eq!(answer.status, 404, "{seller}: {}", answer.body);
    }
}

#[test]
fn each_deviation_is_counted_for_its_partner_and_none_for_others() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "intake::deviations_are_met", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let metrics = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let counted: Vec<Value> = metrics
        .filter(|metric| metric.get("ToleratedQuirks").is_some())
        .map(|metric| json!([metric["partner"], metric["quirk"], metric["ToleratedQuirks"]]))
        .collect();
    let once = [
        json!(["Verizon", "BARE_PRODUCT_SPECIFICATION", 1.0]),
        json!(["Verizon", "LONG_LINK_TITLE", 2.0]),
    ];
    // Once for placing, once for the newer version, which is the same Buyer's whatever it says.
    assert_eq!(counted, [once.clone(), once].concat());
}
