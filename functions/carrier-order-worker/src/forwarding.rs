//! Forwarding what our side wants of an order to the Seller that keeps it.
//!
//! What happens when the process dies: before the call, nothing has. After it, the same request is
//! sent again under the same key, and answered as the first time. A call without an answer leaves
//! the effect unknown: the request stays first in the queue. A placing that was begun before is
//! looked up at the Seller, by the Buyer and its number, before it is repeated: a Seller need not
//! know the key.
//!
//! A Seller that is away for hours is no matter for a person: its message gives up after minutes,
//! and the watchdog drives the order again, less and less often, for a day.

use std::{ops::ControlFlow, time::Duration as StdDuration};

use carrier::wire::{LookedUp, read_answer, read_list, read_refusal};
use domain::{
    carrier::{
        BuyerOrder, BuyerOrderError, BuyerOrderEvent, Instruction, OrderHeader, OrderId,
        PendingRequest, RequestOutcome,
    },
    order::Lifecycle,
};
use lambda::{
    sqs_batch::{Outcome, RecordContext},
    telemetry::Metric,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use seller::{Method, SellerApi, SellerCall, SellerResponse};
use serde_json::json;
use store::{Authority, CarrierCommit, Committed, DynamoParties, Table};
use time::{Duration, OffsetDateTime};

use crate::{
    Config,
    handler::{LeasedOrder, Leases, StepError},
};

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

/// Forwards what Buyers here want to the Sellers that keep their orders.
pub(crate) struct Forwarding<P> {
    leases: Leases<BuyerOrder>,
    parties: DynamoParties,
    seller: P,
}

impl From<BuyerOrderError> for StepError {
    fn from(error: BuyerOrderError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A leased order with a request that this worker forwards.
struct ForwardJob {
    leased: LeasedOrder<BuyerOrder>,
    request: PendingRequest,
    document: String,
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

impl ForwardJob {
    /// Whether the order may be placed already: an earlier worker had this placing, and nothing is
    /// known of its outcome. A placing is the first that any worker has to do.
    fn may_be_placed(&self) -> bool {
        self.request.what == Instruction::Place && self.leased.lease.attempt > 1
    }
}

impl Unanswered {
    const fn away(why: String) -> Self {
        Self { why, after: None, passes: true }
    }

    fn until_somebody_acts(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: None, passes: false }
    }
}

impl<P: SellerApi> Forwarding<P> {
    pub(crate) fn new(table: &Table, config: &Config, seller: P) -> Self {
        let parties = DynamoParties::new(table.clone());
        Self { leases: Leases::new(table, config), parties, seller }
    }

    /// Forwards the first pending request of an order as it was read, and commits what the Seller
    /// answers.
    pub(crate) async fn work_on(
        &self,
        order: &BuyerOrder,
        document: String,
        record: &RecordContext,
        now: OffsetDateTime,
    ) -> Result<Outcome, StepError> {
        let leased = match self.leases.take(order, None, now).await? {
            ControlFlow::Continue(leased) => leased,
            ControlFlow::Break(outcome) => return Ok(outcome),
        };
        let Some(request) = leased.order.next().cloned() else {
            self.leases.release(&leased).await?;
            return Ok(Outcome::Done);
        };
        let job = ForwardJob { leased, request, document };
        match self.forward(&job).await? {
            Verdict::Answered(answer) => {
                self.answered(&job, answer).await?;
                Ok(Outcome::Done)
            }
            Verdict::Open(open) => self.not_forwarded(&job, record, open).await,
        }
    }

    /// Forwards a request.
    async fn forward(&self, job: &ForwardJob) -> Result<Verdict, StepError> {
        let call = match self.call(job).await? {
            Ok(call) => call,
            Err(why) => return Ok(Verdict::Open(Unanswered::until_somebody_acts(why))),
        };
        if job.may_be_placed()
            && let ControlFlow::Break(verdict) = self.look_up(job, &call).await
        {
            return Ok(verdict);
        }
        let response = self.seller.call(&call).await;
        if let SellerResponse::Answered { status: status @ (409 | 422), .. } = response
            && job.may_be_placed()
        {
            // The repetition has met the first one, or a placing that is not over yet.
            match (self.look_up(job, &call).await, status) {
                (ControlFlow::Break(verdict), _) => return Ok(verdict),
                (ControlFlow::Continue(()), 409) => {
                    let why = "seller: status 409, but it has no such order";
                    return Ok(Verdict::Open(Unanswered::until_somebody_acts(why)));
                }
                (ControlFlow::Continue(()), _) => {}
            }
        }
        Ok(verdict(job, response))
    }

    /// Looks up whether the order is placed. Continues when the Seller has no such order.
    async fn look_up(&self, job: &ForwardJob, placing: &SellerCall) -> ControlFlow<Verdict> {
        let OrderHeader { buyer, pon, .. } = &job.leased.order.order.header;
        let encoded = |text: &str| utf8_percent_encode(text, ID).to_string();
        let path =
            format!("/orders?buyerId={}&pon={}", encoded(buyer.as_str()), encoded(pon.as_str()));
        let call = SellerCall { method: Method::Get, path, body: None, ..placing.clone() };
        let (status, after, body) = match self.seller.call(&call).await {
            SellerResponse::Unknown { why } => {
                return ControlFlow::Break(Verdict::Open(Unanswered::away(why)));
            }
            SellerResponse::Answered { status, retry_after, body } => (status, retry_after, body),
        };
        if !(200..=299).contains(&status) {
            let passes = !(400..=499).contains(&status) || matches!(status, 408 | 425 | 429);
            let why = format!("seller: status {status}");
            return ControlFlow::Break(Verdict::Open(Unanswered { why, after, passes }));
        }
        ControlFlow::Break(match read_list(&body.unwrap_or_default(), buyer, pon) {
            LookedUp::Found(order, version) => {
                Verdict::Answered(RequestOutcome::Found { order, version })
            }
            LookedUp::Absent => return ControlFlow::Continue(()),
            LookedUp::Unclear => {
                Verdict::Open(Unanswered::until_somebody_acts("seller: list not readable"))
            }
        })
    }

    /// The call that a request is, or what is missing for it.
    async fn call(&self, job: &ForwardJob) -> Result<Result<SellerCall, &'static str>, StepError> {
        let BuyerOrder { order, seller_order, .. } = &job.leased.order;
        let (header, request) = (&order.header, &job.request);
        let base = self.parties.get(&header.seller).await?.and_then(|seller| seller.callback_base);
        let Some(base) = base else { return Ok(Err("the seller has no address")) };
        let Some(credentials) = self.parties.credentials(&header.seller).await? else {
            return Ok(Err("no credentials for the seller"));
        };
        let Some((method, path)) = target(&request.what, seller_order.as_ref()) else {
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
            correlation_id: order.correlation_id.clone(),
            body,
        }))
    }

    /// Stores an answer, also when others have changed the order meanwhile: a notification that
    /// overtakes the answer must not make it lost.
    async fn answered(&self, job: &ForwardJob, answer: RequestOutcome) -> Result<(), StepError> {
        let ForwardJob { leased, request, .. } = job;
        let (id, sent) = (&leased.order.order.header.id, &leased.order.order.header.version);
        let (what, outcome) = match answer {
            RequestOutcome::Done(_) => (request.what.as_str(), "done"),
            RequestOutcome::Found { .. } => (request.what.as_str(), "found"),
            RequestOutcome::Refused { .. } => (request.what.as_str(), "refused"),
        };
        Metric::count("SellerRequestsForwarded", 1).by("outcome", outcome).emit();
        tracing::info!(what, outcome, "request forwarded");
        let (mut order, mut by) = (leased.order.clone(), Authority::Worker(&leased.lease));
        for _ in 0..ATTEMPTS {
            let (request, sent, answer) = (request.clone(), sent.clone(), answer.clone());
            let event = BuyerOrderEvent::Answered { request, sent, answer };
            let applied = order.apply(event, leased.now)?;
            let commit = CarrierCommit {
                applied: &applied,
                document: None,
                notifications: &[],
                by,
                context: &leased.context,
            };
            match self.leases.work.commit_with_texts(&commit).await? {
                Committed::Done(_) => return Ok(()),
                Committed::Superseded => {
                    by = Authority::Party;
                    let found = self.leases.work.orders().get(id).await?;
                    let Some(found) = found else { return Ok(()) };
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
        Unanswered { why, after, passes }: Unanswered,
    ) -> Result<Outcome, StepError> {
        let (leased, now) = (&job.leased, job.leased.now);
        let waited = now - job.request.at;
        if self.leases.is_last(record) || waited > LONGEST_WAIT {
            if !passes || waited > PATIENCE {
                self.leases.mark(leased, &why).await?;
                return Ok(Outcome::poison(why));
            }
            let asked: Duration =
                after.and_then(|after| Duration::try_from(after).ok()).unwrap_or_default();
            let wait = Ord::max(waited / 4, asked).clamp(SHORTEST_WAIT, LONGEST_WAIT);
            let (deferred, delay) = (Some(now + wait), wait.unsigned_abs());
            self.leases.release_failed(leased, &deferred, &why, delay).await?;
            let minutes = wait.whole_minutes();
            tracing::warn!(why, minutes, "request not forwarded, tried again later");
            Metric::count("SellerRequestsForwarded", 1).by("outcome", "waits").emit();
            return Ok(Outcome::Done);
        }
        let delay = after.unwrap_or_else(|| record.next_delay());
        self.leases.release_failed(leased, &leased.context, &why, delay).await?;
        Ok(Outcome::retry_after(why, delay))
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
fn verdict(job: &ForwardJob, answer: SellerResponse) -> Verdict {
    let header = &job.leased.order.order.header;
    let (status, after, body) = match answer {
        SellerResponse::Unknown { why } => {
            return Verdict::Open(Unanswered::away(why));
        }
        SellerResponse::Answered { status, retry_after, body } => {
            (status, retry_after, body.unwrap_or_default())
        }
    };
    let open = |passes: bool| {
        Verdict::Open(Unanswered { why: format!("seller: status {status}"), after, passes })
    };
    let places = job.request.what == Instruction::Place;
    match status {
        200..=299 => match read_answer(&body, &header.buyer, &header.pon) {
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
