//! Valid bodies, as JSON text, for the OpenAPI document.

pub(super) const ORDER: &str = r#"{"objectType": "order", "buyerId": "Verizon",
    "sellerId": "Cox Spectrum Business", "buyerPurchaseOrderNumber": "PO-1",
    "buyerOrderVersion": "1", "orderDate": "2031-10-01", "orderActivity": "INSTALL",
    "desiredResponses": "NONE", "requestedCompletionDate": "2031-10-11T17:20+01:00",
    "billingInfo": {"existingBillingAccountNumber": "12345678"},
    "buyerOrderContact": {"name": "John Doe", "telephoneNumber": "+1720-666-1234"},
    "orderType": "ACCESS_EPL",
    "orderItems": [{"orderItemReference": "01", "action": "INSTALL", "quantity": 1,
        "orderItemDetail": {"objectType": "accessEplProductOrder",
            "productSpecification": {"objectType": "productSpecRef", "name": "accessEpl-Superfast"},
            "enniReference": {"objectType": "existingEnniReference",
                "sellerEnniId": "ENNI-123-abc"},
            "uniReference": {"objectType": "existingUniReference", "sellerUniId": "UNI-334"},
            "uniSiteContact": {"name": "Bob Rice", "telephoneNumber": "+1320-768-9988"},
            "uniSiteAlternateContact": {"name": "Jane Hardy",
                "telephoneNumber": "+1320-768-9988"}}}]}"#;

pub(super) const STATUS_REQUEST: &str = r#"{"objectType": "orderStatusRequest",
    "orderId": "ORD-CC-12345", "buyerId": "Verizon", "sellerId": "Cox Spectrum Business",
    "buyerPurchaseOrderNumber": "PO-12345"}"#;

pub(super) const STATUS_RESPONSE: &str = r#"{"objectType": "orderStatusResponse",
    "orderId": "ORD-CC-12345", "buyerId": "Verizon", "sellerId": "Cox Spectrum Business",
    "buyerPurchaseOrderNumber": "PO-12345", "buyerOrderVersion": "1",
    "expectedCompletionDate": "2031-10-05T08:00+01:00", "orderStatus": "IN_PROGRESS"}"#;

pub(super) const NOTIFICATION: &str = r#"{"objectType": "orderNotification",
    "orderId": "ORD-CC-12345", "buyerId": "Verizon", "sellerId": "Cox Spectrum Business",
    "buyerPurchaseOrderNumber": "PO-12345", "buyerOrderVersion": "1",
    "notificationType": "CONFIRMATION", "expectedCompletionDate": "2031-10-05T08:00+01:00"}"#;
