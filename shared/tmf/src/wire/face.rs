use api::schema::Object;
use domain::service_order::Face;

use super::schema;

/// The words in which one of the two APIs says what both mean.
#[derive(Debug)]
pub struct Names {
    /// Where the API is.
    pub base: &'static str,
    /// The order: the last segment of its collection, and its name in events.
    pub order: &'static str,
    /// Its type.
    pub order_type: &'static str,
    /// The request to cancel one.
    pub cancel: &'static str,
    /// Its type.
    pub cancel_type: &'static str,
    /// The items of an order.
    pub items: &'static str,
    /// The relationships of an item.
    pub relationships: &'static str,
    /// What an item is about.
    pub subject: &'static str,
    /// The characteristics of that.
    pub characteristics: &'static str,
    /// The state of a cancel task that is not decided.
    pub accepted: &'static str,
    /// A new order.
    pub order_table: &'static Object,
    /// A request to cancel one.
    pub cancel_table: &'static Object,
}

static SERVICE: Names = Names {
    base: "/tmf-api/serviceOrdering/v4",
    order: "serviceOrder",
    order_type: "ServiceOrder",
    cancel: "cancelServiceOrder",
    cancel_type: "CancelServiceOrder",
    items: "serviceOrderItem",
    relationships: "serviceOrderItemRelationship",
    subject: "service",
    characteristics: "serviceCharacteristic",
    accepted: "accepted",
    order_table: &schema::SERVICE_ORDER,
    cancel_table: &schema::CANCEL_SERVICE_ORDER,
};

static PRODUCT: Names = Names {
    base: "/tmf-api/productOrderingManagement/v4",
    order: "productOrder",
    order_type: "ProductOrder",
    cancel: "cancelProductOrder",
    cancel_type: "CancelProductOrder",
    items: "productOrderItem",
    relationships: "productOrderItemRelationship",
    subject: "product",
    characteristics: "productCharacteristic",
    accepted: "acknowledged",
    order_table: &schema::PRODUCT_ORDER,
    cancel_table: &schema::CANCEL_PRODUCT_ORDER,
};

/// The words of an API.
pub const fn names(face: Face) -> &'static Names {
    match face {
        Face::Service => &SERVICE,
        Face::Product => &PRODUCT,
    }
}
