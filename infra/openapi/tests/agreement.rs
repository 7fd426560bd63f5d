//! The validators of request bodies and the JSON Schemas of the OpenAPI documents judge alike: what
//! is documented is what is accepted.

use api::schema::{
    Judge,
    sample::{Dice, damage},
};
use jsonschema::Validator;
use openapi::{DocumentId, documents::describe};
use serde_json::{Map, Value, json};

/// Documents of each kind for each operation.
const ROUNDS: u64 = 400;

/// What both say of a document.
struct Verdict {
    validator: bool,
    schema: bool,
}

/// Compares the two. A deviation that is tolerated is not documented, and a rule that JSON Schema
/// cannot state may refuse more.
fn compare(
    operation: &str,
    judge: &dyn Judge,
    schema: &Validator,
    body: &Map<String, Value>,
) -> Verdict {
    let judgement = judge.judge(body);
    let value = Value::Object(body.clone());
    let errors: Vec<String> =
        schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    let (validator, schema) = (judgement.violations.is_empty(), errors.is_empty());
    if validator && !judgement.tolerated {
        assert!(schema, "{operation} accepts {value}\nbut its schema does not: {errors:#?}");
    }
    if schema {
        assert_eq!(
            judgement.violations.len(),
            judgement.beyond,
            "the schema of {operation} accepts {value}\nbut it does not: {:#?}",
            judgement.violations
        );
    }
    Verdict { validator, schema }
}

fn agree(operation: &str, judge: &dyn Judge, document: &Value) {
    let root = json!({
        "$ref": format!("#/components/schemas/{}", judge.name()),
        "components": { "schemas": document["components"]["schemas"] },
    });
    let schema = jsonschema::draft202012::new(&root).expect(operation);
    let (mut right, mut wrong) = (0, 0);
    for seed in 0..ROUNDS {
        let mut dice = Dice::new(seed);
        let mut body = judge.sample(&mut dice);
        let verdict = compare(operation, judge, &schema, &body);
        assert!(verdict.schema, "{operation}: a sample is refused: {body:?}");
        right += u64::from(verdict.validator);
        damage(&mut body, &mut dice);
        wrong += u64::from(!compare(operation, judge, &schema, &body).validator);
    }
    assert!(right * 50 > ROUNDS, "{operation}: {right} of {ROUNDS} samples are valid");
    assert!(wrong * 10 > ROUNDS, "{operation}: {wrong} of {ROUNDS} damaged bodies are refused");
}

#[test]
fn validator_and_document_judge_every_request_body_alike() {
    let mut compared = 0;
    for id in DocumentId::ALL {
        let document = describe(id).unwrap();
        let requests = document.requests();
        let document = document.finish();
        for (operation, judge) in requests {
            agree(operation, judge, &document);
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared} operations have a body");
}

/// Every request body of the documents and the members in it, with their examples.
fn examples(value: &Value, found: &mut Vec<(Value, Value)>) {
    if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
        found.push((schema.clone(), example.clone()));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| examples(item, found)),
        Value::Object(members) => {
            if let Some(all) = members.get("examples").and_then(Value::as_array) {
                let schema = Value::Object(members.clone());
                found.extend(all.iter().map(|example| (schema.clone(), example.clone())));
            }
            members.values().for_each(|member| examples(member, found));
        }
        _ => {}
    }
}

/// The successful responses of a document that have a body of JSON: operation, status, example.
fn successes(document: &Value) -> Vec<(String, String, Option<Value>)> {
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = operations.filter_map(Value::as_object).flat_map(|path| path.values());
    let mut found = Vec::new();
    for operation in operations {
        let responses = operation["responses"].as_object().into_iter().flatten();
        for (status, response) in responses.filter(|(status, _)| status.starts_with('2')) {
            let Some(body) = response["content"].get("application/json") else { continue };
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            found.push((id, status.clone(), body.get("example").cloned()));
        }
    }
    found
}

#[test]
fn every_successful_response_has_an_example() {
    let mut shown = 0;
    for id in DocumentId::ALL {
        for (operation, status, example) in successes(&describe(id).unwrap().finish()) {
            let is_filled = match example {
                Some(Value::Object(members)) => !members.is_empty(),
                Some(Value::Array(items)) => !items.is_empty(),
                _ => false,
            };
            assert!(is_filled, "{operation} {status}");
            shown += 1;
        }
    }
    assert!(shown >= 50, "{shown}");
}

#[test]
fn every_member_of_every_schema_is_described() {
    for id in DocumentId::ALL {
        let document = describe(id).unwrap().finish();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for (name, schema) in schemas {
            let members = schema["properties"].as_object().into_iter().flatten();
            for (member, schema) in members {
                let text = schema["description"].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{id:?}: {member} of {name}");
            }
        }
    }
}

#[test]
fn every_example_is_valid() {
    for id in DocumentId::ALL {
        let document = describe(id).unwrap().finish();
        let mut found = Vec::new();
        examples(&document["paths"], &mut found);
        examples(&document["components"]["schemas"], &mut found);
        assert!(!found.is_empty(), "{id:?}");
        for (schema, example) in found {
            let root = json!({
                "allOf": [schema],
                "components": { "schemas": document["components"]["schemas"] },
            });
            let validator = jsonschema::draft202012::new(&root).unwrap();
            assert!(validator.is_valid(&example), "{id:?}: {example} is no {schema}");
        }
    }
}

#[test]
fn an_operation_that_reads_credentials_says_how() {
    let document = describe(DocumentId::Tokens).unwrap().finish();
    assert_eq!(document["components"]["securitySchemes"]["client"]["scheme"], "basic");
    let paths = document["paths"].as_object().unwrap();
    let posts: Vec<&Value> = paths.values().filter_map(|path| path.get("post")).collect();
    assert_eq!(posts.len(), 2);
    for operation in posts {
        // By HTTP Basic, or by nothing but the body.
        assert_eq!(operation["security"], json!([{ "client": [] }, {}]));
    }
}
