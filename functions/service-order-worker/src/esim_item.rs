//! An eSIM item as a request of the eSIM API (`infra/docs/contracts/esim-orders.md`).

use api::schema::{Members, read};
use domain::service_order::ItemAction;
use serde_json::{Value, json};

use crate::plan::ItemInOrder;

/// The characteristic that names products: one, or a list.
const PRODUCTS: &str = "productId";

/// Characteristics of the customer and of the device, and their names in the request.
const CUSTOMER: [(&str, &str); 5] = [
    ("email", "email"),
    ("firstName", "firstName"),
    ("lastName", "lastName"),
    ("language", "language"),
    ("countryOfResidence", "countryOfResidence"),
];
const DEVICE: [(&str, &str); 5] = [
    ("deviceType", "type"),
    ("deviceId", "id"),
    ("deviceModel", "model"),
    ("deviceMake", "make"),
    ("eid", "eid"),
];

/// The request of an item: a new eSIM, or plans for one. `product` is the offering of a product
/// order.
pub(crate) fn request(item: &ItemInOrder<'_>, product: Option<&str>) -> Value {
    let characteristics = item.characteristics();
    let is_topup = item.action() == ItemAction::Modify;
    let mut input = Members::new();
    let operation = if is_topup { "TOPUP" } else { "NEW_ESIM" };
    input.insert("operationType".to_owned(), operation.into());
    copy(&characteristics, "countryCode", &mut input, "countryCode");
    input.insert("customer".to_owned(), named(&characteristics, &CUSTOMER));
    input.insert("device".to_owned(), named(&characteristics, &DEVICE));
    let plans: Vec<Value> = products(&characteristics, product)
        .into_iter()
        .map(|product| plan(item, &characteristics, product))
        .collect();
    input.insert("subscriptions".to_owned(), plans.into());
    if is_topup {
        let iccid = item.subject_id().map(|id| id.strip_prefix("iccid:").unwrap_or(id));
        let iccid = iccid.or_else(|| read::text(&characteristics, "iccid"));
        input.insert(
            "esim".to_owned(),
            iccid.map_or_else(|| json!({}), |id| json!({ "iccid": id })),
        );
    }
    json!({ "input": input })
}

fn copy(from: &Members, name: &str, to: &mut Members, other: &str) {
    if let Some(value) = from.get(name) {
        to.insert(other.to_owned(), value.clone());
    }
}

fn named(characteristics: &Members, names: &[(&str, &str)]) -> Value {
    let mut members = Members::new();
    for (name, other) in names {
        copy(characteristics, name, &mut members, other);
    }
    Value::Object(members)
}

fn products(characteristics: &Members, offering: Option<&str>) -> Vec<Value> {
    match (offering, characteristics.get(PRODUCTS)) {
        (Some(offering), _) => vec![offering.into()],
        (None, Some(Value::Array(products))) => products.clone(),
        (None, Some(product)) => vec![product.clone()],
        (None, None) => Vec::new(),
    }
}

fn plan(item: &ItemInOrder<'_>, characteristics: &Members, product: Value) -> Value {
    let mut plan = Members::new();
    plan.insert("product_id".to_owned(), product);
    copy(characteristics, "activationDate", &mut plan, "activationDate");
    match item.price() {
        Some(price) => {
            copy(price, "value", &mut plan, "price");
            copy(price, "unit", &mut plan, "currency");
        }
        None => {
            copy(characteristics, "price", &mut plan, "price");
            copy(characteristics, "currency", &mut plan, "currency");
        }
    }
    Value::Object(plan)
}
