//! An order with every member there is.

use serde_json::{Map, Value, json};

use super::super::read_order;

fn text(length: usize) -> Value {
    "å".repeat(length).into()
}

fn contact() -> Value {
    json!({
        "objectType": "contact", "name": text(50), "telephoneNumber": text(15),
        "telephoneNumberExt": text(6), "email": text(60),
    })
}

fn resource() -> Value {
    json!({
        "objectType": "resourceReference", "id": text(45), "type": text(25),
        "link": {
            "objectType": "link", "href": text(255), "rel": text(25), "title": text(255),
            "method": "post", "type": text(25),
        },
    })
}

fn product() -> Value {
    json!({
        "objectType": "productSpecRef", "name": text(25), "code": text(15),
        "productSpecification": resource(),
    })
}

fn bandwidth() -> Value {
    json!({
        "objectType": "bandwidthProfile",
        "committedInformationRate":
            {"objectType": "informationRateQuantity", "amount": 1.5, "units": "Mbps"},
        "excessInformationRate":
            {"objectType": "informationRateQuantity", "amount": 1, "units": "Gbps"},
        "committedBurstSize": 12176, "excessBurstSize": 0,
        "colorMode": "COLOR_BLIND", "couplingFlag": true,
    })
}

fn place() -> Map<String, Value> {
    let Value::Object(place) = json!({
        "locality": text(50), "city": text(50), "stateOrProvince": text(50),
        "country": text(50), "postcode": text(12), "postcodeExtension": text(4),
    }) else {
        panic!()
    };
    place
}

pub(super) fn formatted() -> Value {
    let mut address = place();
    address.insert("objectType".into(), "formattedAddress".into());
    address.insert("addressLine1".into(), text(60));
    address.insert("addressLine2".into(), text(60));
    Value::Object(address)
}

pub(super) fn fielded() -> Value {
    let mut address = place();
    for (name, value) in [
        ("objectType", "fieldedAddress".into()),
        ("streetNr", text(10)),
        ("streetNrSuffix", text(10)),
        ("streetNrLast", text(10)),
        ("streetName", text(60)),
        ("streetType", text(25)),
        ("streetSuffix", text(2)),
        ("subUnitType", text(25)),
        ("subUnitNr", text(10)),
        ("levelType", text(25)),
        ("levelNr", text(25)),
        ("buildingName", text(60)),
        ("privateStreetName", text(60)),
    ] {
        address.insert(name.into(), value);
    }
    Value::Object(address)
}

fn ovc() -> Value {
    json!({
        "objectType": "accessEplProductOrder",
        "sellerOvcId": text(45), "buyerOvcId": text(45), "productSpecification": product(),
        "enniSvlanId": 0, "enniSvlanIdLast": 4095, "mtuSize": 1526,
        "colorForwardingEnabled": false, "classOfService": text(20),
        "enniReference": {
            "objectType": "existingEnniReference",
            "sellerEnniId": text(45), "buyerEnniId": text(45),
        },
        "enniSiteContact": contact(), "enniSiteAlternateContact": contact(),
        "uniSiteContact": contact(), "uniSiteAlternateContact": contact(),
        "enniIngressBandwidthProfile": bandwidth(), "uniIngressBandwidthProfile": bandwidth(),
        "uniReference": {
            "objectType": "orderedUniReference", "orderItemReference": text(4),
            "orderId": text(45), "buyerPurchaseOrderNumber": text(16),
        },
    })
}

fn uni() -> Value {
    json!({
        "objectType": "uniProductOrder",
        "sellerUniId": text(45), "buyerUniId": text(45), "productSpecification": product(),
        "physicalLayer": "10BASE_T", "synchronousModeEnabled": true, "tokenShareEnabled": true,
        "serviceMultiplexingEnabled": true, "bundlingEnabled": true,
        "allToOneBundlingEnabled": true, "linkOamEnabled": true, "uniMegEnabled": true,
        "elmiEnabled": true, "numberOfLinks": 1, "uniResiliency": "NONE",
        "maxServiceFrameSize": 1522, "uniL2cpAddressSet": "CTA",
        "serviceSiteInformation": {
            "objectType": "serviceSiteInformation",
            "siteCompanyName": text(25), "customerName": text(25),
            "siteAddressType": "FORMATTED_ADDRESS", "siteAddress": formatted(),
            "additionalSiteInformation": text(100),
        },
        "primarySiteContact": contact(), "alternateSiteContact": contact(),
    })
}

fn disconnect() -> Value {
    json!({
        "objectType": "disconnectOrderItemDetail",
        "sellerServiceOrEndpointId": text(45), "buyerServiceOrEndpointId": text(45),
    })
}

/// An order with so many items and every member, each as long as it may be. The first three items
/// are an OVC, a UNI and a disconnect.
pub(super) fn order(items: usize) -> Map<String, Value> {
    let details = [ovc(), uni(), disconnect()];
    let item = |n: usize| {
        json!({
            "objectType": "orderItem", "orderItemReference": format!("{n:04}"),
            "action": "INSTALL", "quantity": 1, "orderItemStatus": "whatever",
            "orderItemDetail": details[n % 3],
        })
    };
    let Value::Object(order) = json!({
        "objectType": "order", "id": text(45),
        "buyerId": text(25), "sellerId": text(25), "buyerPurchaseOrderNumber": text(16),
        "buyerOrderVersion": text(2), "orderDate": "2026-05-01", "orderActivity": "INSTALL",
        "orderStatus": 7, "desiredResponses": "NONE", "projectId": text(45),
        "requestedCompletionDate": "2026-05-01T10:00:00.123456789+14:00",
        "requestedStartDate": "2026-05-01", "expectedCompletionDate": "x", "completionDate": "y",
        "priority": 4,
        "billingInfo": {
            "objectType": "billingInformation", "existingBillingAccountNumber": text(13),
            "billingContact": contact(), "billingAddress": fielded(),
        },
        "buyerOrderContact": contact(), "buyerImplementationContact": contact(),
        "buyerTechnicalContact": contact(),
        "pricingMethod": "ICB", "pricingReference": text(25), "pricingTerm": 999,
        "promotionId": text(18), "orderType": "ACCESS_EPL", "notes": text(300),
        "serviceabilityResponse": resource(),
        "orderItems": (0..items).map(item).collect::<Vec<_>>(),
    }) else {
        panic!()
    };
    order
}

#[test]
fn an_order_with_every_member_as_long_as_it_may_be_is_accepted() {
    let read = read_order(order(20)).unwrap();
    assert_eq!(read.view.items.len(), 20);
    assert!(read_order(order(1)).is_ok());
}
