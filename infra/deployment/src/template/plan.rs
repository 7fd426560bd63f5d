//! What the template asks for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    TemplateError,
    events::{self, QueueMapping, Route, Schedule, StreamMapping},
    intrinsics::Resolver,
    roles,
};

/// Everything the local cloud puts up, and everything parity tests look at.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// `AWS::DynamoDB::Table`.
    pub tables: Vec<Table>,
    /// `AWS::SQS::Queue`, dead-letter queues before the queues that use them.
    pub queues: Vec<Queue>,
    /// `AWS::Serverless::Function`.
    pub functions: Vec<Function>,
    /// Queue mappings of all functions.
    pub queue_mappings: Vec<QueueMapping>,
    /// Stream mappings of all functions.
    pub stream_mappings: Vec<StreamMapping>,
    /// Schedules of all functions.
    pub schedules: Vec<Schedule>,
    /// HTTP routes of all functions.
    pub routes: Vec<Route>,
    /// The IAM statements of each role, by the function that has it; of a role that no function
    /// has, by the role's own name (`operator` for `OperatorRole`).
    pub roles: BTreeMap<String, Vec<Value>>,
}

impl Plan {
    /// The queue with this ARN.
    pub fn queue_by_arn(&self, arn: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.arn == arn)
    }

    /// The function (folder, package, binary) of this name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

/// A table, ready to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Logical id.
    pub logical_id: String,
    /// Physical name; locally the logical id unless the template names it.
    pub name: String,
    /// The body of DynamoDB's `CreateTable`.
    pub create_request: Value,
    /// Attribute items expire by, when TTL is on.
    pub time_to_live: Option<String>,
}

/// A queue, ready to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Logical id.
    pub logical_id: String,
    /// Physical name; locally the logical id unless the template names it.
    pub name: String,
    /// Queue URL at the place's queue service.
    pub url: String,
    /// ARN.
    pub arn: String,
    /// Attributes in SQS's own names, without the redrive policy.
    pub attributes: BTreeMap<String, String>,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// A redrive policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub dead_letter_arn: String,
    /// Receives after which a message goes there.
    pub max_receives: u32,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Logical id.
    pub logical_id: String,
    /// Folder, package and binary, by the house's naming rule one word.
    pub name: String,
    /// ARN at the place.
    pub arn: String,
    /// Time-out in seconds.
    pub timeout_seconds: u64,
    /// Memory in MB.
    pub memory_mb: u64,
    /// Invocations that run at once at most; without, the account's limit.
    pub reserved_concurrency: Option<usize>,
    /// Environment of the template, resolved.
    pub environment: BTreeMap<String, String>,
}

/// The binary of a function: `Metadata.BuildProperties.Binary`, else the folder
/// of `CodeUri`, else the logical id in kebab case without `Function`.
pub(super) fn binary_name(logical_id: &str, resource: &Value) -> String {
    let given = |pointer: &str| resource.pointer(pointer).and_then(Value::as_str);
    if let Some(binary) = given("/Metadata/BuildProperties/Binary") {
        return binary.to_owned();
    }
    let folder = given("/Properties/CodeUri")
        .and_then(|uri| uri.trim_end_matches('/').rsplit('/').next())
        .filter(|folder| !folder.trim_matches('.').is_empty());
    if let Some(folder) = folder {
        return folder.to_owned();
    }
    let stem = logical_id.strip_suffix("Function").unwrap_or(logical_id);
    let mut name = String::new();
    for letter in stem.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

pub(super) fn plan(resolver: &Resolver<'_>) -> Result<Plan, TemplateError> {
    let mut plan = Plan::default();
    for (id, kind, resource) in resolver.resources()? {
        match kind {
            "AWS::DynamoDB::Table" => plan.tables.push(table(resolver, id, resource)?),
            "AWS::SQS::Queue" => plan.queues.push(queue(resolver, id, resource)?),
            "AWS::Serverless::Function" => {
                let function = function(resolver, id, resource)?;
                events::collect(resolver, &function, resource, &mut plan)?;
                plan.functions.push(function);
            }
            _ => {}
        }
    }
    plan.roles = roles::roles(resolver)?;
    // A redrive policy can only name a queue that exists.
    plan.queues.sort_by_key(|queue| queue.redrive.is_some());
    Ok(plan)
}

fn properties(resource: &Value) -> Map<String, Value> {
    resource.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn table(resolver: &Resolver<'_>, id: &str, resource: &Value) -> Result<Table, TemplateError> {
    let properties = properties(resource);
    let name = resolver.physical_name(id, "TableName")?;
    let mut request = Map::new();
    request.insert("TableName".to_owned(), json!(name));
    request.insert("BillingMode".to_owned(), json!("PAY_PER_REQUEST"));
    for property in
        ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
    {
        if let Some(value) = properties.get(property)
            && let Some(value) = resolver.resolve(value)?
        {
            request.insert(property.to_owned(), value);
        }
    }
    if !request.contains_key("KeySchema") {
        return Err(TemplateError::Property { resource: id.to_owned(), property: "KeySchema" });
    }
    if let Some(view) = properties.get("StreamSpecification").and_then(|s| s.get("StreamViewType"))
    {
        let view = resolver.text(view)?;
        request.insert(
            "StreamSpecification".to_owned(),
            json!({ "StreamEnabled": true, "StreamViewType": view }),
        );
    }
    let time_to_live = properties.get("TimeToLiveSpecification");
    let enabled = time_to_live.and_then(|t| t.get("Enabled")) == Some(&Value::Bool(true));
    let time_to_live = match time_to_live.and_then(|t| t.get("AttributeName")) {
        Some(attribute) if enabled => resolver.text(attribute)?,
        _ => None,
    };
    Ok(Table {
        logical_id: id.to_owned(),
        name,
        create_request: Value::Object(request),
        time_to_live,
    })
}

/// CloudFormation's property and SQS's attribute of the same meaning.
const QUEUE_ATTRIBUTES: [(&str, &str); 8] = [
    ("VisibilityTimeout", "VisibilityTimeout"),
    ("MessageRetentionPeriod", "MessageRetentionPeriod"),
    ("DelaySeconds", "DelaySeconds"),
    ("ReceiveMessageWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds"),
    ("MaximumMessageSize", "MaximumMessageSize"),
    ("FifoQueue", "FifoQueue"),
    ("ContentBasedDeduplication", "ContentBasedDeduplication"),
    ("DeduplicationScope", "DeduplicationScope"),
];

fn queue(resolver: &Resolver<'_>, id: &str, resource: &Value) -> Result<Queue, TemplateError> {
    let properties = properties(resource);
    let name = resolver.physical_name(id, "QueueName")?;
    let place = resolver.place();
    let mut attributes = BTreeMap::new();
    for (property, attribute) in QUEUE_ATTRIBUTES {
        if let Some(value) = properties.get(property)
            && let Some(text) = resolver.text(value)?
        {
            attributes.insert(attribute.to_owned(), text);
        }
    }
    let redrive = properties
        .get("RedrivePolicy")
        .map(|policy| {
            let malformed =
                || TemplateError::Property { resource: id.to_owned(), property: "RedrivePolicy" };
            let part = |name: &str| -> Result<String, TemplateError> {
                let value = policy.get(name).ok_or_else(malformed)?;
                resolver.text(value)?.ok_or_else(malformed)
            };
            Ok::<_, TemplateError>(Redrive {
                dead_letter_arn: part("deadLetterTargetArn")?,
                max_receives: part("maxReceiveCount")?.parse().map_err(|_| malformed())?,
            })
        })
        .transpose()?;
    Ok(Queue {
        logical_id: id.to_owned(),
        url: format!("{}/{}/{name}", place.sqs_endpoint, place.account),
        arn: format!("arn:aws:sqs:{}:{}:{name}", place.region, place.account),
        name,
        attributes,
        redrive,
    })
}

const RESERVED: &str = "ReservedConcurrentExecutions";

fn function(
    resolver: &Resolver<'_>,
    id: &str,
    resource: &Value,
) -> Result<Function, TemplateError> {
    let own = properties(resource);
    let globals = resolver.globals("Function").cloned().unwrap_or_default();
    let number = |property: &'static str, default: u64| -> Result<u64, TemplateError> {
        match own.get(property).or_else(|| globals.get(property)) {
            None => Ok(default),
            Some(value) => resolver
                .text(value)?
                .and_then(|text| text.parse().ok())
                .ok_or(TemplateError::Property { resource: id.to_owned(), property }),
        }
    };
    let mut environment = BTreeMap::new();
    for source in [&globals, &own] {
        let variables = source.get("Environment").and_then(|e| e.get("Variables"));
        for (name, value) in variables.and_then(Value::as_object).into_iter().flatten() {
            if let Some(text) = resolver.text(value)? {
                environment.insert(name.clone(), text);
            }
        }
    }
    let name = binary_name(id, resource);
    let place = resolver.place();
    Ok(Function {
        logical_id: id.to_owned(),
        arn: format!("arn:aws:lambda:{}:{}:function:{name}", place.region, place.account),
        name,
        timeout_seconds: number("Timeout", 3)?,
        memory_mb: number("MemorySize", 128)?,
        reserved_concurrency: match own.get(RESERVED) {
            None => None,
            Some(value) => match resolver.text(value)? {
                None => None,
                Some(text) => Some(text.parse().map_err(|_| TemplateError::Property {
                    resource: id.to_owned(),
                    property: RESERVED,
                })?),
            },
        },
        environment,
    })
}
