use domain::carrier::{
    DesiredResponses, ItemAction, ItemDetail, NotificationType, OrderActivity, OrderStatus,
    OrderType, PricingTerm, Quirk, Severity, Tolerance,
};
use serde_json::json;

use super::{super::*, notices_document, published_order, set};

#[test]
fn access_e_line_is_access_epl() {
    let order = set(&published_order(), "/orderType", json!("ACCESS_E_LINE"));
    let detail = "/orderItems/0/orderItemDetail/objectType";
    let order = set(&order, detail, json!("accessElineProductOrder"));
    let read = read_order(order).unwrap();
    assert_eq!(read.view.order_type, OrderType::AccessEpl);
    assert!(matches!(read.view.items[0].detail, Some(ItemDetail::Ovc(_))));
    let met: Vec<_> = read.tolerated.iter().filter(|t| t.quirk == Quirk::AccessEline).collect();
    assert_eq!(met.len(), 2);
    assert_eq!(met[0].pointer, "/orderType");
    assert_eq!(read.document["orderType"], "ACCESS_E_LINE", "verbatim");
    assert!(Tolerance::strict().check(&read.tolerated).is_err());
}

#[test]
fn a_pricing_term_may_be_a_text() {
    for (sent, term) in [
        (json!("dog"), PricingTerm::Unusable("dog".to_owned())),
        (json!("24"), PricingTerm::Months(24)),
        (json!("1000"), PricingTerm::Unusable("1000".to_owned())),
        (json!(24), PricingTerm::Months(24)),
        (json!(24.0), PricingTerm::Months(24)),
    ] {
        let read = read_order(set(&published_order(), "/pricingTerm", sent.clone())).unwrap();
        assert_eq!(read.view.pricing_term, term);
        assert_eq!(read.document["pricingTerm"], sent);
    }
}

#[test]
fn a_product_reference_without_a_word_in_it_is_none() {
    let pointer = "/orderItems/1/orderItemDetail/productSpecification";
    let read = read_order(set(&published_order(), pointer, json!({}))).unwrap();
    let Some(ItemDetail::Uni(uni)) = &read.view.items[1].detail else { panic!() };
    assert_eq!(uni.product, None);
}

#[test]
fn messages_are_read_under_their_old_names() {
    let mut body = notices_document()[15].clone();
    body.shift_remove("orderMessages");
    body.insert("notificationType".to_owned(), json!("REJECT"));
    body.insert("orderStatus".to_owned(), json!("CANCELED"));
    body.insert(
        "orderErrors".to_owned(),
        json!([{
            "errorCode": "X1", "errorDescription": "D", "errorInformation": "I",
            "errorSeverity": "ERROR_OR_INFORMATION", "correctionRequired": "true",
        }]),
    );
    let read = read_notification(body).unwrap();
    let message = &read.report.messages[0];
    assert_eq!(message.code.as_deref(), Some("X1"));
    assert_eq!(message.description.as_deref(), Some("D"));
    assert_eq!(message.message_information.as_deref(), Some("I"));
    assert_eq!((message.severity, message.correction_required), (Severity::Information, true));
    let mut met: Vec<_> = read.tolerated.iter().map(|t| t.quirk).collect();
    met.sort_unstable();
    met.dedup();
    let mut expected = [
        Quirk::Reject,
        Quirk::CanceledWithOneL,
        Quirk::OrderErrors,
        Quirk::ErrorMemberNames,
        Quirk::ErrorOrInformation,
        Quirk::BooleanAsText,
        Quirk::StatusContradictsType,
    ];
    expected.sort_unstable();
    assert_eq!(met, expected);
}

#[test]
fn what_nobody_knows_is_kept() {
    let order = set(&published_order(), "/x-ours", json!({"deep": [null, 1.50, "é"]}));
    let order = set(&order, "/orderItems/0/orderItemDetail/vendor", json!(false));
    let read = read_order(order.clone()).unwrap();
    assert_eq!(read.document["x-ours"], order["x-ours"]);
    let vendor = &read.document["orderItems"][0]["orderItemDetail"]["vendor"];
    assert_eq!(*vendor, json!(false));
    assert!(same_document(&read.document, &read_order(order).unwrap().document));
}

#[test]
fn every_word_of_the_domain_is_a_word_on_the_wire() {
    fn words<T: Copy>(words: &[(&'static str, T)]) -> Vec<&'static str> {
        words.iter().map(|(word, _)| *word).collect()
    }
    for (pointer, words) in [
        ("/orderActivity", words(OrderActivity::WORDS)),
        ("/desiredResponses", words(DesiredResponses::WORDS)),
        ("/orderType", words(OrderType::WORDS)),
        ("/orderItems/0/action", words(ItemAction::WORDS)),
    ] {
        for word in words {
            assert!(read_order(set(&published_order(), pointer, json!(word))).is_ok(), "{word}");
        }
    }
    let update = notices_document()[15].clone();
    for (word, kind) in NotificationType::WORDS {
        let read = read_notification(set(&update, "/notificationType", json!(word))).unwrap();
        assert_eq!(read.report.kind, *kind);
    }
    for (word, status) in OrderStatus::WORDS {
        let read = read_notification(set(&update, "/orderStatus", json!(word))).unwrap();
        assert_eq!(read.report.status, *status);
    }
    for (word, severity) in Severity::WORDS {
        let body = set(&update, "/orderMessages/0/severity", json!(word));
        assert_eq!(read_notification(body).unwrap().report.messages[0].severity, *severity);
    }
}
