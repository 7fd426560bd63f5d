use domain::carrier::{
    DesiredResponses, ItemAction, ItemDetail, NotificationType, OrderActivity, OrderStatus,
    OrderType, PricingTerm, Quirk, Severity, Tolerance, Tolerated,
};
use serde_json::{Value, json};

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
            "errorSeverity": "INFORMATION", "correctionRequired": "true",
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
        Quirk::BooleanAsText,
        Quirk::StatusContradictsType,
    ];
    expected.sort_unstable();
    assert_eq!(met, expected);
}

/// Type, status, version and deviations of a notification, or what is wrong with it.
fn later(changes: &[(&str, Value)]) -> Result<(NotificationType, Option<u32>, Vec<Quirk>), String> {
    let mut body = notices_document()[15].clone();
    for (name, value) in changes {
        body.insert((*name).to_owned(), value.clone());
    }
    let read = read_notification(body).map_err(|violations| violations.to_string())?;
    let met = read.tolerated.iter().map(|tolerated| tolerated.quirk).collect();
    Ok((read.report.kind, read.version, met))
}

#[test]
fn notifications_of_later_revisions_are_read() {
    let (_, _, usual) = later(&[]).unwrap();
    let and = |quirk: Quirk| [&[quirk], &*usual].concat();
    let kind = ("notificationType", json!("ERROR_OR_INFORMATION"));
    let (kind, _, met) = later(&[kind]).unwrap();
    assert_eq!(kind, NotificationType::StatusUpdate);
    assert!(met.contains(&Quirk::ErrorOrInformation), "{met:?}");
    for (text, number) in [("7", 7), ("007", 7), ("999999999", 999_999_999)] {
        let (_, version, mut met) = later(&[("notificationVersion", json!(text))]).unwrap();
        let mut expected = and(Quirk::NotificationVersionAsText);
        met.sort_unstable();
        expected.sort_unstable();
        assert_eq!((version, met), (Some(number), expected), "{text}");
    }
    for wrong in ["", "0", "-1", "+1", "1.0", " 1", "one", "99999999999999999999"] {
        let wrong = later(&[("notificationVersion", json!(wrong))]).unwrap_err();
        assert!(wrong.starts_with("/notificationVersion: "), "{wrong}");
    }
    let mut body = notices_document()[15].clone();
    body["orderMessages"][0]["severity"] = json!("ERROR_OR_INFORMATION");
    let refused = read_notification(body).unwrap_err().to_string();
    assert!(refused.starts_with("/orderMessages/0/severity: "), "it is no severity: {refused}");
}

/// Every member that may be missing may be `null`: read as absent, and counted.
#[test]
fn null_for_an_optional_member_is_as_good_as_none() {
    fn optional(value: &Value, at: &str, found: &mut Vec<String>) {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, v)| (name.clone(), v)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect()
            }
            _ => Vec::new(),
        };
        for (name, value) in inner {
            let here = format!("{at}/{name}");
            optional(value, &here, found);
            found.push(here);
        }
    }
    let order = published_order();
    let mut pointers = Vec::new();
    optional(&Value::Object(order.clone()), "", &mut pointers);
    let mut taken = 0;
    for pointer in &pointers {
        let mut without = Value::Object(order.clone());
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let Some(parent) = without.pointer_mut(parent).unwrap().as_object_mut() else { continue };
        parent.shift_remove(name);
        let Value::Object(without) = without else { unreachable!() };
        let mut with_null = Value::Object(order.clone());
        *with_null.pointer_mut(pointer).unwrap() = Value::Null;
        let Value::Object(with_null) = with_null else { unreachable!() };
        let with_null = read_order(with_null);
        let Ok(without) = read_order(without) else {
            assert!(with_null.is_err(), "{pointer} is required");
            continue;
        };
        let with_null = with_null.unwrap_or_else(|wrong| panic!("{pointer}: {wrong}"));
        // A status of the Buyer's is ignored with a warning, whatever it is.
        if name != "orderStatus" {
            assert_eq!(with_null.view, without.view, "{pointer}");
        }
        let met = |t: &Tolerated| t.quirk == Quirk::NullMember && t.pointer == *pointer;
        taken += usize::from(with_null.tolerated.iter().any(met));
    }
    assert!(taken > 40, "{taken} of {}", pointers.len());
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
