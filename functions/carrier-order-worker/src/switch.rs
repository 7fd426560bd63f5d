//! Brings a Seller's switch to what an order is to leave there, from wherever an earlier attempt left it.

use domain::{
    clock::Clock,
    ethernet::{EthernetSwitch, SwitchDecision, SwitchSession, SwitchTask, SwitchWrite},
    lease::Lease,
    network,
};
use time::Duration;

use crate::handler::StepError;

/// What a lease must outlast before a write is sent: the longest a write takes, and as much again for
/// clocks that differ.
const STEP: Duration = Duration::seconds(5);
/// How often a switch is read: each time another order has written in between.
const ROUNDS: u32 = 50;

impl From<network::StepError> for StepError {
    fn from(error: network::StepError) -> Self {
        use network::StepError as On;
        match error {
            On::Away { why } | On::Unanswered { why } => Self::Away(why),
            On::Refused { why } | On::Unreadable { why } => Self::Failed(why),
        }
    }
}

/// Reads, decides, writes, and reads again: only what was read, and what the switch forwards by, is done.
///
/// When the process dies before the write, the switch is as it was; after it, all of the order is there
/// and found so; with the response lost, one or the other.
///
/// A late worker of the order changes nothing. Its write holds only if the switch is as the worker read
/// it, the note of the order's last write included. The lease is checked after that reading: a worker
/// that begins later, under the next lease, writes later than it, and then the late write fails. A
/// cancellation that finds nothing to undo writes the note for that alone.
pub(crate) async fn bring<S: EthernetSwitch>(
    switch: &S,
    task: &SwitchTask,
    lease: &Lease,
    clock: &dyn Clock,
) -> Result<(), StepError> {
    let mut session = switch.open().await?;
    let mut is_applied = false;
    for _ in 0..ROUNDS {
        let found = session.read(task).await?;
        match task.decide(&found) {
            SwitchDecision::Complete if is_applied => return Ok(()),
            SwitchDecision::Complete => {
                session.applied().await?;
                is_applied = true;
            }
            SwitchDecision::Superseded => return Err(StepError::Superseded),
            SwitchDecision::Differs { difference } => {
                return Err(StepError::Broken(format!("the switch differs: {difference}")));
            }
            SwitchDecision::Write(changes) => {
                if !lease.outlasts(clock.now(), STEP) {
                    return Err(StepError::Away("the lease ends: not written".to_owned()));
                }
                is_applied = false;
                if session.write(task, &changes).await? == SwitchWrite::Stored {
                    tracing::info!(unis = changes.len(), "switch written");
                }
            }
        }
    }
    Err(StepError::Failed("the switch changes each time it is read".to_owned()))
}

#[cfg(test)]
mod tests;
