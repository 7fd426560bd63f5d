//! Bodies of the carrier API for its OpenAPI document, made of the tables they are checked by.

#[cfg(feature = "openapi")]
mod example;

use std::borrow::Cow;

use api::schema::{TAG_TEXT, member_schema as member, reference};
use domain::carrier::Side;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::schema::{NOTIFICATION, ORDER, STATUS_REQUEST, STATUS_RESPONSE};

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident $title:literal $inline:literal $make:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn inline_schema() -> bool {
                $inline
            }

            fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
                let make: fn(&mut SchemaGenerator) -> Value = $make;
                Schema::try_from(make(schemas)).unwrap_or_default()
            }
        }
    )+};
}

bodies! {
    /// `order` as its parties see it.
    OrderAnswer "orderAnswer" false order_answer;
    /// What of an order shall change (RFC 7396).
    OrderPatch "orderPatch" false |_| json!({
        "type": "object",
        "description": "Members of an order: null removes one, an object is merged, anything \
                        else takes the place of what is there.",
        "required": ["buyerOrderVersion"],
        "examples": [{ "buyerOrderVersion": "2", "notes": "Call before you come." }],
        "properties": { "buyerOrderVersion": member(&ORDER, "buyerOrderVersion", &mut fresh()) },
    });
    /// `orderList`.
    OrderList "orderList" false order_list;
    /// `orderValidation`: what would happen.
    OrderValidation "orderValidation" false |schemas| json!({
        "type": "object",
        "description": "What would happen to an order.",
        "required": ["objectType", "orderStatus", "correctiveOrderExpected", "orderMessages"],
        "properties": {
            "objectType": object_type("orderValidation"),
            "orderStatus": member(&ORDER, "orderStatus", schemas),
            "correctiveOrderExpected": {
                "type": "boolean", "description": "Whether the order would wait for a correction.",
            },
            "orderMessages": messages(schemas),
        },
    });
    /// `orderStatusRequest`.
    StatusRequestBody "orderStatusRequest" true |schemas| reference(&STATUS_REQUEST, schemas);
    /// `orderStatusResponse`.
    StatusResponseBody "orderStatusResponse" true |schemas| reference(&STATUS_RESPONSE, schemas);
    /// `orderNotification`.
    NotificationBody "orderNotification" true |schemas| reference(&NOTIFICATION, schemas);
    /// The latest `orderNotification`, or all of them.
    Notifications "orderNotifications" false |schemas| {
        let one = reference(&NOTIFICATION, schemas);
        json!({
            "description": "The latest notification of an order, or all of them.",
            "anyOf": [one, { "type": "array", "items": one }],
        })
    };
    /// Every refusal.
    CarrierProblem "carrierProblem" false |schemas| json!({
        "type": "object",
        "description": "Why a request was refused.",
        "required": ["orderMessages"],
        "properties": {
            "orderMessages": messages(schemas),
            "orderId": {
                "type": "string",
                "description": "With `FMT020`: the order that has this purchase order number.",
            },
        },
    });
}

fn object_type(name: &str) -> Value {
    json!({ "type": "string", "enum": [name], "description": TAG_TEXT })
}

fn described(mut schema: Value, text: &str) -> Value {
    schema["description"] = json!(text);
    schema
}

/// For what refers to nothing.
fn fresh() -> SchemaGenerator {
    SchemaGenerator::default()
}

fn messages(schemas: &mut SchemaGenerator) -> Value {
    member(&NOTIFICATION, "orderMessages", schemas)
}

/// What the Buyer sent, with what is ours over it.
fn order_answer(schemas: &mut SchemaGenerator) -> Value {
    let sides: Vec<&str> = Side::WORDS.iter().map(|(word, _)| *word).collect();
    json!({
        "allOf": [reference(&ORDER, schemas)],
        "description": "An order as it was sent, with the Seller's own members over it.",
        "type": "object",
        "required": ["objectType", "id", "link", "orderStatus"],
        "properties": {
            "objectType": object_type(ORDER.name),
            "id": member(&ORDER, "id", schemas),
            "link": member(&ORDER, "link", schemas),
            "orderStatus": member(&ORDER, "orderStatus", schemas),
            "heldBy": {
                "type": "string", "enum": sides, "description": "Who may release it: while HELD.",
            },
            "expectedCompletionDate": member(&ORDER, "expectedCompletionDate", schemas),
            "completionDate": member(&ORDER, "completionDate", schemas),
            "correctiveOrderExpected": { "type": "boolean", "description": "While PENDING." },
            "correctionOrderDueDate": member(&NOTIFICATION, "correctionOrderDueDate", schemas),
            "orderMessages": messages(schemas),
        },
    })
}

fn order_list(schemas: &mut SchemaGenerator) -> Value {
    let link = described(member(&ORDER, "link", schemas), "Where the page is found.");
    let next = described(link.clone(), "Where the next page is found; absent at the end.");
    let item = schemas.subschema_for::<OrderAnswer>().to_value();
    json!({
        "type": "object",
        "description": "A page of orders.",
        "required": ["objectType", "link", "available", "returned", "items"],
        "properties": {
            "objectType": object_type("orderList"),
            "link": link,
            "available": {
                "type": "integer", "minimum": 0, "maximum": 1000,
                "description": "How many match, counted up to 1,000.",
            },
            "availableIsMinimum": { "type": "boolean", "description": "There may be more." },
            "returned": {
                "type": "integer", "minimum": 0, "description": "How many are on the page.",
            },
            "items": { "type": "array", "items": item, "description": "The orders of the page." },
            "next": next,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wire::order::OURS;

    fn definitions<T: JsonSchema>() -> serde_json::Map<String, Value> {
        let mut schemas = fresh();
        let schema = schemas.subschema_for::<T>().to_value();
        assert!(schema.get("$ref").is_some() || schema.get("type").is_some(), "{schema}");
        schemas.definitions().clone()
    }

    #[test]
    fn an_order_is_answered_with_all_that_is_ours_and_nothing_else() {
        let order = &definitions::<OrderAnswer>()["orderAnswer"];
        let described: BTreeSet<&str> =
            order["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, BTreeSet::from(OURS));
    }

    #[test]
    fn every_member_of_the_tables_is_described_with_its_limits() {
        let all = definitions::<OrderAnswer>();
        let order = &all["order"];
        assert_eq!(order["properties"]["buyerPurchaseOrderNumber"]["maxLength"], 16);
        assert_eq!(order["properties"]["orderItems"]["maxItems"], 20);
        assert!(order["required"].as_array().unwrap().contains(&json!("billingInfo")));
        let epl = &all["accessEplProductOrder"]["properties"];
        assert_eq!(epl["mtuSize"]["minimum"], 1526);
        assert_eq!(
            all["orderItem"]["properties"]["orderItemDetail"]["anyOf"][2]["$ref"],
            "#/components/schemas/disconnectOrderItemDetail"
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(value: &Value, all: &serde_json::Map<String, Value>) {
            if let Some(Value::String(to)) = value.get("$ref") {
                let name = to.rsplit('/').next().unwrap();
                assert!(all.contains_key(name), "{to}");
            }
            match value {
                Value::Array(values) => values.iter().for_each(|value| check(value, all)),
                Value::Object(values) => values.values().for_each(|value| check(value, all)),
                _ => {}
            }
        }
        for all in [
            definitions::<OrderList>(),
            definitions::<NotificationBody>(),
            definitions::<StatusResponseBody>(),
            definitions::<CarrierProblem>(),
        ] {
            all.values().for_each(|value| check(value, &all));
        }
    }
}
