use std::pin::pin;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::{
    carrier::{PartyCredentials, Push},
    webhook::{AttemptResult, Endpoint, EndpointUrl, Failure, MessageId, Outcome, Secrets},
};
use http::{HeaderValue, header::AUTHORIZATION};
use time::{Duration, OffsetDateTime};
use webhooks::{DeliveryClient, Target};

/// The destination of an attempt.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The URL.
    pub url: EndpointUrl,
    /// The keys of its signatures.
    pub secrets: Secrets,
    /// `Authorization`, where the receiver is an API that authenticates its callers.
    pub credentials: Option<HeaderValue>,
}

impl Destination {
    /// A client's endpoint.
    pub fn endpoint(endpoint: &Endpoint) -> Self {
        let Endpoint { url, secrets, .. } = endpoint.clone();
        Self { url, secrets, credentials: None }
    }

    /// A path of a party's API. None: the URL or the user name is not legal.
    pub fn party(base: &str, push: &Push, shown: &PartyCredentials) -> Option<Self> {
        let user = format!("{}:{}", shown.client_id, shown.client_secret);
        let mut basic = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(user))).ok()?;
        basic.set_sensitive(true);
        Some(Self {
            url: format!("{base}{}", push.path).parse().ok()?,
            secrets: Secrets::new(shown.signing.clone()),
            credentials: Some(basic),
        })
    }
}

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempted {
    /// What it means for the delivery.
    pub outcome: Outcome,
    /// Its entry in the log.
    pub result: AttemptResult,
    /// How long it took.
    pub took: Duration,
}

impl Attempted {
    /// An attempt that was given up after [`LASTING`].
    pub fn given_up() -> Self {
        let (why, took) = (Failure::TimedOut, LASTING.try_into().unwrap_or(Duration::MAX));
        let (outcome, result) = (Outcome::of_failure(why), AttemptResult::Failed(why.as_str()));
        Self { outcome, result, took }
    }
}

/// How long an attempt takes before it has to hold a slot: no longer than a success may take that
/// makes a slow receiver a prompt one.
pub const LASTING: std::time::Duration = std::time::Duration::from_secs(2);

/// Sends one attempt.
pub trait DeliveryTransport: Send + Sync + 'static {
    /// Posts a body to a destination, signed by every secret that is valid at `now`. Takes at
    /// most 15 seconds. After [`LASTING`] it goes on only if `lasting` says so, and has failed
    /// otherwise.
    fn deliver(
        &self,
        to: &Destination,
        message: &MessageId,
        body: String,
        now: OffsetDateTime,
        lasting: impl Future<Output = bool> + Send,
    ) -> impl Future<Output = Attempted> + Send;
}

/// Sends by HTTPS to the public internet.
#[derive(Default)]
pub struct HttpTransport(DeliveryClient);

impl DeliveryTransport for HttpTransport {
    async fn deliver(
        &self,
        to: &Destination,
        message: &MessageId,
        body: String,
        now: OffsetDateTime,
        lasting: impl Future<Output = bool> + Send,
    ) -> Attempted {
        // Checked again: the rules may have become stricter since it was registered.
        let Ok(target) = Target::parse(to.url.as_str()) else {
            let why = Failure::Forbidden;
            let (outcome, result) = (Outcome::of_failure(why), AttemptResult::Failed(why.as_str()));
            return Attempted { outcome, result, took: Duration::ZERO };
        };
        let body = Bytes::from(body);
        let mut headers = webhooks::headers(message, now, &body, &to.secrets);
        if let Some(credentials) = &to.credentials {
            headers.insert(AUTHORIZATION, credentials.clone());
        }
        let mut post = pin!(self.0.post(&target, headers, body));
        let report = match tokio::time::timeout(LASTING, &mut post).await {
            Ok(report) => report,
            Err(_) if lasting.await => post.await,
            Err(_) => return Attempted::given_up(),
        };
        let result = match &report.result {
            Ok(response) => AttemptResult::Answered(response.status),
            Err(error) => {
                tracing::info!(message_id = message.as_str(), %error, "no response");
                AttemptResult::Failed(error.failure().as_str())
            }
        };
        let took = report.took.try_into().unwrap_or(Duration::MAX);
        Attempted { outcome: report.outcome(now + took), result, took }
    }
}
