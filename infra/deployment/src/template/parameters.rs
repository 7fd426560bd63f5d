//! Values of the template's parameters, held against their declarations as CloudFormation does.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use std::{collections::BTreeMap, path::Path};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::{TemplateError, intrinsics::scalar_text, node};

/// The values in a YAML file, as SAM CLI takes them from `file://…`: a list is joined by commas,
/// null is empty.
///
/// # Errors
/// The file cannot be read, or has something else than names and values.
pub fn given_in(path: &Path) -> Result<BTreeMap<String, String>, TemplateError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| TemplateError::Unreadable { path: path.to_owned(), source })?;
    let value = |(name, value): (String, Value)| match plain(&value) {
        Some(text) => Ok((name, text)),
        None => Err(TemplateError::ParameterFile { path: path.to_owned(), name }),
    };
    node::parse(&text)?.into_iter().map(value).collect()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(scalar_text).collect();
            Some(items?.join(","))
        }
        // SAM CLI would write `True`.
        Value::Bool(_) => None,
        value => scalar_text(value),
    }
}

/// The value of every declared parameter: given or by default.
pub(super) fn settle(
    declared: &Map<String, Value>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        return Err(TemplateError::UnknownParameter {
            name: name.clone(),
            known: known.join(", "),
        });
    }
    declared
        .iter()
        .map(|(name, declaration)| {
            let value = given
                .get(name)
                .cloned()
                .or_else(|| declaration.get("Default").and_then(scalar_text))
                .ok_or_else(|| TemplateError::ParameterWithoutValue(name.clone()))?;
            match refusal(declaration, &value) {
                None => Ok((name.clone(), value)),
                Some(why) => {
                    Err(TemplateError::ParameterNotAllowed { name: name.clone(), value, why })
                }
            }
        })
        .collect()
}

/// Why the declaration does not allow the value.
fn refusal(declaration: &Value, value: &str) -> Option<String> {
    let text = |name: &str| declaration.get(name).and_then(scalar_text);
    let kind = text("Type").unwrap_or_default();
    let items = |value: &str| value.split(',').map(str::trim).map(str::to_owned).collect();
    let several: Vec<String> = match kind.as_str() {
        "CommaDelimitedList" | "List<Number>" => items(value),
        _ => vec![value.to_owned()],
    };
    if matches!(kind.as_str(), "Number" | "List<Number>") {
        for item in &several {
            if let Some(why) = not_a_number(declaration, item) {
                return Some(why);
            }
        }
    }
    let allowed = declaration.get("AllowedValues").and_then(Value::as_array);
    if let Some(allowed) = allowed {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
        if !several.iter().all(|item| allowed.contains(item)) {
            return Some(format!("allowed are {}", allowed.join(", ")));
        }
    }
    if kind == "String" {
        let length = value.chars().count();
        let limit = |name| text(name).and_then(|text| text.parse::<usize>().ok());
        if let Some(least) = limit("MinLength").filter(|least| length < *least) {
            return Some(format!("the shortest has {least} characters"));
        }
        if let Some(most) = limit("MaxLength").filter(|most| length > *most) {
            return Some(format!("the longest has {most} characters"));
        }
    }
    let pattern = text("AllowedPattern")?;
    // The whole value has to match.
    let whole = Regex::new(&format!("^(?:{pattern})$"));
    let matches = whole.is_ok_and(|pattern| several.iter().all(|item| pattern.is_match(item)));
    let described = || text("ConstraintDescription").unwrap_or_else(|| format!("it is {pattern}"));
    (!matches).then(described)
}

fn not_a_number(declaration: &Value, value: &str) -> Option<String> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(found) = number(value) else { return Some("a number is needed".to_owned()) };
    // CloudFormation knows one kind of number, and refuses 1.5 seconds only when it makes what has
    // them. A parameter whose default is whole counts something.
    let counts = declaration.get("Default").and_then(scalar_text);
    if counts.is_some_and(|default| is_whole(&default)) && !is_whole(value) {
        return Some("a whole number is needed, in digits".to_owned());
    }
    let limit = |name: &str| {
        let text = declaration.get(name).and_then(scalar_text)?;
        number(&text).map(|number| (number, text))
    };
    if let Some((_, least)) = limit("MinValue").filter(|(least, _)| found < *least) {
        return Some(format!("the smallest is {least}"));
    }
    let (_, most) = limit("MaxValue").filter(|(most, _)| found > *most)?;
    Some(format!("the largest is {most}"))
}

fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn why(declaration: Value, value: &str) -> Option<String> {
        refusal(&declaration, value)
    }

    #[test]
    fn values_are_held_against_type_range_length_and_pattern() {
        let number = json!({ "Type": "Number", "MinValue": 1, "MaxValue": 900 });
        for (value, right) in [
            ("1", true),
            ("900", true),
            ("1.5", true),
            ("0", false),
            ("901", false),
            ("abc", false),
            ("", false),
            ("NaN", false),
            ("1 ", false),
        ] {
            assert_eq!(why(number.clone(), value).is_none(), right, "{value}");
        }
        let counted = json!({ "Type": "Number", "Default": 0, "MinValue": 0 });
        assert_eq!(why(counted.clone(), "15"), None);
        for value in ["1.5", "1e2", "2.0"] {
            let needed = Some("a whole number is needed, in digits".to_owned());
            assert_eq!(why(counted.clone(), value), needed, "{value}");
        }
        let list = json!({ "Type": "List<Number>" });
        assert_eq!(why(list.clone(), "1, 2"), None);
        assert!(why(list, "1,b").is_some());
        let text = json!({ "Type": "String", "MinLength": 2, "MaxLength": 3 });
        let right: Vec<bool> =
            ["a", "ab", "äöü", "abcd"].map(|value| why(text.clone(), value).is_none()).into();
        assert_eq!(right, [false, true, true, false]);
    }

    #[test]
    fn a_pattern_has_to_match_all_of_the_value() {
        let host = json!({ "Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "a name" });
        assert_eq!(why(host.clone(), "abc"), None);
        assert_eq!(why(host, "abc.d").as_deref(), Some("a name"));
        let either = json!({ "Type": "String", "AllowedPattern": "a|b" });
        assert!(why(either, "axb").is_some());
        let list = json!({ "Type": "String", "AllowedPattern": "^(\\[[\\s\\S]*\\])?$" });
        assert_eq!(why(list.clone(), ""), None);
        assert_eq!(why(list.clone(), "[\n]"), None);
        assert!(why(list, "{}").is_some());
    }

    #[test]
    fn a_file_of_parameters_has_names_and_plain_values() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dev.yaml");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            given_in(&file)
        };
        let given = read("A: b\nN: 0\nL: [x, 1]\nE:\nJ: '[{\"a\": 1}]'\n").unwrap();
        let given: Vec<_> = given.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            given,
            [("A", "b"), ("E", ""), ("J", r#"[{"a": 1}]"#), ("L", "x,1"), ("N", "0")]
        );
        assert!(read("A: { b: c }").unwrap_err().to_string().ends_with("A has no plain value"));
        assert!(read("A: true").is_err() && read("- A").is_err());
        assert!(given_in(&folder.path().join("none.yaml")).is_err());
    }

    #[test]
    fn allowed_values_are_named() {
        let stage = json!({ "Type": "String", "AllowedValues": ["arm64", "x86_64"] });
        assert_eq!(why(stage.clone(), "x86_64"), None);
        assert_eq!(why(stage, "x86").as_deref(), Some("allowed are arm64, x86_64"));
    }
}
