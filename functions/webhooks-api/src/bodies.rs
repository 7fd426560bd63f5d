//! The bodies of responses.

#[cfg(feature = "openapi")]
mod example;

use domain::{
    clock::rfc3339,
    webhook::{AttemptResult, DeliveryState, Endpoint, LoggedAttempt},
};
use serde::Serialize;
use store::StoredDelivery;

/// An endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EndpointResponse {
    /// Its id.
    id: String,
    /// Where it listens.
    url: String,
    /// What it wants to hear.
    events: Vec<String>,
    /// `ENABLED` or `DISABLED`: nothing is delivered to it until it is enabled again.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["ENABLED", "DISABLED"])))]
    status: &'static str,
    /// Why it is disabled: `gone` or `only_failures`.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<&'static str>,
    /// Since when it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    disabled_at: Option<String>,
    /// The first failure since the last success.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    failing_since: Option<String>,
    /// When it was registered.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    created_at: String,
}

impl From<&Endpoint> for EndpointResponse {
    fn from(endpoint: &Endpoint) -> Self {
        let disabled = endpoint.health.disabled;
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url.to_string(),
            events: endpoint.events.iter().map(|pattern| pattern.to_string()).collect(),
            status: if disabled.is_some() { "DISABLED" } else { "ENABLED" },
            disabled_reason: disabled.map(|disabled| disabled.why.as_str()),
            disabled_at: disabled.map(|disabled| rfc3339(disabled.at)),
            failing_since: endpoint.health.failing_since.map(rfc3339),
            created_at: rfc3339(endpoint.created_at),
        }
    }
}

/// An endpoint and its secret, which is never shown again.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: EndpointResponse,
    /// The key of its signatures (Standard Webhooks 1.0), shown this once.
    secret: String,
    /// After a rotation: until when the secret before it signs as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    previous_secret_until: Option<String>,
}

impl From<&Endpoint> for EndpointWithSecret {
    fn from(endpoint: &Endpoint) -> Self {
        let previous = endpoint.secrets.previous.first();
        Self {
            endpoint: endpoint.into(),
            secret: endpoint.secrets.current.reveal(),
            previous_secret_until: previous.map(|(_, until)| rfc3339(*until)),
        }
    }
}

/// A client's endpoints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EndpointList {
    /// At most ten, the oldest first.
    pub(crate) webhooks: Vec<EndpointResponse>,
}

/// An attempt that was made.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttemptResponse {
    /// 1, and one more with every replay.
    round: u32,
    /// Within its round.
    number: u8,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    at: String,
    /// Status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Why there was no answer: `name_not_found`, `forbidden`, `not_connected`, `not_trusted`,
    /// `timed_out` or `broken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// How long it took, in milliseconds.
    duration_ms: i64,
}

impl From<&LoggedAttempt> for AttemptResponse {
    fn from(logged: &LoggedAttempt) -> Self {
        let (status, error) = match logged.result {
            AttemptResult::Answered(status) => (Some(status), None),
            AttemptResult::Failed(word) => (None, Some(word)),
        };
        Self {
            round: logged.attempt.round,
            number: logged.attempt.number,
            at: rfc3339(logged.at),
            status,
            error,
            duration_ms: i64::try_from(logged.took.whole_milliseconds()).unwrap_or(i64::MAX),
        }
    }
}

/// A message to the endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryResponse {
    /// The message's `webhook-id`.
    id: String,
    /// What it is about.
    r#type: &'static str,
    /// `WAITING`, `DELIVERED`, `EXHAUSTED` (every attempt failed) or `ABANDONED`.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend("enum" = ["WAITING", "DELIVERED", "EXHAUSTED", "ABANDONED"]))
    )]
    status: &'static str,
    /// Why it was abandoned: `gone`, `endpoint_disabled` or `endpoint_deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// When the message was made.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    created_at: String,
    /// When the next attempt is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    next_attempt_at: Option<String>,
    /// The last attempts, oldest first; at most 20.
    attempts: Vec<AttemptResponse>,
}

impl From<&StoredDelivery> for DeliveryResponse {
    fn from(stored: &StoredDelivery) -> Self {
        let (status, reason, next) = match stored.delivery.state {
            DeliveryState::Waiting { next_at } => ("WAITING", None, Some(next_at)),
            DeliveryState::Delivered { .. } => ("DELIVERED", None, None),
            DeliveryState::Exhausted { .. } => ("EXHAUSTED", None, None),
            DeliveryState::Abandoned { why, .. } => ("ABANDONED", Some(why.as_str()), None),
        };
        Self {
            id: stored.delivery.message.to_string(),
            r#type: stored.event.as_str(),
            status,
            reason,
            created_at: rfc3339(stored.created_at),
            next_attempt_at: next.map(rfc3339),
            attempts: stored.attempts.iter().map(AttemptResponse::from).collect(),
        }
    }
}

/// A page of deliveries, the newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeliveryList {
    /// The newest first.
    pub(crate) deliveries: Vec<DeliveryResponse>,
    /// Where the next page begins; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
}
