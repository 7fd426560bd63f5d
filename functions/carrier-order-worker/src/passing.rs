//! Passing on what our side wants of an order to the Seller that keeps it.
//!
//! What happens when the process dies: before the call, nothing has. After it, the same wish is
//! sent again under the same key, and answered as the first time. A call without an answer leaves
//! the effect unknown: the wish stays first in the queue.
//!
//! A Seller that is away for hours is no matter for a person: its message gives up after minutes,
//! and the watchdog drives the order again, less and less often, for a day.

use std::time::Duration as StdDuration;

use carrier::wire::{read_answer, read_refusal};
use domain::{
    carrier::{Instruction, OrderId, Party, SellersAnswer, Wish},
    lease::Lease,
};
use lambda::{
    sqs_batch::{Outcome, RecordContext},
    telemetry::Metric,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use seller::{Method, SellerApi, SellerCall, SellerResponse};
use serde_json::json;
use store::{CarrierCommit, CarrierCommitted, CarrierDue, CarrierOrder, WorkDue};
use time::{Duration, OffsetDateTime};

use crate::handler::{CarrierOrderWorker, Obstacle};

/// How often an answer is put into an order that others change meanwhile.
const ATTEMPTS: usize = 4;

/// For so long a wish that its Seller does not answer is passed on again.
const PATIENCE: Duration = Duration::DAY;
/// The waits between a message that gave up and the next: a quarter of the time the wish has
/// waited, within these.
const SHORTEST_WAIT: Duration = Duration::minutes(2);
const LONGEST_WAIT: Duration = Duration::minutes(30);

/// A Seller's id in a path (RFC 3986, *unreserved*).
const ID: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A wish that this worker passes on.
pub(crate) struct Errand {
    pub(crate) order: CarrierOrder,
    pub(crate) document: String,
    pub(crate) seller: Option<Party>,
    pub(crate) lease: Lease,
    pub(crate) now: OffsetDateTime,
}

/// What a call has come to.
enum Verdict {
    Answered(SellersAnswer),
    Open(Unanswered),
}

/// Why a wish is still to be passed on.
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
    /// Passes the first wish on, and stores what the Seller answers.
    pub(crate) async fn pass_on(
        &self,
        errand: &Errand,
        record: &RecordContext,
    ) -> Result<Outcome, Obstacle> {
        let id = &errand.order.header.id;
        let Some(wish) = errand.order.mirror.as_ref().and_then(|mirror| mirror.next()).cloned()
        else {
            self.work.release_lease(&errand.order, &errand.lease, None).await?;
            return Ok(Outcome::Done);
        };
        let call = match self.call(errand, &wish).await? {
            Ok(call) => call,
            Err(why) => {
                let open = Unanswered::until_somebody_acts(why);
                return self.not_passed_on(errand, record, &wish, open).await;
            }
        };
        match verdict(&wish, &errand.order, self.seller.call(&call).await) {
            Verdict::Answered(answer) => {
                let what = wish.what.as_str();
                let outcome = match answer {
                    SellersAnswer::Done(_) => "done",
                    SellersAnswer::Refused { .. } => "refused",
                };
                Metric::count("WishesPassedOn", 1).by("outcome", outcome).emit();
                tracing::info!(order_id = id.as_str(), what, outcome, "passed on");
                self.answered(errand, &wish, answer).await?;
                Ok(Outcome::Done)
            }
            Verdict::Open(open) => self.not_passed_on(errand, record, &wish, open).await,
        }
    }

    /// The call that a wish is, or what is missing for it.
    async fn call(
        &self,
        errand: &Errand,
        wish: &Wish,
    ) -> Result<Result<SellerCall, &'static str>, Obstacle> {
        let header = &errand.order.header;
        let base = errand.seller.as_ref().and_then(|seller| seller.callback_base.clone());
        let Some(base) = base else { return Ok(Err("the seller has no address")) };
        let Some(credentials) = self.parties.credentials(&header.seller).await? else {
            return Ok(Err("no credentials for the seller"));
        };
        let known = errand.order.mirror.as_ref().and_then(|mirror| mirror.seller_order.as_ref());
        let Some((method, path)) = target(&wish.what, known) else {
            return Ok(Err("the seller's id of the order is not known"));
        };
        let body = match &wish.what {
            Instruction::Place | Instruction::Replace => Some(errand.document.clone()),
            Instruction::Cancel { reason: Some(why) } => Some(json!({ "reason": why }).to_string()),
            Instruction::Cancel { reason: None } | Instruction::Hold | Instruction::Release => None,
        };
        Ok(Ok(SellerCall {
            base,
            credentials,
            method,
            path,
            idempotency_key: format!("{}-{}", header.id, wish.number),
            correlation_id: errand.order.correlation_id.clone(),
            body,
        }))
    }

    /// Stores an answer, also when others have changed the order meanwhile: a notification that
    /// overtakes the answer must not make it lost.
    async fn answered(
        &self,
        errand: &Errand,
        wish: &Wish,
        answer: SellersAnswer,
    ) -> Result<(), Obstacle> {
        let sent = &errand.order.header.version;
        let (mut order, mut lease) = (errand.order.clone(), Some(&errand.lease));
        for _ in 0..ATTEMPTS {
            let Some(mirror) = order.mirror.take() else { return Ok(()) };
            let heard = mirror.answered(&order.progress, wish, sent, answer.clone(), errand.now);
            order.mirror = Some(heard.mirror);
            order.progress = heard.progress;
            let work = carrier::due(&order, errand.seller.as_ref(), self.watchdog, errand.now);
            let commit = CarrierCommit {
                order: &order,
                document: None,
                notifications: &[],
                due: CarrierDue { work, telling: errand.now + self.watchdog },
                once: None,
                now: errand.now,
                lease,
            };
            match self.work.commit(&commit).await? {
                CarrierCommitted::Done => return Ok(()),
                CarrierCommitted::Superseded | CarrierCommitted::Repeated(_) => {
                    lease = None;
                    let id = &errand.order.header.id;
                    let Some(found) = self.work.orders().get(id).await? else { return Ok(()) };
                    order = found;
                }
            }
        }
        // Whoever keeps changing it has called for the next step: the same again.
        Err(Obstacle::Superseded)
    }

    /// Tried again, soon or later, or left to a person.
    async fn not_passed_on(
        &self,
        errand: &Errand,
        record: &RecordContext,
        wish: &Wish,
        Unanswered { why, after, passes }: Unanswered,
    ) -> Result<Outcome, Obstacle> {
        let (id, lease, now) = (&errand.order.header.id, &errand.lease, errand.now);
        let waited = now - wish.at;
        if record.receive_count >= self.max_receives || waited > LONGEST_WAIT {
            if !passes || waited > PATIENCE {
                self.work.mark_needs_intervention(&errand.order, lease, &why, now).await?;
                return Ok(Outcome::poison(why));
            }
            let asked: Duration =
                after.and_then(|after| Duration::try_from(after).ok()).unwrap_or_default();
            let wait = Ord::max(waited / 4, asked).clamp(SHORTEST_WAIT, LONGEST_WAIT);
            self.work.release_lease(&errand.order, lease, Some(WorkDue::From(now + wait))).await?;
            let (order_id, minutes) = (id.as_str(), wait.whole_minutes());
            tracing::warn!(order_id, why, minutes, "not passed on, tried again later");
            Metric::count("WishesPassedOn", 1).by("outcome", "waits").emit();
            return Ok(Outcome::Done);
        }
        let due = carrier::due(&errand.order, errand.seller.as_ref(), self.watchdog, errand.now);
        self.work.release_lease(&errand.order, &errand.lease, due).await?;
        Ok(match after {
            Some(after) => Outcome::retry_after(why, after),
            None => Outcome::retry(why),
        })
    }
}

/// Where a wish goes. An id that a URL swallows is none.
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
fn verdict(wish: &Wish, order: &CarrierOrder, answer: SellerResponse) -> Verdict {
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
    let places = wish.what == Instruction::Place;
    match status {
        200..=299 => match read_answer(&body, &order.header.buyer, &order.header.pon) {
            None if places => {
                Verdict::Open(Unanswered::until_somebody_acts("seller: answer not readable"))
            }
            read => Verdict::Answered(SellersAnswer::Done(read.map(Box::new))),
        },
        404 if places => open(false),
        408 | 425 | 429 => open(true),
        401 | 403 | 405 | 407 => open(false),
        400..=499 => Verdict::Answered(SellersAnswer::Refused {
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
