use serde_json::{Map, Value};

/// Applies a JSON Merge Patch (RFC 7396): `null` removes, objects merge, all else replaces. What
/// comes out is to be checked like a body, and may be larger than one.
pub fn merge_patch(document: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                document.shift_remove(&name);
            }
            Value::Object(patch) => {
                let target = document.entry(name).or_insert(Value::Null);
                if !target.is_object() {
                    *target = Value::Object(Map::new());
                }
                if let Value::Object(target) = target {
                    merge_patch(target, patch);
                }
            }
            value => {
                document.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7396, appendix A, as far as document and patch are objects.
    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (document, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let (Value::Object(mut merged), Value::Object(patch)) = (document, patch) else {
                panic!("an object")
            };
            merge_patch(&mut merged, patch);
            assert_eq!(Value::Object(merged), result);
        }
    }

    #[test]
    fn what_is_not_patched_keeps_its_place() {
        let Value::Object(mut document) = json!({"a": 1, "b": 2, "c": 3}) else { panic!() };
        let Value::Object(patch) = json!({"a": null, "b": 9}) else { panic!() };
        merge_patch(&mut document, patch);
        assert_eq!(Value::Object(document).to_string(), r#"{"b":9,"c":3}"#);
    }
}
