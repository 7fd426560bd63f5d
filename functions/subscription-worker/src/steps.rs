//! Brings a state-based network to the target of an order, from wherever an earlier attempt left it.

use domain::{
    clock::Clock,
    lease::Lease,
    network::{
        NetworkAnswer, NetworkState, NumberHolder, Progress, SimSlot, StateNetwork, StateSession,
        StepError, StepPlan,
    },
    sim::Sim,
};
use time::Duration;

/// What a lease must outlast before a step is sent: the longest a step takes, and as much again for
/// clocks that differ. See [`bring`].
const STEP: Duration = Duration::seconds(5);

/// The SIMs of an order.
pub(crate) struct Sims {
    pub(crate) current: Sim,
    pub(crate) replacement: Option<Sim>,
}

impl Sims {
    fn of(&self, slot: SimSlot) -> Option<&Sim> {
        match slot {
            SimSlot::Current => Some(&self.current),
            SimSlot::Replacement => self.replacement.as_ref(),
        }
    }
}

/// An order's work at the network.
pub(crate) struct Task<'a> {
    pub(crate) plan: &'a StepPlan,
    pub(crate) sims: &'a Sims,
    /// Why the order is refused, unless it has begun.
    pub(crate) refusal: Option<String>,
    pub(crate) lease: &'a Lease,
    pub(crate) clock: &'a dyn Clock,
}

/// Reads, decides, sends what is left of the plan, and reads again: only what was read is done.
///
/// When the process dies before a step is sent, the step is found not done; after it, found done; with
/// the response lost, found one or the other. A refusal is no proof either ("already exists" may be the
/// effect of this order's own earlier attempt): what is there is read again.
///
/// No condition of the network keeps a worker from undoing a newer order. What does:
/// * a step is sent only while the lease outlasts it, and the connection is reset when its response
///   does not come in time. The next worker begins after the lease;
/// * a worker that is paused between this check and the sending is ended by the function's time-out, a
///   minute before its lease ends (`WorkLeaseSeconds`, a rule of the template);
/// * within one order, a late step changes nothing, because no plan sets a value twice.
///
/// `tests/model/steps.rs` leaves each of them out, and finds the order that is undone.
pub(crate) async fn bring<N: StateNetwork>(network: &N, task: &Task<'_>) -> NetworkAnswer {
    attempt(network, task).await.unwrap_or_else(failed)
}

/// What a failed step says of the order.
pub(crate) fn failed(error: StepError) -> NetworkAnswer {
    match error {
        StepError::Away { why } | StepError::Unanswered { why } => NetworkAnswer::Away { why },
        StepError::Refused { why } | StepError::Unreadable { why } => {
            NetworkAnswer::Unknown { why }
        }
    }
}

async fn attempt<N: StateNetwork>(
    network: &N,
    task: &Task<'_>,
) -> Result<NetworkAnswer, StepError> {
    let mut session = network.open().await?;
    let (mut before, mut refused) = (None, None);
    loop {
        let done = match progress(&mut session, task).await? {
            Progress::Complete => return Ok(NetworkAnswer::Done),
            Progress::Refused { reason } => {
                return Ok(NetworkAnswer::Refused { reason: reason.to_owned() });
            }
            Progress::Differs { difference } => return Ok(NetworkAnswer::Differs { difference }),
            Progress::Done(done) => done,
        };
        if let (0, Some(reason)) = (done, &task.refusal) {
            return Ok(NetworkAnswer::Refused { reason: reason.clone() });
        }
        // Each round gets further, or the network does not do what it says.
        if before.is_some_and(|before| done <= before) {
            let why = refused.unwrap_or_else(|| "a step had no effect".to_owned());
            return Ok(NetworkAnswer::Unknown { why });
        }
        before = Some(done);
        match send(&mut session, task, done).await {
            Ok(()) => {}
            Err(StepError::Refused { why }) => refused = Some(why),
            Err(error) => return Err(error),
        }
    }
}

/// How far the plan has come, by what the network holds now.
async fn progress(session: &mut impl StateSession, task: &Task<'_>) -> Result<Progress, StepError> {
    let mut found =
        NetworkState { current: session.read(&task.sims.current).await?, replacement: None };
    if let Some(replacement) = &task.sims.replacement {
        found.replacement = session.read(replacement).await?;
    }
    let holder = match task.plan.given_number() {
        Some(number) => match session.holder(number).await? {
            Some(imsi) if !is_of(task.sims, &imsi) => NumberHolder::Another,
            _ => NumberHolder::Plan,
        },
        None => NumberHolder::Plan,
    };
    Ok(task.plan.progress(&found, holder))
}

fn is_of(sims: &Sims, imsi: &domain::numbering::Imsi) -> bool {
    SimSlot::ALL.into_iter().filter_map(|slot| sims.of(slot)).any(|sim| sim.identity.imsi == *imsi)
}

/// Sends the steps from `done` on, each while the lease outlasts it.
async fn send(
    session: &mut impl StateSession,
    task: &Task<'_>,
    done: usize,
) -> Result<(), StepError> {
    for step in &task.plan.steps()[done..] {
        if !task.lease.outlasts(task.clock.now(), STEP) {
            return Err(StepError::Away { why: "the lease ends: not sent".to_owned() });
        }
        let missing = || StepError::Unreadable { why: "a step without its SIM".to_owned() };
        let sim = task.sims.of(step.slot).ok_or_else(missing)?;
        session.execute(sim, &step.change).await?;
        tracing::debug!(step = step.change.as_str(), "step done");
    }
    Ok(())
}
