//! Forwarding what our side wants of an order to the Seller that keeps it.
//!
//! What happens when the process dies: before the call, nothing has. After it, the same request is
//! sent again under the same key, and answered as the first time. A call without an answer leaves
//! the effect unknown: the request stays first in the queue.
//!
//! A Seller that is away for hours is no matter for a person: its message gives up after minutes,
//! and the watchdog drives the order again, less and less often, for a day.

use std::time::Duration as StdDuration;

use carrier::wire::{read_answer, read_refusal};
use domain::{
    carrier::{
        CarrierContext, CarrierOrder, CarrierOrderEvent, Instruction, OrderId, PendingRequest,
        RequestOutcome,
    },
    lease::Lease,
    order::Lifecycle,
};
use lambda::{
    sqs_batch::{Outcome, RecordContext},
    telemetry::Metric,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use seller::{Method, SellerApi, SellerCall, SellerResponse};
use serde_json::json;
use store::{Authority, CarrierCommit, Committed};
use time::{Duration, OffsetDateTime};

use crate::handler::{CarrierOrderWorker, StepError};

/// How often an answer is put into an order that others change meanwhile.
const ATTEMPTS: usize = 4;

/// How long a request that its Seller does not answer is forwarded again.
const PATIENCE: Duration = Duration::DAY;
/// The waits between a message that gave up and the next: a quarter of the time the request has
/// waited, within these.
const SHORTEST_WAIT: Duration = Duration::minutes(2);
const LONGEST_WAIT: Duration = Duration::minutes(30);

/// A Seller's id in a path (RFC 3986, *unreserved*).
const ID: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A leased order with a request that this worker forwards.
pub(crate) struct ForwardJob {
    pub(crate) order: CarrierOrder,
    pub(crate) document: String,
    pub(crate) context: CarrierContext,
    pub(crate) lease: Lease,
    pub(crate) now: OffsetDateTime,
}

/// What a call has come to.
enum Verdict {
    Answered(RequestOutcome),
    Open(Unanswered),
}

/// Why a request is still to be forwarded.
struct Unanswered {
    why: String,
    /// When the Seller wants to be asked again.
    after: Option<StdDuration>,
    /// Whether time alone may change it: the Seller is away, or busy. Else somebody must.
    passes: bool,
}

impl Unanswered {
    fn until_somebody_acts(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: None, passes: false }
    }
}

impl<P: SellerApi> CarrierOrderWorker<P> {
    /// Forwards the first pending request, and commits what the Seller answers.
    pub(crate) async fn forward(
        &self,
        job: &ForwardJob,
        record: &RecordContext,
    ) -> Result<Outcome, StepError> {
        let id = &job.order.header.id;
        let Some(request) =
            job.order.buyer_order.as_ref().and_then(|buyer_order| buyer_order.next()).cloned()
        else {
            self.work.release_lease(&job.order, &job.lease, &job.context, job.now).await?;
            return Ok(Outcome::Done);
        };
        let call = match self.call(job, &request).await? {
            Ok(call) => call,
            Err(why) => {
                let open = Unanswered::until_somebody_acts(why);
                return self.not_forwarded(job, record, &request, open).await;
            }
        };
        match verdict(&request, &job.order, self.seller.call(&call).await) {
            Verdict::Answered(answer) => {
                let what = request.what.as_str();
                let outcome = match answer {
                    RequestOutcome::Done(_) => "done",
                    RequestOutcome::Refused { .. } => "refused",
                };
                Metric::count("SellerRequestsForwarded", 1).by("outcome", outcome).emit();
                tracing::info!(order_id = id.as_str(), what, outcome, "passed on");
                self.answered(job, &request, answer).await?;
                Ok(Outcome::Done)
            }
            Verdict::Open(open) => self.not_forwarded(job, record, &request, open).await,
        }
    }

    /// The call that a request is, or what is missing for it.
    async fn call(
        &self,
        job: &ForwardJob,
        request: &PendingRequest,
    ) -> Result<Result<SellerCall, &'static str>, StepError> {
        let header = &job.order.header;
        let base = job.context.seller.as_ref().and_then(|seller| seller.callback_base.clone());
        let Some(base) = base else { return Ok(Err("the seller has no address")) };
        let Some(credentials) = self.parties.credentials(&header.seller).await? else {
            return Ok(Err("no credentials for the seller"));
        };
        let known = job
            .order
            .buyer_order
            .as_ref()
            .and_then(|buyer_order| buyer_order.seller_order.as_ref());
        let Some((method, path)) = target(&request.what, known) else {
            return Ok(Err("the seller's id of the order is not known"));
        };
        let body = match &request.what {
            Instruction::Place | Instruction::Replace => Some(job.document.clone()),
            Instruction::Cancel { reason: Some(why) } => Some(json!({ "reason": why }).to_string()),
            Instruction::Cancel { reason: None } | Instruction::Hold | Instruction::Release => None,
        };
        Ok(Ok(SellerCall {
            base,
            credentials,
            method,
            path,
            idempotency_key: format!("{}-{}", header.id, request.number),
            correlation_id: job.order.correlation_id.clone(),
            body,
        }))
    }

    /// Stores an answer, also when others have changed the order meanwhile: a notification that
    /// overtakes the answer must not make it lost.
    async fn answered(
        &self,
        job: &ForwardJob,
        request: &PendingRequest,
        answer: RequestOutcome,
    ) -> Result<(), StepError> {
        let sent = &job.order.header.version;
        let (mut order, mut by) = (job.order.clone(), Authority::Worker(&job.lease));
        for _ in 0..ATTEMPTS {
            let (request, sent, answer) = (request.clone(), sent.clone(), answer.clone());
            let event = CarrierOrderEvent::SellerAnswered { request, sent, answer };
            let applied = order.apply(event, job.now)?;
            let commit = CarrierCommit {
                applied: &applied,
                document: None,
                notifications: &[],
                by,
                context: &job.context,
            };
            match self.work.commit_with_texts(&commit).await? {
                Committed::Done(_) => return Ok(()),
                Committed::Superseded => {
                    by = Authority::Party;
                    let id = &job.order.header.id;
                    let Some(found) = self.work.orders().get(id).await? else { return Ok(()) };
                    order = found;
                }
            }
        }
        // Whoever keeps changing it has called for the next step: the same again.
        Err(StepError::Superseded)
    }

    /// Tried again, soon or later, or left to a person.
    async fn not_forwarded(
        &self,
        job: &ForwardJob,
        record: &RecordContext,
        request: &PendingRequest,
        Unanswered { why, after, passes }: Unanswered,
    ) -> Result<Outcome, StepError> {
        let (id, lease, now) = (&job.order.header.id, &job.lease, job.now);
        let waited = now - request.at;
        if record.receive_count >= self.max_receives || waited > LONGEST_WAIT {
            if !passes || waited > PATIENCE {
                self.work.mark_needs_intervention(&job.order, lease, &why, now).await?;
                return Ok(Outcome::poison(why));
            }
            let asked: Duration =
                after.and_then(|after| Duration::try_from(after).ok()).unwrap_or_default();
            let wait = Ord::max(waited / 4, asked).clamp(SHORTEST_WAIT, LONGEST_WAIT);
            let context = CarrierContext { deferred: Some(now + wait), ..job.context.clone() };
            self.work.release_lease(&job.order, lease, &context, now).await?;
            let (order_id, minutes) = (id.as_str(), wait.whole_minutes());
            tracing::warn!(order_id, why, minutes, "not passed on, tried again later");
            Metric::count("SellerRequestsForwarded", 1).by("outcome", "waits").emit();
            return Ok(Outcome::Done);
        }
        self.work.release_lease(&job.order, lease, &job.context, now).await?;
        Ok(match after {
            Some(after) => Outcome::retry_after(why, after),
            None => Outcome::retry(why),
        })
    }
}

/// Where a request goes. An id that a URL swallows is none.
fn target(what: &Instruction, known: Option<&OrderId>) -> Option<(Method, String)> {
    let order = known.map(OrderId::as_str).filter(|id| !matches!(*id, "." | ".."));
    let order = order.map(|id| format!("/orders/{}", utf8_percent_encode(id, ID)));
    Some(match what {
        Instruction::Place => (Method::Post, "/orders".to_owned()),
        Instruction::Replace => (Method::Put, order?),
        Instruction::Cancel { .. } | Instruction::Hold | Instruction::Release => {
            (Method::Post, format!("{}/{}", order?, what.as_str()))
        }
    })
}

/// What an answer says. A refusal is one that another attempt would get as well; who we are, where
/// the Seller is, and whether it has time may change.
fn verdict(request: &PendingRequest, order: &CarrierOrder, answer: SellerResponse) -> Verdict {
    let (status, after, body) = match answer {
        SellerResponse::Unknown { why } => {
            return Verdict::Open(Unanswered { why, after: None, passes: true });
        }
        SellerResponse::Answered { status, retry_after, body } => {
            (status, retry_after, body.unwrap_or_default())
        }
    };
    let open = |passes: bool| {
        Verdict::Open(Unanswered { why: format!("seller: status {status}"), after, passes })
    };
    let places = request.what == Instruction::Place;
    match status {
        200..=299 => match read_answer(&body, &order.header.buyer, &order.header.pon) {
            None if places => {
                Verdict::Open(Unanswered::until_somebody_acts("seller: answer not readable"))
            }
            read => Verdict::Answered(RequestOutcome::Done(read.map(Box::new))),
        },
        404 if places => open(false),
        408 | 425 | 429 => open(true),
        401 | 403 | 405 | 407 => open(false),
        400..=499 => Verdict::Answered(RequestOutcome::Refused {
            why: format!("the Seller answered {status}"),
            messages: read_refusal(&body),
        }),
        _ => open(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_seller_stays_one_part_of_the_path() {
        let path = |id: &str| target(&Instruction::Hold, Some(&id.parse().unwrap()));
        assert_eq!(path("S-1").unwrap().1, "/orders/S-1/hold");
        assert_eq!(path("../a?b=c d").unwrap().1, "/orders/..%2Fa%3Fb%3Dc%20d/hold");
        assert_eq!(path(".."), None);
        assert_eq!(target(&Instruction::Release, None), None);
        assert_eq!(target(&Instruction::Place, None).unwrap().1, "/orders");
    }
}
