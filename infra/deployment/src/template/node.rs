//! YAML with CloudFormation's short tags, as JSON with long intrinsics.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::TemplateError;

/// Parses one document whose root is a mapping.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, TemplateError> {
    let documents = Yaml::load_from_str(text)?;
    match documents.first().map(to_json).transpose()? {
        Some(Value::Object(root)) => Ok(root),
        _ => Err(TemplateError::Shape("the document is not a mapping")),
    }
}

fn to_json(node: &Yaml<'_>) -> Result<Value, TemplateError> {
    Ok(match node {
        Yaml::Value(scalar) => scalar_to_json(scalar),
        Yaml::Sequence(items) => Value::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert(key_text(key)?, to_json(value)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tag, inner) => long_form(&tag.suffix, to_json(inner)?),
        Yaml::Alias(_) => return Err(TemplateError::Shape("aliases are not allowed")),
        Yaml::Representation(..) | Yaml::BadValue => {
            return Err(TemplateError::Shape("a scalar that is no value"));
        }
    })
}

fn scalar_to_json(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => json!(value),
        Scalar::Integer(value) => json!(value),
        Scalar::FloatingPoint(value) => json!(value.into_inner()),
        Scalar::String(value) => json!(value),
    }
}

fn key_text(key: &Yaml<'_>) -> Result<String, TemplateError> {
    match key {
        Yaml::Value(Scalar::String(text)) => Ok(text.to_string()),
        Yaml::Value(scalar) => Ok(scalar_to_json(scalar).to_string()),
        _ => Err(TemplateError::Shape("a key is not a scalar")),
    }
}

/// `!Ref X` is `{"Ref": X}`, `!GetAtt A.B` is `{"Fn::GetAtt": ["A", "B"]}`,
/// every other `!Name` is `{"Fn::Name": ..}`.
fn long_form(tag: &str, argument: Value) -> Value {
    let mut map = Map::new();
    match (tag, argument) {
        ("Ref" | "Condition", argument) => map.insert(tag.to_owned(), argument),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            map.insert("Fn::GetAtt".to_owned(), json!([resource, attribute]))
        }
        (tag, argument) => map.insert(format!("Fn::{tag}"), argument),
    };
    Value::Object(map)
}
