//! Numbers come back as they were written: beyond 64 bits, with all their digits, in their own
//! notation.

use serde_json::{Value, json};
use testkit::{Call, Response};

use crate::fixture::{Fixture, Placed, codes, manual};

const NUMBERS: &str = r#"{"all":[12345678901234567890123,0.1000000000000000055511151231257827,1.00,1.0,-0,-0.0,1E5,1e-400,1e999],"$serde_json::private::Number":"1"}"#;

/// A document with the numbers in a member that nobody knows.
fn with_numbers(document: &Value) -> String {
    format!("{{\"vendor\":{NUMBERS},{}", &document.to_string()[1..])
}

/// The published order with this amount of a bandwidth.
fn with_amount(amount: &str) -> String {
    let mut order = manual("PO-1");
    let at = "/orderItems/0/orderItemDetail/enniIngressBandwidthProfile/committedInformationRate";
    order.pointer_mut(at).unwrap()["amount"] = json!("AMOUNT");
    with_numbers(&order).replace("\"AMOUNT\"", amount)
}

async fn sent(app: &Fixture, client: &str, method: &str, path: &str, body: &str) -> Response {
    app.send(Call::new(method, path).as_client(client).bytes("application/json", body)).await
}

/// Every echo of the order's document, and whether each has the numbers and the amount.
async fn everywhere(placed: &Placed<'_>, amount: &str) {
    let app = placed.app;
    let listed = format!("/orders?id={}", placed.id);
    for path in [placed.path(""), listed, "/orders?orderDate.gte=2000-01-01".to_owned()] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains(NUMBERS), "{path}: {}", answer.text());
        assert!(
            answer.text().contains(&format!("\"amount\":{amount},")),
            "{path}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn numbers_of_an_order_come_back_in_every_response() {
    let app = Fixture::new().await;
    let amount = "1.10000000000000000000000000000000000001E+1";
    let answer = sent(&app, "verizon", "POST", "/orders", &with_amount(amount)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.text().contains(NUMBERS) && answer.text().contains(amount), "{}", answer.text());
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let placed = Placed { app: &app, id };
    everywhere(&placed, amount).await;

    let newer =
        with_amount("100.00").replace(r#""buyerOrderVersion":"1""#, r#""buyerOrderVersion":"2""#);
    let answer = sent(&app, "verizon", "PUT", &placed.path(""), &newer).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        answer.text().contains(NUMBERS) && answer.text().contains("100.00"),
        "{}",
        answer.text()
    );
    everywhere(&placed, "100.00").await;

    let patch = r#"{"buyerOrderVersion":"3","patched":2.50E1}"#;
    let answer = sent(&app, "verizon", "PATCH", &placed.path(""), patch).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("\"patched\":2.50E1"), "{}", answer.text());
    everywhere(&placed, "100.00").await;
}

#[tokio::test]
async fn numbers_of_messages_come_back_and_are_pushed_on() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    placed.worked().await;
    let parties = json!({
        "orderId": placed.id, "buyerId": "Verizon", "sellerId": "Cox",
        "buyerPurchaseOrderNumber": "PO-1", "buyerOrderVersion": placed.read().await["buyerOrderVersion"],
    });
    let ask = with_numbers(&parties);
    let answer = sent(&app, "verizon", "POST", "/orders/status-request", &ask).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.text().contains(NUMBERS), "{}", answer.text());

    let mut notice = parties.clone();
    notice["notificationType"] = "CONFIRMATION".into();
    notice["expectedCompletionDate"] = "2016-11-01".into();
    let path = placed.path("/notifications");
    let answer = sent(&app, "cox", "POST", &path, &with_numbers(&notice)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.text().contains(NUMBERS), "{}", answer.text());
    for view in ["", "?view=history"] {
        let answer = app.get(&format!("{path}{view}")).await;
        assert!(answer.text().contains(NUMBERS), "{view}: {}", answer.text());
    }
    app.allow_leftovers();
}

#[tokio::test]
async fn the_same_order_again_is_the_same_whatever_its_numbers_look_like() {
    let app = Fixture::new().await;
    let body = with_amount("0.1000000000000000055511151231257827");
    let first = sent(&app, "verizon", "POST", "/orders", &body).await;
    assert_eq!(first.status, 201, "{}", first.text());
    for same in ["0.1000000000000000055511151231257827", "1.000000000000000055511151231257827e-1"] {
        let again = sent(&app, "verizon", "POST", "/orders", &with_amount(same)).await;
        assert_eq!((again.status, &again.body["id"]), (200, &first.body["id"]), "{same}");
        assert_eq!(again.text(), first.text(), "the first spelling stays");
    }
    let other = sent(&app, "verizon", "POST", "/orders", &with_amount("0.1")).await;
    assert_eq!((other.status, codes(&other.body)), (409, vec!["FMT020"]));
}

#[tokio::test]
async fn a_number_that_is_not_whole_by_its_last_digit_is_refused() {
    let app = Fixture::new().await;
    let with_priority = |number: &str| {
        with_amount("1").replacen(r#""priority":2"#, &format!(r#""priority":{number}"#), 1)
    };
    assert!(with_priority("3").contains("\"priority\":3"));
    for wrong in ["1.00000000000000000000000001", "1e999", "1e-999", "18446744073709551617"] {
        let answer = sent(&app, "verizon", "POST", "/orders", &with_priority(wrong)).await;
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
        assert_eq!(answer.body["orderMessages"][0]["field"], "/priority", "{wrong}");
    }
    let answer = sent(&app, "verizon", "POST", "/orders", &with_priority("0.1e1")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.text().contains("\"priority\":0.1e1,"), "{}", answer.text());
}
