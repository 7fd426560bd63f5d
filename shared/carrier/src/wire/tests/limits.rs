use serde_json::{Map, Value, json};

use super::{super::*, full, pointers, set};

/// Everything wrong is found at its place: `pointer` set to `value` gives one violation there.
fn refuses(document: &Map<String, Value>, pointer: &str, value: Value) {
    let broken = set(document, pointer, value.clone());
    let violations = read_order(broken).expect_err(pointer);
    assert_eq!(pointers(&violations), [pointer], "{value}");
}

const OVC: &str = "/orderItems/0/orderItemDetail";
const UNI: &str = "/orderItems/1/orderItemDetail";
const DISCONNECT: &str = "/orderItems/2/orderItemDetail";

/// (where, members with their greatest length), as the contract lists them.
const TEXTS: &[(&str, &[(&str, usize)])] = &[
    (
        "",
        &[
            ("id", 45),
            ("buyerId", 25),
            ("sellerId", 25),
            ("buyerPurchaseOrderNumber", 16),
            ("buyerOrderVersion", 2),
            ("projectId", 45),
            ("pricingReference", 25),
            ("promotionId", 18),
            ("notes", 300),
        ],
    ),
    ("/billingInfo", &[("existingBillingAccountNumber", 13)]),
    (
        "/billingInfo/billingAddress",
        &[
            ("streetNr", 10),
            ("streetNrSuffix", 10),
            ("streetNrLast", 10),
            ("streetName", 60),
            ("streetType", 25),
            ("streetSuffix", 2),
            ("subUnitType", 25),
            ("subUnitNr", 10),
            ("levelType", 25),
            ("levelNr", 25),
            ("buildingName", 60),
            ("privateStreetName", 60),
            ("locality", 50),
            ("city", 50),
            ("stateOrProvince", 50),
            ("country", 50),
            ("postcode", 12),
            ("postcodeExtension", 4),
        ],
    ),
    (
        "/buyerOrderContact",
        &[("name", 50), ("telephoneNumber", 15), ("telephoneNumberExt", 6), ("email", 60)],
    ),
    ("/buyerImplementationContact", &[("name", 50)]),
    ("/buyerTechnicalContact", &[("name", 50)]),
    ("/serviceabilityResponse", &[("id", 45), ("type", 25)]),
    ("/serviceabilityResponse/link", &[("href", 255), ("rel", 25), ("title", 255), ("type", 25)]),
    ("/orderItems/0", &[("orderItemReference", 4)]),
    (OVC, &[("sellerOvcId", 45), ("buyerOvcId", 45), ("classOfService", 20)]),
    ("/orderItems/0/orderItemDetail/productSpecification", &[("name", 25), ("code", 15)]),
    ("/orderItems/0/orderItemDetail/enniReference", &[("sellerEnniId", 45), ("buyerEnniId", 45)]),
    (
        "/orderItems/0/orderItemDetail/uniReference",
        &[("orderItemReference", 4), ("orderId", 45), ("buyerPurchaseOrderNumber", 16)],
    ),
    (UNI, &[("sellerUniId", 45), ("buyerUniId", 45)]),
    (
        "/orderItems/1/orderItemDetail/serviceSiteInformation",
        &[("siteCompanyName", 25), ("customerName", 25), ("additionalSiteInformation", 100)],
    ),
    (
        "/orderItems/1/orderItemDetail/serviceSiteInformation/siteAddress",
        &[("addressLine1", 60), ("addressLine2", 60), ("city", 50), ("postcode", 12)],
    ),
    (DISCONNECT, &[("sellerServiceOrEndpointId", 45), ("buyerServiceOrEndpointId", 45)]),
];

#[test]
fn each_text_may_be_as_long_as_the_contract_says_and_no_longer() {
    let order = full::order(3);
    for (parent, members) in TEXTS {
        for (name, longest) in *members {
            let pointer = format!("{parent}/{name}");
            let fits = set(&order, &pointer, "x".repeat(*longest).into());
            assert!(read_order(fits).is_ok(), "{pointer}");
            refuses(&order, &pointer, "x".repeat(longest + 1).into());
            refuses(&order, &pointer, "å".repeat(longest + 1).into());
            refuses(&order, &pointer, json!(7));
        }
    }
}

#[test]
fn each_number_stays_within_its_range() {
    let order = full::order(3);
    for (pointer, outside) in [
        ("/priority", vec![json!(-1), json!(5), json!(1.5), json!("1")]),
        ("/pricingTerm", vec![json!(-1), json!(1000), json!(0.5), json!(true)]),
        ("/orderItems/0/quantity", vec![json!(0), json!("1")]),
        ("/orderItems/0/orderItemDetail/enniSvlanId", vec![json!(-1), json!(4096)]),
        ("/orderItems/0/orderItemDetail/enniSvlanIdLast", vec![json!(0), json!(4096)]),
        ("/orderItems/0/orderItemDetail/mtuSize", vec![json!(1525)]),
        (
            "/orderItems/0/orderItemDetail/enniIngressBandwidthProfile/committedBurstSize",
            vec![json!(12175)],
        ),
        (
            "/orderItems/0/orderItemDetail/uniIngressBandwidthProfile/excessBurstSize",
            vec![json!(-1)],
        ),
        (
            "/orderItems/0/orderItemDetail/uniIngressBandwidthProfile/excessInformationRate/amount",
            vec![json!("1")],
        ),
        ("/orderItems/1/orderItemDetail/numberOfLinks", vec![json!(0)]),
        ("/orderItems/1/orderItemDetail/maxServiceFrameSize", vec![json!(1521)]),
    ] {
        for value in outside {
            refuses(&order, pointer, value);
        }
    }
    for (pointer, inside) in [
        ("/priority", json!(0)),
        ("/pricingTerm", json!(0)),
        ("/orderItems/0/orderItemDetail/enniSvlanIdLast", json!(1)),
        ("/orderItems/0/quantity", json!(1e6)),
    ] {
        assert!(read_order(set(&order, pointer, inside)).is_ok(), "{pointer}");
    }
}

#[test]
fn words_and_booleans_are_what_the_contract_lists() {
    let order = full::order(3);
    for pointer in [
        "/orderActivity",
        "/desiredResponses",
        "/pricingMethod",
        "/orderType",
        "/orderItems/0/action",
        "/serviceabilityResponse/link/method",
        "/orderItems/0/orderItemDetail/enniIngressBandwidthProfile/colorMode",
        "/orderItems/0/orderItemDetail/enniIngressBandwidthProfile/committedInformationRate/units",
        "/orderItems/1/orderItemDetail/physicalLayer",
        "/orderItems/1/orderItemDetail/uniResiliency",
        "/orderItems/1/orderItemDetail/uniL2cpAddressSet",
        "/orderItems/1/orderItemDetail/serviceSiteInformation/siteAddressType",
    ] {
        refuses(&order, pointer, json!("Dog"));
        refuses(&order, pointer, json!(1));
    }
    for name in [
        "synchronousModeEnabled",
        "tokenShareEnabled",
        "serviceMultiplexingEnabled",
        "bundlingEnabled",
        "allToOneBundlingEnabled",
        "linkOamEnabled",
        "uniMegEnabled",
        "elmiEnabled",
    ] {
        refuses(&order, &format!("{UNI}/{name}"), json!("true"));
    }
    refuses(&order, &format!("{OVC}/colorForwardingEnabled"), json!(0));
    refuses(&order, &format!("{OVC}/enniIngressBandwidthProfile/couplingFlag"), json!("no"));
}

#[test]
fn what_is_required_must_be_there_and_not_be_null() {
    let order = full::order(3);
    for pointer in [
        "/buyerId",
        "/sellerId",
        "/buyerPurchaseOrderNumber",
        "/buyerOrderVersion",
        "/orderDate",
        "/orderActivity",
        "/desiredResponses",
        "/requestedCompletionDate",
        "/billingInfo",
        "/buyerOrderContact",
        "/orderType",
        "/orderItems",
        "/buyerOrderContact/name",
        "/buyerOrderContact/telephoneNumber",
        "/serviceabilityResponse/id",
        "/serviceabilityResponse/type",
        "/serviceabilityResponse/link",
        "/serviceabilityResponse/link/href",
        "/orderItems/0/orderItemReference",
        "/orderItems/0/action",
        "/orderItems/0/quantity",
        "/orderItems/0/orderItemDetail/uniReference",
        "/orderItems/0/orderItemDetail/uniReference/orderItemReference",
        "/orderItems/0/orderItemDetail/enniReference/sellerEnniId",
        "/orderItems/0/orderItemDetail/enniIngressBandwidthProfile/committedInformationRate/amount",
        "/orderItems/0/orderItemDetail/enniIngressBandwidthProfile/committedInformationRate/units",
        "/orderItems/1/orderItemDetail/productSpecification",
        "/orderItems/1/orderItemDetail/serviceSiteInformation/siteAddress",
        "/orderItems/2/orderItemDetail/sellerServiceOrEndpointId",
    ] {
        refuses(&order, pointer, Value::Null);
        let mut whole = Value::Object(order.clone());
        *whole.pointer_mut(pointer).unwrap() = Value::Null;
        let Value::Object(nulled) = whole else { panic!() };
        assert_eq!(pointers(&read_order(nulled).unwrap_err()), [pointer]);
    }
    refuses(&order, "/buyerOrderContact/name", json!(""));
}

#[test]
fn every_violation_is_reported_at_once() {
    let violations = read_order(Map::new()).unwrap_err();
    assert_eq!(
        pointers(&violations),
        [
            "/buyerId",
            "/sellerId",
            "/buyerPurchaseOrderNumber",
            "/buyerOrderVersion",
            "/orderDate",
            "/orderActivity",
            "/desiredResponses",
            "/requestedCompletionDate",
            "/billingInfo",
            "/buyerOrderContact",
            "/orderType",
            "/orderItems",
        ]
    );
    let body = refusal_body(&violations);
    let messages = body["orderMessages"].as_array().unwrap();
    assert_eq!(messages.len(), 12);
    assert_eq!(
        messages[0],
        json!({
            "objectType": "orderMessage", "code": "FMT001", "description": "Field Invalid",
            "messageInformation": "required", "severity": "ERROR", "field": "/buyerId",
            "correctionRequired": true,
        })
    );
}

#[test]
fn an_order_has_1_to_20_items_with_references_of_their_own() {
    let order = full::order(20);
    assert_eq!(pointers(&read_order(full::order(21)).unwrap_err()), ["/orderItems"]);
    assert_eq!(pointers(&read_order(full::order(0)).unwrap_err()), ["/orderItems"]);
    let twice = set(&order, "/orderItems/3/orderItemReference", json!("0001"));
    let violations = read_order(twice).unwrap_err();
    assert_eq!(pointers(&violations), ["/orderItems/3/orderItemReference"]);
}

#[test]
fn identifiers_that_go_into_keys_hold_no_separator() {
    let order = full::order(3);
    for pointer in [
        "/buyerId",
        "/sellerId",
        "/buyerPurchaseOrderNumber",
        "/buyerOrderVersion",
        "/orderItems/0/orderItemDetail/enniReference/sellerEnniId",
        "/orderItems/2/orderItemDetail/sellerServiceOrEndpointId",
    ] {
        refuses(&order, pointer, json!("#"));
        refuses(&order, pointer, json!("\u{0}"));
    }
}

#[test]
fn rules_between_members_hold() {
    let order = full::order(3);
    let ovc = |name: &str| format!("{OVC}/{name}");
    let reversed = set(&order, &ovc("enniSvlanId"), json!(9));
    let reversed = set(&reversed, &ovc("enniSvlanIdLast"), json!(8));
    assert_eq!(pointers(&read_order(reversed).unwrap_err()), [ovc("enniSvlanIdLast")]);
    refuses(&order, &ovc("enniSvlanId"), Value::Null);

    let unbilled = set(&order, "/billingInfo", json!({"objectType": "billingInformation"}));
    let violations = read_order(unbilled).unwrap_err();
    let both = ["/billingInfo/billingContact", "/billingInfo/billingAddress"];
    assert_eq!(pointers(&violations), both);
    let kept = set(&order, "/billingInfo/existingBillingAccountNumber", Value::Null);
    assert!(read_order(kept).is_ok());

    let site = format!("{UNI}/serviceSiteInformation/siteAddressType");
    refuses(&order, &site, json!("GEOGRAPHIC_POINT"));
}

#[test]
fn uni_contacts_are_required_unless_the_uni_is_on_the_same_order() {
    let order = set(&full::order(3), &format!("{OVC}/uniSiteContact"), Value::Null);
    let order = set(&order, &format!("{OVC}/uniSiteAlternateContact"), Value::Null);
    let missing = [format!("{OVC}/uniSiteContact"), format!("{OVC}/uniSiteAlternateContact")];
    let pon = order["buyerPurchaseOrderNumber"].clone();
    for (reference, same) in [
        (json!({"orderItemReference": "0001"}), true),
        (json!({"orderItemReference": "0001", "buyerPurchaseOrderNumber": pon}), true),
        (json!({"orderItemReference": "0001", "buyerPurchaseOrderNumber": "PO-2"}), false),
        (json!({"orderItemReference": "0001", "orderId": "ORD-2"}), false),
        (json!({"sellerUniId": "UNI-1"}), false),
    ] {
        let read = read_order(set(&order, &format!("{OVC}/uniReference"), reference));
        match read {
            Ok(_) => assert!(same),
            Err(violations) => assert!(!same && pointers(&violations) == missing),
        }
    }
}

#[test]
fn an_object_type_may_be_missing_but_not_contradict() {
    let order = full::order(3);
    for pointer in [
        "/objectType",
        "/billingInfo/objectType",
        "/buyerOrderContact/objectType",
        "/orderItems/0/objectType",
        "/orderItems/0/orderItemDetail/objectType",
        "/orderItems/1/orderItemDetail/objectType",
        "/orderItems/2/orderItemDetail/objectType",
        "/orderItems/0/orderItemDetail/uniReference/objectType",
        "/orderItems/0/orderItemDetail/enniReference/objectType",
        "/orderItems/1/orderItemDetail/serviceSiteInformation/siteAddress/objectType",
        "/billingInfo/billingAddress/objectType",
    ] {
        assert!(read_order(set(&order, pointer, Value::Null)).is_ok(), "{pointer}");
        refuses(&order, pointer, json!("dog"));
        refuses(&order, pointer, json!(1));
    }
    for name in ["order", "order-create-update"] {
        assert!(read_order(set(&order, "/objectType", json!(name))).is_ok());
    }
    refuses(&order, "/objectType", json!("orderItem"));
}

#[test]
fn each_kind_of_address_is_understood() {
    let order = full::order(3);
    let site = format!("{UNI}/serviceSiteInformation");
    let reference =
        json!({"objectType": "addressReference", "referenceType": "x", "reference": "y"});
    let point = json!({"objectType": "geographicPoint", "latitude": "57.7", "longitude": "11.9"});
    for (kind, address) in [
        ("FORMATTED_ADDRESS", full::formatted()),
        ("FIELDED_ADDRESS", full::fielded()),
        ("ADDRESS_REFERENCE", reference),
        ("GEOGRAPHIC_POINT", point.clone()),
    ] {
        let order = set(&order, &format!("{site}/siteAddressType"), json!(kind));
        let order = set(&order, &format!("{site}/siteAddress"), address);
        assert!(read_order(order).is_ok(), "{kind}");
    }
    let order = set(&order, &format!("{site}/siteAddressType"), json!("GEOGRAPHIC_POINT"));
    let order = set(&order, &format!("{site}/siteAddress"), point);
    refuses(&order, &format!("{site}/siteAddress/latitude"), json!(57.7));
    refuses(&order, &format!("{site}/siteAddress/longitude"), json!("12345678901"));
}

#[test]
fn a_date_of_any_text_is_well_formed_and_other_types_are_not() {
    let order = full::order(3);
    for name in ["orderDate", "requestedCompletionDate", "requestedStartDate"] {
        let pointer = format!("/{name}");
        assert!(read_order(set(&order, &pointer, json!("Dog"))).is_ok());
        refuses(&order, &pointer, json!(20_260_501));
    }
}
