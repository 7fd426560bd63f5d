//! One step of an order: the call it asks for, and what its outcome writes.

use std::time::Duration;

use domain::{
    esim::{
        Course, Es2Answer, Es2Function, EsimIccid, EsimOrder, EsimOrderEvent, FAILED_WITHOUT_CODE,
        Fulfilment, MatchingId, Outcome, PlanNetwork, SmDpPlus, Work, WorkContext,
    },
    lease::Lease,
    network::{Lookup, NetworkAnswer},
    order::Lifecycle,
};
use lambda::{sqs_batch::RecordContext, telemetry::Metric};
use store::{Authority, Committed, ReservedProfile, StoreError};

use crate::EsimWorker;

/// Kept back of a record's time for the commit after an answer.
const COMMIT: Duration = Duration::from_secs(5);

/// An order in this worker's hands.
pub(crate) struct LeasedOrder<'a> {
    pub(crate) order: EsimOrder,
    pub(crate) lease: &'a Lease,
    pub(crate) record: &'a RecordContext,
    /// Whether the call of the order's step may have been made before: true until this very run
    /// has written the step, and again after every call.
    pub(crate) earlier: bool,
}

/// Where a step has led to.
pub(crate) enum After {
    /// To the next one: the order as it is now.
    Next(Box<EsimOrder>),
    /// To the order's end.
    Ended,
    /// Somebody else has the order now.
    Superseded,
    /// The same again, later.
    Retry(String),
    /// The same again, once the outside is back.
    Await(String),
    /// No stock: the order waits until there is some.
    NoStock(String),
    /// A person must look.
    Intervene(String),
}

impl<S: SmDpPlus, P: PlanNetwork> EsimWorker<S, P> {
    /// Does what the order's step asks for, and writes down what came of it.
    pub(crate) async fn step(&self, held: &LeasedOrder<'_>) -> Result<After, StoreError> {
        let context = WorkContext::of(&held.order, &self.terms.host);
        let work = held.order.fulfilment.next(&context);
        if let Some(course) = self.course(held) {
            if self.note_download(held, course).await? {
                return Ok(After::Retry("a device downloads the profile".to_owned()));
            }
            if let Some(outcome) = self.sandboxed(held, course, &work).await {
                let course = held.order.fulfilment.after(outcome, held.earlier, &context);
                return self.follow(held, course).await;
            }
        }
        let call = held.order.id.to_string();
        let outcome = match work {
            Work::ReserveProfile { profile_type: None, .. } => {
                return Ok(After::Intervene("the order names no type of profile".to_owned()));
            }
            Work::ReserveProfile { profile_type: Some(profile_type), replaced } => {
                return self.reserve(held, (&profile_type, replaced), &context).await;
            }
            Work::Complete => return self.complete(held).await,
            Work::DownloadOrder(order) => Outcome::Downloaded(
                in_time(
                    held.record,
                    Es2Function::DownloadOrder,
                    self.smdp.download_order(&order, &call),
                )
                .await,
            ),
            Work::ConfirmOrder(order) => Outcome::Confirmed(
                in_time(
                    held.record,
                    Es2Function::ConfirmOrder,
                    self.smdp.confirm_order(&order, &call),
                )
                .await,
            ),
            Work::CancelOrder(order) => Outcome::Cancelled(
                in_time(
                    held.record,
                    Es2Function::CancelOrder,
                    self.smdp.cancel_order(&order, &call),
                )
                .await,
            ),
            Work::AddPlans { iccid } => Outcome::PlanAdded(self.add_plans(held, &iccid).await),
        };
        let course = held.order.fulfilment.after(outcome, held.earlier, &context);
        self.follow(held, course).await
    }

    /// Time for calls to the outside is over: what is left is for writing.
    pub(crate) fn out_of_time(record: &RecordContext) -> bool {
        record.remaining() <= COMMIT
    }

    async fn reserve(
        &self,
        held: &LeasedOrder<'_>,
        kind: (&domain::esim::ProfileType, u8),
        context: &WorkContext<'_>,
    ) -> Result<After, StoreError> {
        let matching_id = MatchingId::generate(&self.random);
        let now = self.clock.now();
        let LeasedOrder { order, lease, .. } = held;
        Ok(match self.work.reserve(order, lease, kind, &matching_id, now).await? {
            ReservedProfile::Mine(order) => After::Next(order),
            ReservedProfile::Superseded => After::Superseded,
            ReservedProfile::Contended => {
                After::Retry("others took every profile that was tried".to_owned())
            }
            ReservedProfile::NoStock => {
                match order.fulfilment.after(Outcome::NoStock, held.earlier, context) {
                    Course::Intervene { why } => After::NoStock(why),
                    _ => After::NoStock("no free profile".to_owned()),
                }
            }
        })
    }

    /// Asks before it repeats: an earlier attempt may have reached the network, and its effect
    /// is then the order's effect.
    async fn add_plans(&self, held: &LeasedOrder<'_>, iccid: &EsimIccid) -> NetworkAnswer {
        let left = held.record.remaining().saturating_sub(COMMIT);
        let ask = async {
            if held.earlier {
                match self.plans.look_up(&held.order).await {
                    Lookup::Known(answer) => return answer,
                    Lookup::Unknown { why } => return NetworkAnswer::Unknown { why },
                    Lookup::Away { why } => return NetworkAnswer::Away { why },
                    Lookup::Never => {}
                }
            }
            self.plans.add_plans(&held.order, iccid).await
        };
        match tokio::time::timeout(left, ask).await {
            Ok(answer) => answer,
            Err(_) => NetworkAnswer::Away { why: "network: no answer in time".to_owned() },
        }
    }

    async fn complete(&self, held: &LeasedOrder<'_>) -> Result<After, StoreError> {
        self.commit(held, EsimOrderEvent::Completed).await
    }

    async fn follow(&self, held: &LeasedOrder<'_>, course: Course) -> Result<After, StoreError> {
        match course {
            Course::GoOn(step) => {
                if let Fulfilment::Undoing(undone) = &step {
                    let why = undone.failure.kind.as_str();
                    tracing::warn!(why, "order is being undone");
                }
                self.commit(held, EsimOrderEvent::Advanced(step)).await
            }
            Course::TakeAnother { quarantined, then } => {
                tracing::error!("profile quarantined");
                self.commit(held, EsimOrderEvent::ProfileReplaced { quarantined, then }).await
            }
            Course::Retry { why } => Ok(After::Retry(why)),
            Course::Await { why } => Ok(After::Await(why)),
            Course::Intervene { why } => Ok(After::Intervene(why)),
            Course::Fail { failure, profile } => {
                self.commit(held, EsimOrderEvent::Failed { failure, profile, by: None }).await
            }
        }
    }

    /// Commits what happened to the order.
    async fn commit(
        &self,
        held: &LeasedOrder<'_>,
        event: EsimOrderEvent,
    ) -> Result<After, StoreError> {
        let applied = match held.order.apply(event, self.clock.now()) {
            Ok(applied) => applied,
            Err(error) => return Ok(After::Intervene(error.to_string())),
        };
        let by = Authority::Worker(held.lease);
        let work = match applied.order().status.is_final() {
            // An end that nobody is to be told of needs no watchdog.
            true => self.work.for_tenant(&held.order.tenant, applied.at()).await?,
            false => self.work.clone(),
        };
        Ok(match work.commit(&applied, by, &()).await? {
            Committed::Done(order) if order.status.is_final() => {
                self.tell_end(held, order.status.as_str());
                After::Ended
            }
            Committed::Done(order) => After::Next(order),
            Committed::Superseded => After::Superseded,
        })
    }
}

/// A call, with time left to write down what came of it.
async fn in_time<T>(
    record: &RecordContext,
    function: Es2Function,
    call: impl Future<Output = Es2Answer<T>>,
) -> Es2Answer<T> {
    let left = record.remaining().saturating_sub(COMMIT);
    match tokio::time::timeout(left, call).await {
        Ok(answer) => {
            if matches!(&answer, Es2Answer::Unknown { why } if why == FAILED_WITHOUT_CODE) {
                let function = function.as_str();
                Metric::count("SmdpFailuresWithoutCode", 1).by("function", function).emit();
            }
            by_the_smdp(answer)
        }
        Err(_) => by_the_smdp(Es2Answer::Away { why: "no answer in time".to_owned() }),
    }
}

/// Names the peer in what is shown to the operator: an order has two of them.
fn by_the_smdp<T>(answer: Es2Answer<T>) -> Es2Answer<T> {
    let named = |why| format!("SM-DP+: {why}");
    match answer {
        Es2Answer::Unknown { why } => Es2Answer::Unknown { why: named(why) },
        Es2Answer::Away { why } => Es2Answer::Away { why: named(why) },
        clear => clear,
    }
}
