//! Ids with several spellings: each names the same object, which has one form in responses.

use domain::identity::Role;
use harness::TestApp;
use serde_json::json;
use testkit::{Call, numbers};

#[tokio::test]
async fn every_spelling_of_an_id_is_the_same_object() {
    let app = TestApp::new().await;
    app.db.client("mobile", "acme", &[Role::Ecc], &[]).await;
    let send = async |call: Call| app.send(call.as_client("mobile")).await;
    let (iccid, msisdn) = (numbers::iccid(1), numbers::msisdn(1));
    let sim = json!({ "iccid": format!("{iccid}F"), "msisdn": format!("+{msisdn}") });
    let placed = send(Call::new("POST", "/ecc/v1/subscriptions").json(&sim)).await;
    assert_eq!(placed.status, 202, "{}", placed.text());
    app.drain().await;

    let one = |reference: &str| format!("/ecc/v1/subscriptions/{reference}");
    let found = send(Call::new("GET", one(&format!("iccid:{iccid}")))).await;
    assert_eq!((found.status, &found.body["iccid"]), (200, &json!(iccid)));
    assert_eq!(found.body["msisdn"], json!(msisdn));
    for reference in [
        format!("iccid:{iccid}F"),
        format!("iccid:{iccid}f"),
        format!("iccid:{iccid}FF"),
        format!("msisdn:{msisdn}"),
        format!("msisdn:+{msisdn}"),
        format!("msisdn:%2B{msisdn}"),
        format!("msisdn%3A{msisdn}"),
    ] {
        let same = send(Call::new("GET", one(&reference))).await;
        assert_eq!((same.status, &same.body), (200, &found.body), "{reference}");
    }
    let again = json!({ "iccid": format!("{iccid}f") });
    let taken = send(Call::new("POST", "/ecc/v1/subscriptions").json(&again)).await;
    assert_eq!((taken.status, taken.code()), (409, "SIM_IN_USE"));

    let tag = json!({ "requests": [
        { "method": "POST", "resource": format!("subscriptions/msisdn:+{msisdn}/tags/a") },
    ] });
    let batch = send(Call::new("POST", "/ecc/v1/batches").json(&tag)).await;
    assert_eq!(batch.status, 202, "{}", batch.text());
    app.drain().await;
    let id = batch.body["batchid"].as_str().unwrap();
    let read = send(Call::new("GET", format!("/ecc/v1/batches/{id}"))).await;
    assert_eq!((read.status, &read.body["batchid"]), (200, &json!(id)));
    let upper = send(Call::new("GET", format!("/ecc/v1/batches/{}", id.to_uppercase()))).await;
    assert_eq!((upper.status, &upper.body), (200, &read.body), "a UUID in any case");
    for other in [id.replace('-', ""), format!("%7B{id}%7D"), format!("urn:uuid:{id}")] {
        let unknown = send(Call::new("GET", format!("/ecc/v1/batches/{other}"))).await;
        assert_eq!(unknown.status, 404, "{other}");
    }
}
