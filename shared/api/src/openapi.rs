//! The OpenAPI 3.1 document of an API, from its own routes, schemas and types (feature `openapi`).
//!
//! A route that is not described, or described twice, is an error: the document cannot fall
//! behind the code. Request bodies and query parameters are the tables that validate them;
//! response bodies are the types that are serialized.

mod document;
mod operation;
mod responses;
mod security;

use std::{collections::BTreeMap, str::FromStr};

use domain::text::Described;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{
    Access, Api, ProblemBody, Route,
    schema::{Form, Judge, Member, Object, form_schema, reference, table_schema},
};

pub use document::Document;
pub use operation::{Link, Operation, Parameter};

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

/// Describes a function: the parameters of its paths, and every route.
pub type DescribeApi = fn(&mut Describer) -> Result<(), DescribeError>;

/// Describes one operation: its summary, parameters, request and responses.
pub type Describe = fn(&mut Describer) -> Operation;

/// The schema of a text that a value type accepts.
pub fn text<T: Described>() -> Value {
    form_schema(&Form::of::<T>())
}

/// The schema of a text that a value type accepts, as a segment of a path: a request with a
/// backslash in its path is refused before it is routed.
pub fn segment<T: Described>() -> Value {
    let mut schema = text::<T>();
    schema["not"] = json!({ "pattern": r"\\" });
    schema
}

/// A response body that has an example: a value of its type, which the type writes as it writes
/// every response.
pub trait Example {
    /// The example.
    fn example() -> Value;
}

/// A value of an example.
///
/// # Panics
/// The text is none of the type: the document cannot be made, which its generator's test shows.
pub fn sample<T: FromStr>(text: &str) -> T {
    text.parse().ok().expect("examples are made of valid texts")
}

/// Makes the operations of one function.
pub struct Describer {
    schemas: SchemaGenerator,
    operations: Vec<(String, String, Value)>,
    path_parameters: BTreeMap<&'static str, (&'static str, Value)>,
    tags: Vec<(&'static str, &'static str)>,
    messages: Map<String, Value>,
    requests: Vec<(&'static str, &'static dyn Judge)>,
}

impl Describer {
    fn new(schemas: SchemaGenerator) -> Self {
        Self {
            schemas,
            operations: Vec::new(),
            path_parameters: BTreeMap::new(),
            tags: Vec::new(),
            messages: Map::new(),
            requests: Vec::new(),
        }
    }

    /// The tag of the operations that are described from here on, and what it groups.
    pub fn tag(&mut self, name: &'static str, text: &'static str) {
        self.tags.push((name, text));
    }

    /// Says what the segment `{name}` of the function's paths is.
    pub fn path_parameter(&mut self, name: &'static str, text: &'static str, schema: Value) {
        self.path_parameters.insert(name, (text, schema));
    }

    /// An operation with this summary.
    pub fn operation(&self, summary: &'static str) -> Operation {
        Operation { summary, ..Operation::default() }
    }

    /// The request body is an object of this type, in the media type of its route.
    pub fn takes<Q: Copy + Sync + 'static>(
        &mut self,
        mut operation: Operation,
        object: &'static Object<Q>,
    ) -> Operation {
        operation.request = Some(reference(object, &mut self.schemas));
        operation.example = object.example;
        operation.judge = Some(object);
        operation
    }

    /// The request body is a `T`, which no table describes.
    pub fn takes_type<T: JsonSchema>(&mut self, mut operation: Operation) -> Operation {
        operation.request = Some(self.schema::<T>());
        operation
    }

    /// A response whose body is a `T`, with its example.
    pub fn responds_with<T: JsonSchema + Example>(
        &mut self,
        mut operation: Operation,
        status: u16,
        text: &str,
    ) -> Operation {
        let schema = self.schema::<T>();
        operation.responses.insert(status, responses::shown(text, schema, T::example()));
        operation
    }

    /// A response whose body is an `A` or a `B`, with the example of an `A`.
    pub fn responds_with_one_of<A: JsonSchema + Example, B: JsonSchema>(
        &mut self,
        mut operation: Operation,
        status: u16,
        text: &str,
    ) -> Operation {
        let schema = json!({ "anyOf": [self.schema::<A>(), self.schema::<B>()] });
        operation.responses.insert(status, responses::shown(text, schema, A::example()));
        operation
    }

    /// The schema of a type, a reference to the document's components.
    pub fn schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.subschema_for::<T>().to_value()
    }

    /// A message that is POSTed to a client's endpoint (the `webhooks` of the document), signed as
    /// Standard Webhooks 1.0 says.
    pub fn message<Q: Copy + 'static>(
        &mut self,
        name: &str,
        summary: &str,
        object: &'static Object<Q>,
    ) {
        let schema = reference(object, &mut self.schemas);
        let header = |name: &'static str, text: &'static str| {
            Parameter::header(name, text, json!({ "type": "string" })).to_json(true)
        };
        let operation = json!({
            "operationId": name.replace('.', "_"),
            "summary": summary,
            "description": format!("{summary}. Delivered at least once."),
            "tags": self.tags.last().map(|(tag, _)| vec![*tag]).unwrap_or_default(),
            "parameters": [
                header("webhook-id", "The message's id: the same on every attempt."),
                header("webhook-timestamp", "When the attempt was signed: seconds since 1970."),
                header("webhook-signature", "The signatures, separated by blanks: `v1,<base64>`."),
            ],
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": schema } },
            },
            "responses": {
                "204": { "description": "Received. Any other 2xx means the same." },
                "410": { "description": "Disables the endpoint." },
                "default": { "description": "Not received: the message is sent again." },
            },
            "security": [],
        });
        self.messages.insert(name.to_owned(), json!({ "post": operation }));
    }

    /// Describes every route of an API. What every route can answer (400, 401, 403, 404, 413, 415,
    /// 429, 500, 503) is added here, with bodies that are `P` in the media type of its problems.
    ///
    /// # Errors
    /// A route has no description.
    pub fn api<A: Api, P: JsonSchema>(&mut self) -> Result<(), DescribeError> {
        let problem = self.schema::<P>();
        for route in A::ROUTES {
            let describe = route.doc.ok_or(DescribeError::Missing(route.id))?;
            let operation = describe(self);
            let media = <A::Problems as ProblemBody>::MEDIA;
            let entry = self.entry(route, operation, (media, &problem));
            let method = route.method.as_str().to_lowercase();
            self.operations.push((route.path.to_owned(), method, entry));
        }
        Ok(())
    }

    fn entry<A: Api>(
        &mut self,
        route: &Route<A>,
        operation: Operation,
        problem: (&str, &Value),
    ) -> Value {
        let mut entry = json!({
            "operationId": route.id,
            "summary": operation.summary,
            "description": description(&operation, route.access),
            "tags": self.tags.last().map(|(tag, _)| vec![*tag]).unwrap_or_default(),
            "parameters": self.parameters(route, &operation),
            "responses": responses::all(&operation, route, problem),
            "security": security::of(&operation, route.access, A::SCHEMES),
        });
        if route.deprecated {
            entry["deprecated"] = json!(true);
        }
        if let Some(judge) = operation.judge {
            self.requests.push((route.id, judge));
        }
        if let Some(schema) = operation.request {
            let mut content = json!({ "schema": schema });
            if let Some(example) = operation.example.and_then(|e| serde_json::from_str(e).ok()) {
                content["example"] = example;
            }
            entry["requestBody"] = json!({
                "required": !operation.without_request,
                "content": { route.media.as_str(): content },
            });
        }
        entry
    }

    fn parameters<A>(&mut self, route: &Route<A>, operation: &Operation) -> Vec<Value> {
        let mut all = Vec::new();
        for member in route.query.members() {
            all.extend(self.in_query(member));
        }
        if route.query.has_cursor() {
            let text = "Continues a list: the cursor of the page before.";
            let schema = json!({ "type": "string", "minLength": 1 });
            all.push(Parameter::query("cursor", text, schema).to_json(false));
        }
        all.extend(operation.parameters.iter().map(|parameter| parameter.to_json(false)));
        all.push(json!({ "$ref": "#/components/parameters/CorrelationId" }));
        all.extend(self.in_path(route.path));
        all
    }

    /// A declared query parameter under each of its names.
    fn in_query(&mut self, member: &'static Member) -> Vec<Value> {
        let mut schema = table_schema(member, &mut self.schemas);
        let text = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut all = vec![json!({
            "name": member.name,
            "in": "query",
            "required": false,
            "description": text.unwrap_or_default(),
            "schema": schema,
        })];
        for (name, deprecated) in member.aliases.iter().flat_map(|aliases| aliases.names) {
            let mut alias = all[0].clone();
            alias["name"] = json!(name);
            alias["description"] = json!(format!("Alias of `{}`.", member.name));
            if *deprecated {
                alias["deprecated"] = json!(true);
            }
            all.push(alias);
        }
        all
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
                Parameter::path(name, text, schema).to_json(true)
            })
            .collect()
    }
}

/// The operation's own description, and who may call it.
fn description(operation: &Operation, access: Access) -> String {
    let about = if operation.about.is_empty() { operation.summary } else { operation.about };
    let about = about.trim_end_matches('.');
    match access {
        Access::Public if operation.authenticates => {
            format!("{about}. The client's id and secret come by HTTP Basic, or in the body.")
        }
        Access::Public => format!("{about}. No credentials are needed."),
        Access::Roles(roles) => {
            let roles: Vec<String> =
                roles.iter().map(|role| format!("`{}`", role.as_str())).collect();
            format!("{about}. Roles: {}.", roles.join(", "))
        }
    }
}
