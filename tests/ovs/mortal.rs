//! A switch at which the worker dies at a call.

use std::sync::{Arc, Mutex};

use domain::{
    ethernet::{EthernetSwitch, SwitchSession, SwitchSnapshot, SwitchTask, SwitchWrite, UniChange},
    network::StepError,
};
use ovs::{Ovs, OvsSession};
use tokio::sync::Notify;

#[derive(Default)]
struct Fate {
    /// Before which call the process dies, counted from now: connecting, reading, and before and after
    /// each write.
    next: Mutex<Option<usize>>,
    died: Notify,
}

/// A switch with a fate. Clones share it.
#[derive(Clone)]
pub(crate) struct Mortal {
    ovs: Ovs,
    fate: Arc<Fate>,
}

pub(crate) struct MortalSession {
    session: OvsSession,
    fate: Arc<Fate>,
}

impl Fate {
    async fn call(&self) {
        let dies = {
            let mut next = self.next.lock().unwrap();
            let left = next.take();
            *next = left.and_then(|left| left.checked_sub(1));
            left == Some(0)
        };
        if dies {
            self.died.notify_one();
            std::future::pending().await
        }
    }
}

impl Mortal {
    pub(crate) fn new(address: &str) -> Self {
        Self { ovs: Ovs::new(address), fate: Arc::default() }
    }

    /// Lets the worker die at the `calls`th call from now.
    pub(crate) fn die(&self, calls: usize) {
        *self.fate.next.lock().unwrap() = Some(calls);
    }

    /// Lets nobody die any more.
    pub(crate) fn survive(&self) {
        self.fate.next.lock().unwrap().take();
    }

    /// Waits for a death.
    pub(crate) async fn died(&self) {
        self.fate.died.notified().await;
    }
}

impl EthernetSwitch for Mortal {
    type Session = MortalSession;

    async fn open(&self) -> Result<MortalSession, StepError> {
        self.fate.call().await;
        let session = self.ovs.open().await?;
        Ok(MortalSession { session, fate: Arc::clone(&self.fate) })
    }
}

impl SwitchSession for MortalSession {
    async fn read(&mut self, task: &SwitchTask) -> Result<SwitchSnapshot, StepError> {
        self.fate.call().await;
        self.session.read(task).await
    }

    async fn write(
        &mut self,
        task: &SwitchTask,
        changes: &[UniChange],
    ) -> Result<SwitchWrite, StepError> {
        self.fate.call().await;
        let written = self.session.write(task, changes).await;
        self.fate.call().await;
        written
    }

    async fn applied(&mut self) -> Result<(), StepError> {
        self.session.applied().await
    }
}
