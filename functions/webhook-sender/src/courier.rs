use bytes::Bytes;
use domain::webhook::{AttemptResult, EndpointUrl, Failure, MessageId, Outcome, Secrets};
use time::{Duration, OffsetDateTime};
use webhooks::{DeliveryClient, Target};

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempted {
    /// What it means for the delivery.
    pub outcome: Outcome,
    /// What its log says.
    pub result: AttemptResult,
    /// How long it took.
    pub took: Duration,
}

/// Makes one attempt: the outside of the sender.
pub trait Courier: Send + Sync + 'static {
    /// Posts a body to a URL, signed by every secret that is valid `now`. Takes at most 15
    /// seconds.
    fn deliver(
        &self,
        url: &EndpointUrl,
        message: &MessageId,
        body: String,
        secrets: &Secrets,
        now: OffsetDateTime,
    ) -> impl Future<Output = Attempted> + Send;
}

/// By HTTPS to the public internet.
#[derive(Default)]
pub struct HttpCourier(DeliveryClient);

impl Courier for HttpCourier {
    async fn deliver(
        &self,
        url: &EndpointUrl,
        message: &MessageId,
        body: String,
        secrets: &Secrets,
        now: OffsetDateTime,
    ) -> Attempted {
        // Looked at again: the rules may have become stricter since it was registered.
        let Ok(target) = Target::parse(url.as_str()) else {
            let why = Failure::Forbidden;
            let (outcome, result) = (Outcome::of_failure(why), AttemptResult::Failed(why.as_str()));
            return Attempted { outcome, result, took: Duration::ZERO };
        };
        let report = self.0.deliver(&target, message, Bytes::from(body), secrets, now).await;
        let result = match &report.result {
            Ok(answer) => AttemptResult::Answered(answer.status),
            Err(error) => {
                tracing::info!(message_id = message.as_str(), %error, "no answer");
                AttemptResult::Failed(error.failure().as_str())
            }
        };
        let took = report.took.try_into().unwrap_or(Duration::MAX);
        Attempted { outcome: report.outcome(now + took), result, took }
    }
}
