//! The tables as JSON Schema, for the OpenAPI document: what is read without a deviation.

use domain::carrier::OrderStatus;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::{Choice, Kind, Member, Presence, Shape};

/// A reference to an object type, which is defined with everything in it.
pub(in super::super) fn reference(shape: &'static Shape, schemas: &mut SchemaGenerator) -> Value {
    if !schemas.definitions().contains_key(shape.name) {
        let defined = object(shape, schemas);
        schemas.definitions_mut().insert(shape.name.to_owned(), defined);
    }
    json!({ "$ref": format!("#/components/schemas/{}", shape.name) })
}

/// A member of an object type.
pub(in super::super) fn member(
    shape: &'static Shape,
    name: &str,
    schemas: &mut SchemaGenerator,
) -> Value {
    let member = shape.members.iter().find(|member| member.name == name);
    member.map_or(Value::Bool(true), |member| property(member, schemas))
}

/// Members that no table has are kept and returned: nothing forbids them.
fn object(shape: &'static Shape, schemas: &mut SchemaGenerator) -> Value {
    let other_names = shape.aliases.iter().filter(|(_, quirk)| quirk.is_none());
    let names: Vec<&str> =
        std::iter::once(shape.name).chain(other_names.map(|(name, _)| *name)).collect();
    let mut properties = Map::new();
    properties.insert("objectType".to_owned(), json!({ "type": "string", "enum": names }));
    let documented = |member: &&Member| !matches!(member.kind, Kind::Deviation(..));
    for member in shape.members.iter().filter(documented) {
        properties.insert(member.name.to_owned(), property(member, schemas));
    }
    let required = shape.members.iter().filter(|member| member.presence == Presence::Required);
    let required: Vec<&str> = required.map(|member| member.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(member: &'static Member, schemas: &mut SchemaGenerator) -> Value {
    let mut schema = value(&member.kind, schemas);
    if member.presence == Presence::Required && matches!(member.kind, Kind::Text(_)) {
        schema["minLength"] = json!(1);
    }
    schema
}

fn value(kind: &'static Kind, schemas: &mut SchemaGenerator) -> Value {
    match kind {
        Kind::Text(longest) | Kind::LongText { write: longest, .. } => {
            json!({ "type": "string", "maxLength": longest })
        }
        Kind::Id(longest) => json!({
            "type": "string",
            "minLength": 1,
            "maxLength": longest,
            "pattern": "^[^#\\u0000-\\u001f\\u007f-\\u009f]*$",
        }),
        Kind::Date => json!({
            "type": "string",
            "description": "YYYY-MM-DD, or YYYY-MM-DDThh:mm[:ss[.f]] with Z or an offset up to \
                            ±14:00; comes back as it was sent.",
        }),
        Kind::Integer(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Integer(least, greatest) => {
            json!({ "type": "integer", "minimum": least, "maximum": greatest })
        }
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean | Kind::LooseBoolean => json!({ "type": "boolean" }),
        Kind::Word(words, _) => json!({ "type": "string", "enum": words }),
        Kind::PricingTerm => json!({
            "type": "integer", "minimum": 0, "maximum": 999, "description": "Months.",
        }),
        Kind::Object(shape) => reference(shape, schemas),
        Kind::TextOr(longest, shape, _) => json!({
            "anyOf": [reference(shape, schemas), { "type": "string", "maxLength": longest }],
        }),
        Kind::OneOf(choice) => one_of(choice, schemas),
        Kind::List(least, most, kind) => json!({
            "type": "array",
            "minItems": least,
            "maxItems": most,
            "items": value(kind, schemas),
        }),
        Kind::Deviation(_, kind) => value(kind, schemas),
        Kind::Ignored => status(),
    }
}

/// Told apart by `objectType`, or by the members when that is missing.
fn one_of(choice: &'static Choice, schemas: &mut SchemaGenerator) -> Value {
    let all: Vec<Value> = choice.shapes.iter().map(|shape| reference(shape, schemas)).collect();
    json!({ "anyOf": all })
}

/// A state, of an order or an item: the members that are ours whatever is sent.
fn status() -> Value {
    let words: Vec<&str> = OrderStatus::WORDS.iter().map(|(word, _)| *word).collect();
    json!({ "type": "string", "enum": words, "readOnly": true })
}
