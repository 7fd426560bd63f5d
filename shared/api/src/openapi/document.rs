use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{DescribeApi, DescribeError, Describer, responses, security};
use crate::schema::Judge;

/// A document under way.
pub struct Document {
    title: &'static str,
    text: &'static str,
    describer: Describer,
}

impl Document {
    /// A document with a title and an introduction.
    pub fn new(title: &'static str, text: &'static str) -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self { title, text, describer: Describer::new(settings.into_generator()) }
    }

    /// Adds a function.
    ///
    /// # Errors
    /// It serves a route that another serves already, or one that is not described.
    pub fn describe(&mut self, describe: DescribeApi) -> Result<(), DescribeError> {
        describe(&mut self.describer)?;
        let mut seen = BTreeSet::new();
        for (path, method, _) in &self.describer.operations {
            if !seen.insert((path, method)) {
                return Err(DescribeError::Twice(format!("{method} {path}")));
            }
        }
        Ok(())
    }

    /// The request bodies that tables validate, by operation id: for the test that compares
    /// validator and document.
    pub fn requests(&self) -> Vec<(&'static str, &'static dyn Judge)> {
        self.describer.requests.clone()
    }

    /// The document.
    pub fn finish(self) -> Value {
        let mut describer = self.describer;
        let schemes = security::schemes(&describer.operations);
        let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (path, method, operation) in describer.operations {
            paths.entry(path).or_default().insert(method, operation);
        }
        let mut schemas = describer.schemas.take_definitions(true);
        schemas.values_mut().for_each(absent_is_not_null);
        let tags =
            describer.tags.iter().map(|(name, text)| json!({ "name": name, "description": text }));
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": self.title,
                "version": env!("CARGO_PKG_VERSION"),
                "description": self.text,
                "contact": { "name": "The operator of the deployment" },
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{
                "url": "https://{host}",
                "description": "A deployment.",
                "variables": {
                    "host": {
                        "default": "localhost",
                        "description": "The host of the deployment's API.",
                    },
                },
            }],
            "tags": tags.collect::<Vec<_>>(),
            "paths": paths,
        });
        if !describer.messages.is_empty() {
            document["webhooks"] = Value::Object(describer.messages);
        }
        let used = document.to_string();
        document["components"] = json!({
            "schemas": schemas,
            "parameters": responses::parameters(),
            "headers": only_used(responses::headers(), &used),
            "securitySchemes": schemes,
        });
        document
    }
}

/// The headers that some response of the document has.
fn only_used(mut headers: Value, document: &str) -> Value {
    if let Some(headers) = headers.as_object_mut() {
        headers.retain(|name, _| document.contains(&format!("#/components/headers/{name}\"")));
    }
    headers
}

/// A property that may be missing is never `null` in our JSON, whatever an `Option` could be; one
/// that may be says so by `x-nullable`.
fn absent_is_not_null(schema: &mut Value) {
    let required = schema["required"].clone();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        let Some(property) = property.as_object_mut() else { continue };
        let nullable = property.remove("x-nullable").is_some();
        let always = required.as_array().is_some_and(|all| all.contains(&json!(name)));
        if !always && !nullable {
            without_null(property);
        }
    }
}

fn without_null(property: &mut Map<String, Value>) {
    if let Some(types) = property.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(choices) = property.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}
