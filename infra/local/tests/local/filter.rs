use orderwire_local::mapping::matches_any;
use serde_json::{Value, json};

fn passes(pattern: Value, record: &Value) -> bool {
    matches_any(&[pattern], record)
}

#[test]
fn without_a_pattern_everything_passes_and_one_of_several_is_enough() {
    let record = json!({ "a": 1 });
    assert!(matches_any(&[], &record));
    assert!(matches_any(&[json!({ "a": [2] }), json!({ "a": [1] })], &record));
    assert!(!matches_any(&[json!({ "a": [2] }), json!({ "a": [3] })], &record));
}

#[test]
fn every_field_of_a_pattern_must_match_by_one_of_its_values() {
    let record = json!({ "kind": "b", "n": { "x": 5, "list": ["p", "q"] } });
    assert!(passes(json!({ "kind": ["a", "b"], "n": { "x": [5] } }), &record));
    assert!(passes(json!({ "n": { "list": ["q"] } }), &record));
    assert!(!passes(json!({ "kind": ["b"], "n": { "x": [6] } }), &record));
    assert!(!passes(json!({ "missing": ["b"] }), &record));
}

#[test]
fn exists_looks_at_leaves_also_where_nothing_is() {
    let record = json!({ "new": { "owner": { "S": "x" } } });
    assert!(passes(json!({ "new": { "owner": { "S": [{ "exists": true }] } } }), &record));
    assert!(!passes(json!({ "new": { "owner": { "S": [{ "exists": false }] } } }), &record));
    assert!(passes(json!({ "new": { "other": { "S": [{ "exists": false }] } } }), &record));
    assert!(passes(json!({ "old": { "owner": { "S": [{ "exists": false }] } } }), &record));
}

#[test]
fn prefix_suffix_anything_but_and_ignore_case_match_as_they_say() {
    let record = json!({ "id": "ORDER#7" });
    assert!(passes(json!({ "id": [{ "prefix": "ORDER#" }] }), &record));
    assert!(passes(json!({ "id": [{ "suffix": "#7" }] }), &record));
    assert!(passes(json!({ "id": [{ "equals-ignore-case": "order#7" }] }), &record));
    assert!(passes(json!({ "id": [{ "anything-but": ["SUB", "X"] }] }), &record));
    assert!(!passes(json!({ "id": [{ "anything-but": "ORDER#7" }] }), &record));
    assert!(!passes(json!({ "id": [{ "anything-but": { "prefix": "ORDER" } }] }), &record));
    assert!(!passes(json!({ "absent": [{ "anything-but": "x" }] }), &record));
}

#[test]
fn only_orders_that_nobody_holds_pass_the_relays_filter() {
    let plan = orderwire_local::template::Template::read(
        &crate::fixtures::folder().join("../template.yaml"),
        &std::collections::BTreeMap::new(),
    )
    .unwrap()
    .plan(&crate::fixtures::place())
    .unwrap();
    let relay = plan.stream_mappings.iter().find(|m| m.function == "outbox-relay").unwrap();
    let record = |sk: &str, leased: bool| {
        let mut image = json!({ "sk": { "S": sk }, "state": { "S": "PENDING" } });
        if leased {
            image["leaseOwner"] = json!({ "S": "w" });
        }
        json!({
            "eventName": "MODIFY",
            "dynamodb": { "Keys": { "pk": { "S": "x" }, "sk": { "S": sk } }, "NewImage": image },
        })
    };
    assert!(matches_any(&relay.filters, &record("ORDER", false)));
    assert!(!matches_any(&relay.filters, &record("ORDER", true)));
    assert!(!matches_any(&relay.filters, &record("SUB", false)));
}
