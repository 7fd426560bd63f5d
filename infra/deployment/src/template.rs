//! The deployment template (`infra/template.yaml`), read as CloudFormation and
//! SAM read it: short tags, parameters, conditions, globals.
//!
//! Two steps: [`Template::read`] parses the file and settles parameters and
//! conditions; [`Template::plan`] says which tables, queues, functions, routes
//! and event mappings the template asks for, with every reference resolved for
//! one [`Place`].

mod events;
mod intrinsics;
mod node;
mod parameters;
mod plan;
mod roles;
mod rules;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};
use thiserror::Error;

pub use events::{QueueMapping, Route, Schedule, StartingPosition, StreamMapping};
pub use parameters::given_in;
pub use plan::{Function, Plan, Queue, Redrive, Table};

/// The value every Secrets Manager dynamic reference has on one machine.
pub const LOCAL_SECRET: &str = "local-secret-0123456789abcdef0123456789abcdef";

/// Why a template cannot be read.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// The file cannot be opened.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not YAML.
    #[error("not yaml: {0}")]
    Yaml(#[from] saphyr::ScanError),
    /// The YAML uses something CloudFormation does not (an alias, a bad tag).
    #[error("not cloudformation yaml: {0}")]
    Shape(&'static str),
    /// A parameter was given that the template does not declare.
    #[error("unknown parameter {name}: the template has {known}")]
    UnknownParameter {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// A parameter has neither a default nor a given value.
    #[error("parameter {0} has no value")]
    ParameterWithoutValue(String),
    /// A value is not one the template allows.
    #[error("parameter {name} does not allow {value:?}: {why}")]
    ParameterNotAllowed {
        /// The parameter.
        name: String,
        /// The value given.
        value: String,
        /// What it does allow.
        why: String,
    },
    /// A file of parameters has something else than names and values.
    #[error("{}: {name} has no plain value", path.display())]
    ParameterFile {
        /// The file.
        path: PathBuf,
        /// The parameter.
        name: String,
    },
    /// Parameters contradict each other.
    #[error("{rule}: {why}")]
    Contradiction {
        /// The rule of the template.
        rule: String,
        /// What it says.
        why: String,
    },
    /// `!Ref`, `!Sub` or `!GetAtt` of something that is not there.
    #[error("unknown reference {0}")]
    UnknownReference(String),
    /// An intrinsic function this reader does not know.
    #[error("unsupported intrinsic {0}")]
    UnsupportedIntrinsic(String),
    /// A property is missing or has another shape than CloudFormation's.
    #[error("{resource}: {property} is missing or malformed")]
    Property {
        /// Logical id.
        resource: String,
        /// Property name.
        property: &'static str,
    },
}

/// Where the template is put up: what `AWS::Region` is and where queues live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Region of every ARN.
    pub region: String,
    /// Account of every ARN and queue URL, 12 digits.
    pub account: String,
    /// Base URL of the queue service, without a slash at the end.
    pub sqs_endpoint: String,
}

impl Place {
    /// One machine: fixed region and account, the queue service at `sqs_endpoint`.
    pub fn local(sqs_endpoint: &str) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            sqs_endpoint: sqs_endpoint.trim_end_matches('/').to_owned(),
        }
    }
}

/// A template with its parameters settled.
#[derive(Debug, Clone)]
pub struct Template {
    parameters: BTreeMap<String, String>,
    rules: Map<String, Value>,
    conditions: Map<String, Value>,
    mappings: Map<String, Value>,
    globals: Map<String, Value>,
    resources: Map<String, Value>,
}

impl Template {
    /// Reads the file at `path`; `given` overrides the parameters' defaults.
    pub fn read(path: &Path, given: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, given)
    }

    /// Reads a template from its text.
    pub fn parse(text: &str, given: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let mut document = node::parse(text)?;
        let mut section = |name: &str| match document.remove(name) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let declared = section("Parameters");
        Ok(Self {
            rules: section("Rules"),
            conditions: section("Conditions"),
            mappings: section("Mappings"),
            globals: section("Globals"),
            resources: section("Resources"),
            parameters: parameters::settle(&declared, given)?,
        })
    }

    /// The parameters' values: given ones and defaults.
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
    }

    /// Whether the parameters fit together, by the template's rules. Reading does not ask for it: a
    /// local cloud may have times that no deployment has.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub fn check_rules(&self) -> Result<(), TemplateError> {
        rules::check(&self.rules, &self.parameters)
    }

    /// The resources as they stand in the file, intrinsics in their long form
    /// (`{"Ref": ..}`, `{"Fn::Sub": ..}`): for tests that compare the template
    /// with something else.
    pub fn resources(&self) -> &Map<String, Value> {
        &self.resources
    }

    /// Everything the template asks for, references resolved for `place`.
    pub fn plan(&self, place: &Place) -> Result<Plan, TemplateError> {
        plan::plan(&intrinsics::Resolver::new(self, place))
    }
}
