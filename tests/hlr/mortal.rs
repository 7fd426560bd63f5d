//! A register at which the worker dies, or its time passes, at a call.

use std::sync::{Arc, Mutex};

use domain::{
    network::{StateNetwork, StateSession, StepChange, StepError, Subscriber},
    numbering::{Imsi, Msisdn},
    sim::Sim,
};
use hlr::{OsmoHlr, OsmoHlrSession};
use testkit::FixedClock;
use time::Duration;
use tokio::sync::Notify;

/// What happens at a call.
#[derive(Clone)]
pub(crate) enum Event {
    /// The process dies: the call never returns, and `died` says so.
    Death,
    /// So much time passes.
    Pause(FixedClock, Duration),
}

#[derive(Default)]
struct Fate {
    /// Before which call, counted from now; connecting, and before and after each step.
    next: Mutex<Option<(usize, Event)>>,
    died: Notify,
}

/// A register with a fate. Clones share it.
#[derive(Clone)]
pub(crate) struct Mortal {
    hlr: OsmoHlr,
    fate: Arc<Fate>,
}

pub(crate) struct MortalSession {
    session: OsmoHlrSession,
    fate: Arc<Fate>,
}

impl Fate {
    async fn call(&self) {
        let event = {
            let mut next = self.next.lock().unwrap();
            match next.take() {
                Some((0, event)) => Some(event),
                Some((left, event)) => {
                    *next = Some((left - 1, event));
                    None
                }
                None => None,
            }
        };
        match event {
            None => {}
            Some(Event::Pause(clock, duration)) => clock.advance(duration),
            Some(Event::Death) => {
                self.died.notify_one();
                std::future::pending().await
            }
        }
    }
}

impl Mortal {
    pub(crate) fn new(control: &str) -> Self {
        Self { hlr: OsmoHlr::new(control), fate: Arc::default() }
    }

    /// Lets something happen at the `calls`th call from now.
    pub(crate) fn happen(&self, calls: usize, event: Event) {
        *self.fate.next.lock().unwrap() = Some((calls, event));
    }

    /// Lets nothing happen any more; whether something would have.
    pub(crate) fn survive(&self) -> bool {
        self.fate.next.lock().unwrap().take().is_some()
    }

    /// Waits for a death.
    pub(crate) async fn died(&self) {
        self.fate.died.notified().await;
    }
}

impl StateNetwork for Mortal {
    type Session = MortalSession;

    async fn open(&self) -> Result<MortalSession, StepError> {
        self.fate.call().await;
        let session = self.hlr.open().await?;
        Ok(MortalSession { session, fate: Arc::clone(&self.fate) })
    }
}

impl StateSession for MortalSession {
    async fn read(&mut self, sim: &Sim) -> Result<Option<Subscriber>, StepError> {
        self.session.read(sim).await
    }

    async fn holder(&mut self, msisdn: &Msisdn) -> Result<Option<Imsi>, StepError> {
        self.session.holder(msisdn).await
    }

    async fn execute(&mut self, sim: &Sim, change: &StepChange) -> Result<(), StepError> {
        self.fate.call().await;
        let executed = self.session.execute(sim, change).await;
        self.fate.call().await;
        executed
    }
}
