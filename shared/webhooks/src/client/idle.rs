//! Connections over which nothing is under way, kept for the next delivery to the same receiver.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::exchange::Connection;
use crate::Target;

/// How long a connection is kept without use: shorter than the five seconds after which common
/// servers close one.
const UNUSED: Duration = Duration::from_secs(4);
/// How long one is used at all. Then the name is resolved and its addresses are checked again.
const AGE: Duration = Duration::from_secs(60);
/// How many are kept, of all receivers together.
const MOST: usize = 32;

struct Kept {
    target: Target,
    connection: Connection,
    since: Instant,
}

/// No task stands behind a kept connection: nobody reads from it, so a receiver that sends
/// something unasked fills a socket buffer and nothing else.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Kept>>);

impl Idle {
    /// The connection to this receiver that was used last, if its receiver has not closed it.
    pub(super) async fn take(&self, target: &Target) -> Option<Connection> {
        while let Some(mut connection) = self.newest(target) {
            if connection.is_open().await {
                return Some(connection);
            }
        }
        None
    }

    fn newest(&self, target: &Target) -> Option<Connection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        kept.retain(|it| now < it.since + UNUSED && now < it.connection.opened + AGE);
        let last = kept.iter().rposition(|it| it.target.is_beside(target))?;
        Some(kept.remove(last).connection)
    }

    /// Keeps a connection for the next delivery, and closes the one that was unused for longest
    /// if there are too many.
    pub(super) fn keep(&self, target: &Target, connection: Connection) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST {
            kept.remove(0);
        }
        kept.push(Kept { target: target.clone(), connection, since: Instant::now() });
    }
}
