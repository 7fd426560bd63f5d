//! What the demo clients of a local cloud order.

use serde_json::{Value, json};

/// The demo Seller with automatic fulfilment.
pub const SELLER: &str = "Cox Spectrum Business";
/// A product of the demo reseller.
pub const PRODUCT: &str = "a3u3z000000PZBhAAO";

/// An order of an OVC from an existing ENNI to a new UNI.
pub fn carrier(pon: &str) -> Value {
    let contact = json!({ "name": "Bob Rice", "telephoneNumber": "+1320-768-9988" });
    json!({
        "buyerId": "Verizon", "sellerId": SELLER, "buyerPurchaseOrderNumber": pon,
        "buyerOrderVersion": "1", "orderDate": "2031-10-01T13:20+01:00",
        "orderActivity": "INSTALL", "orderType": "ACCESS_EPL", "desiredResponses": "NONE",
        "requestedCompletionDate": "2031-10-11T17:20+01:00",
        "billingInfo": { "existingBillingAccountNumber": "12345678" },
        "buyerOrderContact": contact,
        "orderItems": [
            { "orderItemReference": "01", "action": "INSTALL", "quantity": 1, "orderItemDetail": {
                "objectType": "accessEplProductOrder",
                "productSpecification": "accessEpl-Superfast",
                "enniReference": {
                    "objectType": "existingEnniReference", "sellerEnniId": "ENNI-123-abc",
                },
                "uniReference": {
                    "objectType": "orderedUniReference", "orderItemReference": "02",
                },
            } },
            { "orderItemReference": "02", "action": "INSTALL", "quantity": 1, "orderItemDetail": {
                "objectType": "uniProductOrder", "productSpecification": { "code": "AEVPL100" },
                "physicalLayer": "10GBASE_SR",
                "serviceSiteInformation": {
                    "siteAddressType": "FORMATTED_ADDRESS",
                    "siteAddress": {
                        "objectType": "formattedAddress", "addressLine1": "2112 E California",
                        "city": "Oklahoma City", "stateOrProvince": "OK", "postcode": "73102",
                    },
                },
                "primarySiteContact": contact,
            } },
        ],
    })
}

/// An order of a new eSIM.
pub fn esim(product: &str) -> Value {
    json!({ "input": {
        "operationType": "NEW_ESIM", "countryCode": "PT",
        "customer": { "email": "john@doe.com" }, "device": { "type": "ios", "model": "iPhone" },
        "subscriptions": [{ "product_id": product, "price": 10, "currency": "USD" }],
    } })
}
