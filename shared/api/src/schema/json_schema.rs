//! The tables as JSON Schema (draft 2020-12): what is accepted without a deviation.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::{Choice, Depends, Form, Kind, Member, Members, Object, Other, Presence, Rule};

/// The description of the member that names an object's type.
pub const TAG_TEXT: &str = "Names the type of the object.";

/// A reference to an object type, which is defined with everything in it.
pub fn reference<Q: Copy + 'static>(
    object: &'static Object<Q>,
    schemas: &mut SchemaGenerator,
) -> Value {
    let name = object.component();
    if !schemas.definitions().contains_key(name) {
        // Holds the name while its members are defined, which may refer to it.
        schemas.definitions_mut().insert(name.to_owned(), Value::Bool(true));
        let defined = definition(object, schemas);
        schemas.definitions_mut().insert(name.to_owned(), defined);
    }
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of one member of an object type.
pub fn member_schema<Q: Copy + 'static>(
    object: &'static Object<Q>,
    name: &str,
    schemas: &mut SchemaGenerator,
) -> Value {
    let member = object.members.iter().find(|member| member.name == name);
    member.map_or(Value::Bool(true), |member| property(member, schemas))
}

/// The schema of a member that belongs to no object: a query parameter.
pub fn table_schema<Q: Copy + 'static>(
    member: &'static Member<Q>,
    schemas: &mut SchemaGenerator,
) -> Value {
    property(member, schemas)
}

fn definition<Q: Copy + 'static>(
    object: &'static Object<Q>,
    schemas: &mut SchemaGenerator,
) -> Value {
    let mut schema = Map::from_iter([("type".to_owned(), json!("object"))]);
    describe(&mut schema, &description(object));
    let (mut properties, mut all_of) = (Map::new(), Vec::new());
    if let Some(tag) = &object.tag {
        let others = tag.aliases.iter().filter(|(_, quirk)| quirk.is_none());
        let names: Vec<&str> =
            std::iter::once(object.name).chain(others.map(|(name, _)| *name)).collect();
        let schema = json!({ "type": "string", "enum": names, "description": TAG_TEXT });
        properties.insert(tag.member.to_owned(), schema);
    }
    for member in object.members.iter().filter(|member| !is_deviation(&member.kind)) {
        properties.insert(member.name.to_owned(), property(member, schemas));
        other_names(member, &mut properties, &mut all_of, schemas);
        if let Kind::Depends(depends) = member.kind {
            conditions(depends, member.name, &mut all_of, schemas);
        }
    }
    all_of.extend(object.rules.iter().flat_map(rule));
    schema.insert("properties".to_owned(), Value::Object(properties));
    let required = object
        .members
        .iter()
        .filter(|member| matches!(member.presence, Presence::Required) && member.aliases.is_none());
    let required: Vec<&str> = required.map(|member| member.name).collect();
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    if object.closed {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    if object.not_empty.is_some() {
        schema.insert("minProperties".to_owned(), json!(1));
    }
    if !all_of.is_empty() {
        schema.insert("allOf".to_owned(), Value::Array(all_of));
    }
    if let Some(example) = object.example {
        schema.insert("examples".to_owned(), json!([example_value(example)]));
    }
    Value::Object(schema)
}

fn description<Q>(object: &Object<Q>) -> String {
    let rules = object.rules.iter().filter_map(|rule| match rule {
        Rule::Check(_, text) => Some(*text),
        _ => None,
    });
    let texts: Vec<&str> =
        std::iter::once(object.text).chain(rules).filter(|text| !text.is_empty()).collect();
    texts.join(" ")
}

fn is_deviation<Q>(kind: &Kind<Q>) -> bool {
    matches!(kind, Kind::Deviation(..))
}

/// JSON text of a table.
///
/// # Panics
/// It is none: the document cannot be made, which its generator's test shows.
fn example_value(json: &str) -> Value {
    serde_json::from_str(json).expect("examples of constant tables are JSON")
}

/// The members of an example of a table.
///
/// # Panics
/// It is no object: the document cannot be made, which its generator's test shows.
pub fn example(json: &str) -> Members {
    serde_json::from_str(json).expect("examples of object types are objects")
}

fn describe(schema: &mut Map<String, Value>, text: &str) {
    if text.is_empty() {
        return;
    }
    let text = match schema.get("description").and_then(Value::as_str) {
        Some(more) => format!("{text} {more}"),
        None => text.to_owned(),
    };
    schema.insert("description".to_owned(), json!(text));
}

fn property<Q: Copy + 'static>(member: &'static Member<Q>, schemas: &mut SchemaGenerator) -> Value {
    let needed = !matches!(member.presence, Presence::Optional);
    let mut schema = value(&member.kind, needed, schemas);
    if let Some(schema) = schema.as_object_mut() {
        describe(schema, member.text);
        if let Some(default) = member.default {
            schema.insert("default".to_owned(), example_value(default));
        }
        if let Some(example) = member.example {
            schema.insert("examples".to_owned(), json!([example_value(example)]));
        }
        if nullable(&member.kind) {
            schema.insert("x-nullable".to_owned(), json!(true));
        }
    }
    schema
}

fn nullable<Q>(kind: &Kind<Q>) -> bool {
    match kind {
        Kind::OrNull(_) => true,
        Kind::Noted(_, kind) => nullable(kind),
        Kind::Depends(depends) => nullable(depends.shown),
        _ => false,
    }
}

/// The other names of a member, and that one of its names is required.
fn other_names<Q: Copy + 'static>(
    member: &'static Member<Q>,
    properties: &mut Map<String, Value>,
    all_of: &mut Vec<Value>,
    schemas: &mut SchemaGenerator,
) {
    let Some(aliases) = &member.aliases else { return };
    let mut choices = vec![json!({ "required": [member.name] })];
    for (name, deprecated) in aliases.names {
        let mut schema = property(member, schemas);
        let mut choice = json!({ "required": [name] });
        if aliases.differs.is_none() {
            choice["properties"] = json!({ *name: schema });
            schema = json!({});
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), json!(format!("Alias of `{}`.", member.name)));
            if *deprecated {
                schema.insert("deprecated".to_owned(), json!(true));
            }
        }
        properties.insert((*name).to_owned(), schema);
        choices.push(choice);
    }
    if matches!(member.presence, Presence::Required) {
        all_of.push(json!({ "anyOf": choices }));
    }
}

fn is_one_of(member: &str, words: &[&str]) -> Value {
    json!({ "properties": { member: { "enum": words } }, "required": [member] })
}

fn conditions<Q: Copy + 'static>(
    depends: &'static Depends<Q>,
    name: &str,
    all_of: &mut Vec<Value>,
    schemas: &mut SchemaGenerator,
) {
    let mut condition = json!({
        "if": is_one_of(depends.on, depends.is),
        "then": { "properties": { name: value(depends.then, false, schemas) } },
    });
    match depends.otherwise {
        Kind::Depends(other) => conditions(other, name, all_of, schemas),
        Kind::OrNull(Kind::Any) => {}
        kind => {
            condition["else"] = json!({ "properties": { name: value(kind, false, schemas) } });
        }
    }
    all_of.push(condition);
}

/// That a member is there, which `null` is not.
fn there(members: &[&str]) -> Value {
    let not_null = |member: &&str| ((*member).to_owned(), json!({ "not": { "type": "null" } }));
    let properties: Map<String, Value> = members.iter().map(not_null).collect();
    json!({ "required": members, "properties": properties })
}

fn rule<Q>(rule: &Rule<Q>) -> Option<Value> {
    match rule {
        Rule::With(member, needs) => Some(json!({ "if": there(&[member]), "then": there(needs) })),
        Rule::Without(member, needs) => Some(json!({ "anyOf": [there(&[member]), there(needs)] })),
        Rule::When { member, is, needs, .. } => {
            Some(json!({ "if": is_one_of(member, is), "then": required(needs) }))
        }
        Rule::Check(..) => None,
    }
}

fn value<Q: Copy + 'static>(
    kind: &'static Kind<Q>,
    needed: bool,
    schemas: &mut SchemaGenerator,
) -> Value {
    match kind {
        // Not a list of types: generators make a type of each.
        Kind::Any => json!({ "not": { "type": "null" } }),
        Kind::String => json!({ "type": "string" }),
        Kind::Text(least, most) => lengths(*least, *most),
        Kind::Label(longest) | Kind::LongLabel { write: longest, .. } => {
            lengths(usize::from(needed), *longest)
        }
        Kind::Id(longest) => json!({
            "type": "string",
            "minLength": 1,
            "maxLength": longest,
            "pattern": "^[^#\\u0000-\\u001f\\u007f-\\u009f]*$",
        }),
        Kind::Form(form) => form_schema(form),
        Kind::Integer(least, most) => integer(*least, *most),
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Word(words, _) => json!({ "type": "string", "enum": words }),
        Kind::Object(object) => reference(object, schemas),
        Kind::OneOf(choice) => one_of(choice, schemas),
        Kind::List(least, most, kind) => json!({
            "type": "array",
            "minItems": least,
            "maxItems": most,
            "items": value(kind, true, schemas),
        }),
        Kind::OrNull(Kind::Any) => json!({}),
        Kind::OrNull(kind) => or_null(value(kind, needed, schemas)),
        Kind::Or(kind @ Kind::Object(_), Other::Kind(text), _) => {
            json!({ "anyOf": [value(kind, needed, schemas), value(text, true, schemas)] })
        }
        Kind::Or(kind, ..) | Kind::Deviation(_, kind) => value(kind, needed, schemas),
        Kind::Ours(kind) => {
            let mut schema = value(kind, needed, schemas);
            schema["readOnly"] = json!(true);
            schema
        }
        Kind::Depends(depends) => value(depends.shown, needed, schemas),
        Kind::Custom(custom) => example_value(custom.schema),
        Kind::Absent(message) => json!({ "not": {}, "description": message }),
        Kind::Noted(text, kind) => {
            let mut schema = value(kind, needed, schemas);
            if let Some(schema) = schema.as_object_mut() {
                describe(schema, text);
            }
            schema
        }
    }
}

fn lengths(least: usize, most: usize) -> Value {
    let mut schema = json!({ "type": "string" });
    if least > 0 {
        schema["minLength"] = json!(least);
    }
    schema["maxLength"] = json!(most);
    schema
}

/// The form of a value type.
pub fn form_schema(form: &Form) -> Value {
    let mut schema = lengths(form.length.0, form.length.1);
    schema["pattern"] = json!(form.pattern);
    if let Some(format) = form.format {
        schema["format"] = json!(format);
    }
    if let Some(beyond) = form.beyond {
        schema["description"] = json!(beyond);
    }
    schema["examples"] = json!([form.example]);
    schema
}

fn integer(least: i64, most: i64) -> Value {
    let mut schema = json!({ "type": "integer", "minimum": least, "maximum": most });
    if most > i64::from(i32::MAX) {
        schema["format"] = json!("int64");
    }
    schema
}

fn or_null(mut schema: Value) -> Value {
    if schema.get("$ref").is_some() || schema.get("anyOf").is_some() {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    }
    match schema.get_mut("type") {
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(kind) => *kind = json!([kind.take(), "null"]),
        None => {}
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}

/// Told apart by the tag, or by the first telling member when that is missing.
fn one_of<Q: Copy + 'static>(choice: &'static Choice<Q>, schemas: &mut SchemaGenerator) -> Value {
    let all: Vec<Value> = choice.objects.iter().map(|object| reference(object, schemas)).collect();
    let untagged = choice.hints.iter().rev().fold(json!({ "not": {} }), |otherwise, (hint, index)| {
        json!({ "if": required(hint), "then": all[*index], "else": otherwise })
    });
    json!({ "anyOf": all, "if": required(choice.tag), "else": untagged })
}

/// That a member is there, whatever it is: linters want a required member to be among the
/// properties of the same schema.
fn required(member: &str) -> Value {
    json!({ "properties": { member: {} }, "required": [member] })
}
