use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::schema::Judge;

/// A parameter of the query, a header or a path.
#[derive(Debug, Clone)]
pub struct Parameter {
    name: &'static str,
    place: &'static str,
    text: &'static str,
    schema: Value,
}

impl Parameter {
    /// A header.
    pub fn header(name: &'static str, text: &'static str, schema: Value) -> Self {
        Self { name, place: "header", text, schema }
    }

    pub(super) fn query(name: &'static str, text: &'static str, schema: Value) -> Self {
        Self { name, place: "query", text, schema }
    }

    pub(super) fn path(name: &'static str, text: &'static str, schema: Value) -> Self {
        Self { name, place: "path", text, schema }
    }

    pub(super) fn to_json(&self, required: bool) -> Value {
        json!({
            "name": self.name,
            "in": self.place,
            "required": required,
            "description": self.text,
            "schema": self.schema,
        })
    }
}

/// What an operation takes and returns.
#[derive(Default)]
pub struct Operation {
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) request: Option<Value>,
    pub(super) example: Option<&'static str>,
    pub(super) judge: Option<&'static dyn Judge>,
    pub(super) without_request: bool,
    pub(super) idempotent: bool,
    pub(super) authenticates: bool,
    pub(super) responses: BTreeMap<u16, Value>,
    pub(super) problems: BTreeMap<u16, String>,
}

/// A later request that a response makes possible.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Of which operation, by its id.
    pub operation: &'static str,
    /// Its parameters, each with the runtime expression of its value: `$response.body#/id`.
    pub parameters: &'static [(&'static str, &'static str)],
}

impl Link {
    fn to_json(self) -> Value {
        let parameters: serde_json::Map<String, Value> =
            self.parameters.iter().map(|(name, from)| ((*name).to_owned(), json!(from))).collect();
        json!({ "operationId": self.operation, "parameters": parameters })
    }
}

impl Operation {
    /// Describes the operation in more words than its summary.
    #[must_use]
    pub fn about(mut self, text: &'static str) -> Self {
        self.about = text;
        self
    }

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

    /// The operation itself reads the credentials of the client, from HTTP Basic or from the body.
    #[must_use]
    pub fn authenticates(mut self) -> Self {
        self.authenticates = true;
        self
    }

    /// The request may carry an `Idempotency-Key`.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        let text = "Makes the request safe to repeat for 24 hours: the first response comes \
                    again, with `Idempotency-Replayed: true`.";
        let schema = json!({
            "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$",
        });
        self.idempotent = true;
        self.parameter(Parameter::header("Idempotency-Key", text, schema))
            .problem(422, "The key was used for another request.")
    }

    /// Adds a response without a body.
    #[must_use]
    pub fn responds(mut self, status: u16, text: &str) -> Self {
        self.responses.insert(status, json!({ "description": text }));
        self
    }

    /// A response that is there already makes these requests possible.
    #[must_use]
    pub fn links(mut self, status: u16, links: &[Link]) -> Self {
        for link in links {
            if let Some(response) = self.responses.get_mut(&status) {
                response["links"][link.operation] = link.to_json();
            }
        }
        self
    }

    /// Adds a response whose body is a picture in any of these media types.
    #[must_use]
    pub fn picture(mut self, status: u16, text: &str, media: &[&str]) -> Self {
        let schema = json!({ "type": "string", "format": "binary" });
        let content: serde_json::Map<String, Value> =
            media.iter().map(|media| ((*media).to_owned(), json!({ "schema": schema }))).collect();
        self.responses.insert(status, json!({ "description": text, "content": content }));
        self
    }

    /// Adds a problem.
    #[must_use]
    pub fn problem(mut self, status: u16, text: &str) -> Self {
        self.problems.insert(status, text.to_owned());
        self
    }

    /// A response that is there already has this header of the components: `Location`, `ETag`, `Link`.
    #[must_use]
    pub fn header(mut self, status: u16, name: &str) -> Self {
        if let Some(answer) = self.responses.get_mut(&status) {
            answer["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
        self
    }
}
