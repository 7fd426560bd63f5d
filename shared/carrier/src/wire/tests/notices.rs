use serde_json::{Value, json};

use super::{super::*, notices_document, pointers, set};

#[test]
fn a_notification_keeps_its_limits_and_says_a_status_when_its_type_does_not() {
    let update = notices_document()[15].clone();
    let refused = |pointer: &str, value: Value| {
        let violations = read_notification(set(&update, pointer, value)).expect_err(pointer);
        assert_eq!(pointers(&violations), [pointer]);
    };
    refused("/orderStatus", Value::Null);
    refused("/orderStatus", json!("DOG"));
    refused("/notificationType", json!("JEPARDY"));
    refused("/orderId", json!("x".repeat(46)));
    refused("/billingAccountNumber", json!("x".repeat(46)));
    refused("/orderCancellationReason", json!("x".repeat(301)));
    refused("/sellerOvcId", json!(7));
    refused("/orderMessages/0/severity", json!("DOG"));
    refused("/orderMessages/0/correctionRequired", Value::Null);
    refused("/orderMessages/0/code", json!("x".repeat(13)));
    refused("/orderMessages/0/description", json!("x".repeat(2001)));
    refused("/orderMessages/0/MessageInformation", json!("x".repeat(2001)));

    let assigned = notices_document()[5].clone();
    for (pointer, value) in [
        ("/sellerOvcId/sellerAssignedId", Value::Null),
        ("/sellerUniIds/0/buyerAssignedId", json!("x".repeat(46))),
        ("/enniSvlanIds/0/svlanId", json!(4096)),
        ("/enniSvlanIds/0/svlanIdLast", json!(0)),
        ("/correctiveOrderExpected", json!("maybe")),
    ] {
        let violations = read_notification(set(&assigned, pointer, value)).expect_err(pointer);
        assert_eq!(pointers(&violations), [pointer]);
    }
}

#[test]
fn a_status_request_names_an_order_by_its_id_or_pon() {
    let request = notices_document()[1].clone();
    for name in ["orderId", "buyerPurchaseOrderNumber"] {
        assert!(read_status_request(set(&request, &format!("/{name}"), Value::Null)).is_ok());
    }
    let neither = set(&request, "/orderId", Value::Null);
    let neither = set(&neither, "/buyerPurchaseOrderNumber", Value::Null);
    assert_eq!(pointers(&read_status_request(neither).unwrap_err()), ["/orderId"]);
    let long = set(&request, "/buyerId", json!("x".repeat(26)));
    assert_eq!(pointers(&read_status_request(long).unwrap_err()), ["/buyerId"]);
}
