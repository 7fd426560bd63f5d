//! The order of the walk-through (`infra/docs/walkthroughs/carrier-order.md`), as the page shows
//! it and with the changes that its commands make.

use harness::template::text;
use serde_json::Value;

use crate::fixture::{Fixture, codes};

/// The text of `order.json` on the page.
fn order() -> String {
    let page = text("infra/docs/walkthroughs/carrier-order.md");
    let (_, rest) = page.split_once("cat > order.json <<'E'\n").unwrap();
    rest.split_once("\nE\n").unwrap().0.to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn the_order_of_the_walk_through_is_accepted() {
    let app = Fixture::new().await;
    app.placed(&json(&order()), "ACKNOWLEDGED").await;
    let manual = order().replace("PO-1", "PO-2").replace("Cox Spectrum Business", "Cox");
    app.placed(&json(&manual), "ACKNOWLEDGED").await;
}

#[tokio::test]
async fn its_wrong_product_is_pending_until_the_newer_version_corrects_it() {
    let app = Fixture::new().await;
    let order = order().replace("PO-1", "PO-3");
    let wrong = json(&order.replace("accessEpl-Superfast", "Super UNI II"));
    let answer = app.post("/orders", &wrong).await;
    assert_eq!((answer.status, codes(&answer.body)), (201, vec!["PRD016"]));
    assert_eq!(answer.body["orderStatus"], "PENDING");
    assert_eq!(answer.body["correctiveOrderExpected"], true);
    let path = answer.header("location").to_owned();
    let newer = json(&order.replace("Version\": \"1\"", "Version\": \"2\""));
    let corrected = app.call_with("verizon", "PUT", &path, &newer).await;
    assert_eq!(corrected.body["orderStatus"], "IN_PROGRESS", "{}", corrected.body);
}
