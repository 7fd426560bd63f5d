//! Published limits, and what the template sets.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use harness::template;
use serde::Deserialize;
use serde_json::Value;

const LIMITS: &str = include_str!("../../limits.toml");

/// The limits.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) dynamodb: DynamoDb,
    pub(crate) sqs: Sqs,
    pub(crate) lambda: Lambda,
    pub(crate) api_gateway: ApiGateway,
    pub(crate) milliseconds: Milliseconds,
    /// What the template sets.
    #[serde(skip)]
    pub(crate) deployed: Deployed,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DynamoDb {
    pub(crate) key_write_units: f64,
    pub(crate) key_read_units: f64,
    pub(crate) table_write_units: f64,
    pub(crate) table_read_units: f64,
    pub(crate) new_table_write_units: f64,
    pub(crate) new_table_read_units: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Sqs {
    pub(crate) in_flight: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Lambda {
    pub(crate) account_concurrency: f64,
    pub(crate) scaling_in_ten_seconds: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ApiGateway {
    pub(crate) account_requests: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Milliseconds {
    pub(crate) table_read: f64,
    pub(crate) table_write: f64,
    pub(crate) table_transaction: f64,
    pub(crate) queue_request: f64,
    pub(crate) network_request: f64,
    pub(crate) delivery: f64,
}

/// What `infra/template.yaml` sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deployed {
    /// Requests a second that the stage of the API lets pass.
    pub(crate) stage_requests: f64,
    /// Creates of ECC subscriptions a second that their route lets pass.
    pub(crate) creates: f64,
    /// Instances at most, and messages of a batch, of a function with a queue.
    pub(crate) queues: BTreeMap<String, (f64, f64)>,
    /// Records of a batch of the relay, and its batches of a shard at the same time.
    pub(crate) relay: (f64, f64),
}

impl Limits {
    /// # Errors
    /// The file or the template is not as expected.
    pub(crate) fn read() -> Result<Self> {
        let limits: Self = toml::from_str(LIMITS)?;
        Ok(Self { deployed: Deployed::read()?, ..limits })
    }
}

impl Deployed {
    fn read() -> Result<Self> {
        let template = template::template();
        let resources = template.resources();
        let stage = resources
            .values()
            .find_map(|it| it.pointer("/Properties/DefaultRouteSettings/ThrottlingRateLimit"));
        let routes = resources.values().find_map(|it| it.pointer("/Properties/RouteSettings"));
        let creates = routes.map(|it| &it["POST /ecc/v1/subscriptions"]["ThrottlingRateLimit"]);
        let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        let mut found = Self {
            stage_requests: stage.and_then(number).context("the stage has no throttle")?,
            creates: creates.and_then(number).context("creates have no throttle")?,
            ..Self::default()
        };
        for function in resources.values() {
            let uri = function.pointer("/Properties/CodeUri").and_then(Value::as_str);
            let name = uri.and_then(|uri| uri.trim_end_matches('/').rsplit('/').next());
            let name = function
                .pointer("/Metadata/BuildProperties/Binary")
                .and_then(Value::as_str)
                .or(name)
                .unwrap_or_default();
            let events = function.pointer("/Properties/Events").and_then(Value::as_object);
            for event in events.into_iter().flat_map(|events| events.values()) {
                let of = |path: &str| event.pointer(path).and_then(number);
                let batch = of("/Properties/BatchSize").unwrap_or(10.0);
                if event["Type"] == "SQS" {
                    let most = of("/Properties/ScalingConfig/MaximumConcurrency");
                    found.queues.insert(name.to_owned(), (most.unwrap_or(f64::INFINITY), batch));
                } else if event["Type"] == "DynamoDB" {
                    let factor = of("/Properties/ParallelizationFactor").unwrap_or(1.0);
                    found.relay = (batch, factor);
                }
            }
        }
        anyhow::ensure!(!found.queues.is_empty() && found.relay.0 > 0.0, "no queues in {found:?}");
        Ok(found)
    }
}
