//! Region, credentials, endpoints, time-outs and retries of all AWS clients.

use std::{fmt, time::Duration};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::{
    behavior_version::BehaviorVersion, http::SharedHttpClient,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use thiserror::Error;

/// Time-out to open a connection (`infra/docs/reliability.md`, fact 4).
const CONNECT: Duration = Duration::from_millis(500);
/// Time-out to the first byte of a response.
const READ: Duration = Duration::from_secs(1);
/// Time-out of one attempt.
const ATTEMPT: Duration = Duration::from_millis(1_200);
/// Time-out of a call with all its attempts.
const OPERATION: Duration = Duration::from_secs(4);
/// Maximum attempts of a call, the first included.
const ATTEMPTS: u32 = 4;
/// Maximum delay before the second attempt; doubles with each attempt, with full jitter.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// How long an idle connection is kept: below the 20 s after which DynamoDB may close it.
const IDLE: Duration = Duration::from_secs(20);
/// Capacity of the retry token bucket; a retry costs five to ten tokens.
const RETRY_TOKENS: usize = 500;
/// Retry tokens refilled per second. Without a refill, a quota exhausted by an outage stays
/// exhausted on a warm function (`infra/docs/reliability.md`, fact 5).
const RETRY_TOKENS_PER_SECOND: f32 = 25.0;
/// The longest SQS long poll (20 s) plus a margin.
const LONG_POLL: Duration = Duration::from_secs(25);

/// An AWS service that this system calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The queues.
    Sqs,
}

impl Service {
    /// The environment variable that overrides the service's endpoint, as in every AWS SDK.
    pub const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
        }
    }
}

/// The settings cannot be read: lists every variable that is missing or empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("environment variables missing or empty: {}", missing.join(", "))]
pub struct SettingsError {
    /// The names of the variables.
    pub missing: Vec<&'static str>,
}

/// The settings that all AWS clients of a process share.
#[derive(Clone)]
pub struct Settings {
    region: Region,
    credentials: SharedCredentialsProvider,
    http: SharedHttpClient,
    retries: RetryPartition,
    dynamodb: Option<String>,
    sqs: Option<String>,
    timeouts: TimeoutConfig,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("dynamodb", &self.dynamodb)
            .field("sqs", &self.sqs)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the variables that Lambda sets: `AWS_REGION` (or `AWS_DEFAULT_REGION`),
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; and the endpoints
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`. Lambda never
    /// changes them during the lifetime of a process.
    ///
    /// # Errors
    /// Lists all missing variables.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Settings::from_env`], from any other source of variables.
    ///
    /// # Errors
    /// Lists all missing variables.
    pub fn from_lookup(
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let get = |name| variable(name).filter(|value| !value.is_empty());
        let mut missing = Vec::new();
        let mut require = |name, value: Option<String>| {
            value.unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
        };
        let region = require("AWS_REGION", get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")));
        let key = require("AWS_ACCESS_KEY_ID", get("AWS_ACCESS_KEY_ID"));
        let secret = require("AWS_SECRET_ACCESS_KEY", get("AWS_SECRET_ACCESS_KEY"));
        if !missing.is_empty() {
            return Err(SettingsError { missing });
        }
        let token = get("AWS_SESSION_TOKEN");
        let endpoint =
            |service: Service| get(service.endpoint_variable()).or_else(|| get("AWS_ENDPOINT_URL"));
        Ok(Self {
            region: Region::new(region),
            credentials: SharedCredentialsProvider::new(Credentials::new(
                key,
                secret,
                token,
                None,
                "environment",
            )),
            http: http_client(),
            retries: retry_partition(RETRY_TOKENS, RETRY_TOKENS_PER_SECOND),
            dynamodb: endpoint(Service::DynamoDb),
            sqs: endpoint(Service::Sqs),
            timeouts: timeouts(READ, ATTEMPT, OPERATION),
        })
    }

    /// Settings for an emulator: every service at `endpoint`, with dummy credentials.
    pub fn emulator(endpoint: &str) -> Self {
        Self::from_lookup(|name| match name {
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
            "AWS_ENDPOINT_URL" => Some(endpoint.to_owned()),
            _ => None,
        })
        .expect("the three required variables are set above")
    }

    /// The same settings with time-outs long enough for an SQS long poll of 20 seconds. For tools;
    /// functions do not long-poll.
    #[must_use]
    pub fn for_long_polls(mut self) -> Self {
        self.timeouts = timeouts(LONG_POLL, LONG_POLL, LONG_POLL + OPERATION);
        self
    }

    /// The same settings with an empty retry quota, for tests.
    #[cfg(test)]
    pub(crate) fn without_retries(mut self) -> Self {
        self.retries = retry_partition(0, 0.0);
        self
    }

    /// The endpoint override of a service; none for the endpoint of AWS.
    pub fn endpoint_for(&self, service: Service) -> Option<&str> {
        match service {
            Service::DynamoDb => self.dynamodb.as_deref(),
            Service::Sqs => self.sqs.as_deref(),
        }
    }

    /// The region.
    pub fn region(&self) -> &str {
        self.region.as_ref()
    }

    /// The configuration of a service's client. The client's builder also needs
    /// [`Settings::retry_partition`] and a [`QuotaWatch`](crate::QuotaWatch), which an
    /// [`SdkConfig`] cannot hold:
    ///
    /// ```ignore
    /// let config = aws_sdk_dynamodb::config::Builder::from(&settings.sdk_config(Service::DynamoDb))
    ///     .retry_partition(settings.retry_partition())
    ///     .interceptor(QuotaWatch)
    ///     .build();
    /// ```
    pub fn sdk_config(&self, service: Service) -> SdkConfig {
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(self.timeouts.clone())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS)
                    .with_initial_backoff(FIRST_BACKOFF),
            )
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        builder.set_endpoint_url(self.endpoint_for(service).map(str::to_owned));
        builder.build()
    }

    /// The retry quota that all clients of the process share.
    pub fn retry_partition(&self) -> RetryPartition {
        self.retries.clone()
    }
}

fn http_client() -> SharedHttpClient {
    Builder::new()
        .pool_idle_timeout(IDLE)
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}

fn retry_partition(tokens: usize, per_second: f32) -> RetryPartition {
    let bucket = TokenBucket::builder().capacity(tokens).refill_rate(per_second).build();
    RetryPartition::custom("orderwire").token_bucket(bucket).build()
}

fn timeouts(read: Duration, attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(read)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(extra: &'static [(&'static str, &'static str)]) -> Result<Settings, SettingsError> {
        Settings::from_lookup(move |name| {
            extra.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const BASE: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];

    #[test]
    fn all_missing_variables_are_listed() {
        let error = settings(&[("AWS_ACCESS_KEY_ID", "")]).unwrap_err();
        assert_eq!(error.missing, ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    }

    #[test]
    fn a_services_own_endpoint_takes_precedence_over_the_common_one() {
        const SPECIFIC: [(&str, &str); 5] = [
            BASE[0],
            BASE[1],
            BASE[2],
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2"),
        ];
        let settings = settings(&SPECIFIC).unwrap();
        assert_eq!(settings.endpoint_for(Service::DynamoDb), Some("http://127.0.0.1:1"));
        assert_eq!(settings.sdk_config(Service::Sqs).endpoint_url(), Some("http://127.0.0.1:2"),);
    }

    #[test]
    fn without_an_endpoint_variable_the_default_endpoint_is_used() {
        let settings = settings(&BASE).unwrap();
        assert_eq!(settings.sdk_config(Service::DynamoDb).endpoint_url(), None);
        assert_eq!(settings.region(), "eu-north-1");
    }

    #[test]
    fn every_client_has_all_four_time_outs() {
        let config = settings(&BASE).unwrap().sdk_config(Service::DynamoDb);
        let timeouts = config.timeout_config().unwrap();
        assert_eq!(timeouts.connect_timeout(), Some(CONNECT));
        assert_eq!(timeouts.read_timeout(), Some(READ));
        assert_eq!(timeouts.operation_attempt_timeout(), Some(ATTEMPT));
        assert_eq!(timeouts.operation_timeout(), Some(OPERATION));
        assert_eq!(config.retry_config().unwrap().max_attempts(), 4);
    }

    #[test]
    fn debug_output_contains_no_secret() {
        let text = format!("{:?}", settings(&BASE).unwrap());
        assert!(!text.contains("secret") && !text.contains("\"id\""), "{text}");
    }
}
