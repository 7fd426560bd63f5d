//! The OpenAPI 3.1 document of an API, from its own routes and types (feature `openapi`).
//!
//! A route that is not described, or described twice, is an error: the document cannot fall
//! behind the code.

use std::collections::BTreeMap;

use domain::identity::Role;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{Access, Api, Route, Schemes};

/// The document cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DescribeError {
    /// Two functions serve one route.
    #[error("{0} is described twice")]
    Twice(String),
    /// A row of a route table has no description.
    #[error("{0} is not described")]
    Missing(&'static str),
}

/// A parameter of the query, a header or a path.
#[derive(Debug, Clone)]
pub struct Parameter {
    name: &'static str,
    place: &'static str,
    text: &'static str,
    schema: Value,
}

impl Parameter {
    /// A parameter in the query.
    pub fn query(name: &'static str, text: &'static str, schema: Value) -> Self {
        Self { name, place: "query", text, schema }
    }

    /// A header.
    pub fn header(name: &'static str, text: &'static str, schema: Value) -> Self {
        Self { name, place: "header", text, schema }
    }

    fn to_json(&self, required: bool) -> Value {
        json!({
            "name": self.name,
            "in": self.place,
            "required": required,
            "description": self.text,
            "schema": self.schema,
        })
    }
}

/// Describes a function: the parameters of its paths, and every route.
pub type DescribeApi = fn(&mut Describer) -> Result<(), DescribeError>;

/// Describes one operation: its summary, parameters, request and responses.
pub type Describe = fn(&mut Describer) -> Operation;

/// What an operation takes and answers.
#[derive(Debug, Default)]
pub struct Operation {
    summary: &'static str,
    parameters: Vec<Parameter>,
    request: Option<Value>,
    without_request: bool,
    answers: BTreeMap<u16, Value>,
}

impl Operation {
    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The request may come without its body.
    #[must_use]
    pub fn or_nothing(mut self) -> Self {
        self.without_request = true;
        self
    }

    /// Adds an answer without a body.
    #[must_use]
    pub fn answer(mut self, status: u16, text: &str) -> Self {
        self.answers.insert(status, json!({ "description": text }));
        self
    }
}

/// Makes the operations of one function.
#[derive(Debug)]
pub struct Describer {
    schemas: SchemaGenerator,
    operations: Vec<(String, String, Value)>,
    path_parameters: BTreeMap<&'static str, (&'static str, Value)>,
}

impl Describer {
    /// Says what the segment `{name}` of the function's paths is.
    pub fn path_parameter(&mut self, name: &'static str, text: &'static str, schema: Value) {
        self.path_parameters.insert(name, (text, schema));
    }

    /// An operation with this summary.
    pub fn operation(&self, summary: &'static str) -> Operation {
        Operation { summary, ..Operation::default() }
    }

    /// The request body is a `T`, in the media type of its route.
    pub fn takes<T: JsonSchema>(&mut self, mut operation: Operation) -> Operation {
        operation.request = Some(self.schema::<T>());
        operation
    }

    /// An answer whose body is a `T`.
    pub fn answers<T: JsonSchema>(
        &mut self,
        mut operation: Operation,
        status: u16,
        text: &str,
    ) -> Operation {
        let schema = self.schema::<T>();
        operation.answers.insert(status, body(text, "application/json", schema));
        operation
    }

    /// An answer whose body is an `A` or a `B`.
    pub fn answers_one_of<A: JsonSchema, B: JsonSchema>(
        &mut self,
        mut operation: Operation,
        status: u16,
        text: &str,
    ) -> Operation {
        let schema = json!({ "anyOf": [self.schema::<A>(), self.schema::<B>()] });
        operation.answers.insert(status, body(text, "application/json", schema));
        operation
    }

    /// A problem whose body is a `T`.
    pub fn problem<T: JsonSchema>(
        &mut self,
        operation: Operation,
        status: u16,
        text: &str,
    ) -> Operation {
        self.answers::<T>(operation, status, text)
    }

    /// The schema of a type, a reference to the document's components.
    pub fn schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.subschema_for::<T>().to_value()
    }

    /// Describes every route of an API. What every route can answer (401, 403, 404, 413, 415,
    /// 429, 500, 503) is added here, with bodies that are `P`.
    ///
    /// # Errors
    /// A route has no description.
    pub fn api<A: Api, P: JsonSchema>(&mut self) -> Result<(), DescribeError> {
        let problem = self.schema::<P>();
        for route in A::ROUTES {
            let describe = route.doc.ok_or(DescribeError::Missing(route.id))?;
            let mut operation = describe(self);
            usual_problems(&mut operation, route, &problem);
            let mut parameters: Vec<Value> =
                operation.parameters.iter().map(|parameter| parameter.to_json(false)).collect();
            parameters.extend(self.in_path(route.path));
            let mut entry = json!({
                "operationId": route.id,
                "summary": operation.summary,
                "parameters": parameters,
                "responses": responses(&operation.answers),
            });
            entry["security"] = security(route.access, A::SCHEMES);
            if let Some(schema) = operation.request {
                entry["requestBody"] = json!({
                    "required": !operation.without_request,
                    "content": { route.media.as_str(): { "schema": schema } },
                });
            }
            let method = route.method.as_str().to_lowercase();
            self.operations.push((route.path.to_owned(), method, entry));
        }
        Ok(())
    }

    fn in_path(&self, path: &'static str) -> Vec<Value> {
        path.split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| {
                let (text, schema) = self
                    .path_parameters
                    .get(name)
                    .cloned()
                    .unwrap_or(("", json!({ "type": "string" })));
                Parameter { name, place: "path", text, schema }.to_json(true)
            })
            .collect()
    }
}

fn body(text: &str, media: &str, schema: Value) -> Value {
    json!({ "description": text, "content": { media: { "schema": schema } } })
}

fn responses(answers: &BTreeMap<u16, Value>) -> Value {
    answers.iter().map(|(status, answer)| (status.to_string(), answer.clone())).collect()
}

fn usual_problems<A>(operation: &mut Operation, route: &Route<A>, problem: &Value) {
    let mut usual = vec![
        (429, "Too many requests: see Retry-After."),
        (500, "An error of ours."),
        (503, "Temporarily unavailable: see Retry-After, and repeat the request."),
    ];
    if route.access != Access::Public {
        usual.push((401, "Credentials missing or wrong."));
        usual.push((403, "The client's roles do not allow this."));
    }
    if route.path.contains('{') && route.access != Access::Public {
        usual.push((404, "Does not exist, or is another client's."));
    }
    if operation.request.is_some() {
        usual.push((400, "Malformed or missing parameters: every one of them is listed."));
        usual.push((413, "The body is larger than 256 KiB."));
        usual.push((415, "The body is of another media type."));
    }
    for (status, text) in usual {
        let answer = || body(text, "application/json", problem.clone());
        operation.answers.entry(status).or_insert_with(answer);
    }
}

const BASIC: &str = "client";
const BEARER: &str = "token";

fn security(access: Access, schemes: Schemes) -> Value {
    let names: &[&str] = match schemes {
        Schemes::Basic => &[BASIC],
        Schemes::Bearer => &[BEARER],
        Schemes::BasicOrBearer => &[BASIC, BEARER],
    };
    match access {
        Access::Public => json!([]),
        Access::Roles(roles) => {
            let roles: Vec<&str> = roles.iter().map(|role| Role::as_str(*role)).collect();
            names.iter().map(|name| json!({ *name: roles })).collect()
        }
    }
}

/// The schemes that some operation names.
fn security_schemes(operations: &[(String, String, Value)]) -> Value {
    let all = [
        (BASIC, json!({ "type": "http", "scheme": "basic" })),
        (BEARER, json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" })),
    ];
    let named = |name: &str| {
        let mut asked =
            operations.iter().filter_map(|(_, _, entry)| entry["security"].as_array()).flatten();
        asked.any(|scheme| scheme.get(name).is_some())
    };
    let named = all.into_iter().filter(|(name, _)| named(name));
    named.map(|(name, scheme)| (name.to_owned(), scheme)).collect()
}

/// A document under way.
#[derive(Debug)]
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
        Self {
            title,
            text,
            describer: Describer {
                schemas: settings.into_generator(),
                operations: Vec::new(),
                path_parameters: BTreeMap::new(),
            },
        }
    }

    /// Adds a function.
    ///
    /// # Errors
    /// It serves a route that another serves already, or one that is not described.
    pub fn describe(&mut self, describe: DescribeApi) -> Result<(), DescribeError> {
        describe(&mut self.describer)?;
        let mut seen = std::collections::BTreeSet::new();
        for (path, method, _) in &self.describer.operations {
            if !seen.insert((path, method)) {
                return Err(DescribeError::Twice(format!("{method} {path}")));
            }
        }
        Ok(())
    }

    /// The document.
    pub fn finish(mut self) -> Value {
        let schemes = security_schemes(&self.describer.operations);
        let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (path, method, operation) in self.describer.operations {
            paths.entry(path).or_default().insert(method, operation);
        }
        let mut schemas = self.describer.schemas.take_definitions(true);
        schemas.values_mut().for_each(absent_is_not_null);
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": self.title,
                "version": env!("CARGO_PKG_VERSION"),
                "description": self.text,
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": schemes,
            },
        })
    }
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
        if always || nullable {
            continue;
        }
        if let Some(types) = property.get_mut("type").and_then(Value::as_array_mut) {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                property.insert("type".to_owned(), only);
            }
        }
        if let Some(choices) = property.get_mut("anyOf").and_then(Value::as_array_mut) {
            choices.retain(|choice| choice["type"] != "null");
        }
    }
}

/// What is wrong with one parameter.
#[derive(Serialize, JsonSchema)]
pub struct ViolationResponse {
    /// JSON pointer into the body, or `query/…`, `path/…`, `header/…`.
    pointer: String,
    /// What is wrong.
    message: String,
}
