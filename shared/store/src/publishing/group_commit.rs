//! Group commit: status changes that are published at the same time share a transaction.
//!
//! The end of a feed is one item: with a transaction for each status change, a client's feed would
//! be as slow as the table answers. Publishers of one process queue up, and the first that waited
//! writes for all of them. Publishers of several processes meet at the end of the feed, where the
//! condition accepts one.
//!
//! A transaction has the status changes of one tenant, and only these wait for each other: a feed
//! that many write to delays nothing of another tenant.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domain::{failure::Retryable, identity::Tenant};
use time::OffsetDateTime;
use tokio::sync::{
    Mutex as Turns,
    oneshot::{self, Sender, error::TryRecvError},
};

use super::published;
use crate::{
    connection::Table,
    error::StoreError,
    feeds::{self, FeedEvent},
    transaction::{self, Outcome},
};

/// Marks in one transaction, which holds at most 100 writes: each mark is one, and its (at most
/// two) events are two each with the end of their feed.
const MOST: usize = 20;

/// Status changes of an order to be marked as published, with the events they append to feeds.
pub(super) struct Mark {
    pub(super) order: String,
    /// How many are published before.
    pub(super) published: u64,
    /// How many are published then.
    pub(super) sequence: u64,
    /// Whether nothing is left to do on its order afterwards.
    pub(super) last: bool,
    pub(super) events: Vec<FeedEvent>,
    pub(super) now: OffsetDateTime,
}

type Published = Result<bool, StoreError>;

/// The publishers of one process, by the tenant whose feeds they append to.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    /// Those that somebody waits in.
    of_tenants: Mutex<HashMap<Tenant, Weak<TenantGroup>>>,
}

/// The publishers of one tenant.
#[derive(Debug, Default)]
struct TenantGroup {
    waiting: Mutex<Vec<(Mark, Sender<Published>)>>,
    turn: Turns<()>,
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.order, self.sequence)
    }
}

impl GroupCommit {
    /// Marks a status change as published, alone or with others of the same tenant. False: it was
    /// already.
    pub(super) async fn publish(&self, table: &Table, tenant: &Tenant, mark: Mark) -> Published {
        self.group(tenant).publish(table, mark).await
    }

    fn group(&self, tenant: &Tenant) -> Arc<TenantGroup> {
        let mut groups = self.of_tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(tenant).and_then(Weak::upgrade) {
            return group;
        }
        groups.retain(|_, group| group.strong_count() > 0);
        let group = Arc::default();
        groups.insert(tenant.clone(), Arc::downgrade(&group));
        group
    }
}

impl TenantGroup {
    async fn publish(&self, table: &Table, mark: Mark) -> Published {
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((mark, answer));
        let _turn = self.turn.lock().await;
        loop {
            match answered.try_recv() {
                Ok(published) => return published,
                Err(TryRecvError::Empty) => publish_all(table, self.next()).await,
                // The publisher that wrote for us was stopped in the middle.
                Err(TryRecvError::Closed) => {
                    return Err(StoreError::Unavailable("the group commit was cut off".to_owned()));
                }
            }
        }
    }

    /// Those that have waited longest; a transaction writes no item twice, so of each order one.
    fn next(&self) -> Vec<(Mark, Sender<Published>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group: Vec<(Mark, Sender<Published>)> = Vec::new();
        for (mark, answer) in mem::take(&mut *waiting) {
            let known = group.iter().any(|(other, _)| other.order == mark.order);
            if known || group.len() == MOST {
                waiting.push((mark, answer));
            } else {
                group.push((mark, answer));
            }
        }
        group
    }
}

async fn publish_all(table: &Table, group: Vec<(Mark, Sender<Published>)>) {
    let mut groups = vec![group];
    while let Some(mut group) = groups.pop() {
        match append(table, &mut group).await {
            Ok(()) => answer(group, || Ok(true)),
            // One that is broken must not take the others with it.
            Err(error) if group.len() > 1 && !error.retryable() => {
                groups.extend(group.into_iter().map(|alone| vec![alone]));
            }
            Err(error) => answer(group, || Err(error.clone())),
        }
    }
}

fn answer(group: Vec<(Mark, Sender<Published>)>, published: impl Fn() -> Published) {
    for (_, answer) in group {
        // The caller may be gone: the mark is written all the same.
        let _ = answer.send(published());
    }
}

/// Writes a group at once; answers those that were published before, and leaves them out.
async fn append(
    table: &Table,
    group: &mut Vec<(Mark, Sender<Published>)>,
) -> Result<(), StoreError> {
    for _ in 0..feeds::ATTEMPTS {
        let Some((Mark { now, .. }, _)) = group.first() else { return Ok(()) };
        let mut writes: Vec<_> = group.iter().map(|(mark, _)| published(mark)).collect();
        let events = group.iter().flat_map(|(mark, _)| &mark.events);
        writes.extend(feeds::appending(table, events, *now).await?);
        let Outcome::Refused(reasons) = transaction::run(table, writes).await? else {
            return Ok(());
        };
        let refused = |position: usize| reasons.get(position).is_some_and(Option::is_some);
        let (before, kept): (Vec<_>, Vec<_>) =
            mem::take(group).into_iter().enumerate().partition(|(position, _)| refused(*position));
        group.extend(kept.into_iter().map(|(_, mark)| mark));
        if before.is_empty() {
            feeds::wait().await;
        }
        answer(before.into_iter().map(|(_, mark)| mark).collect(), || Ok(false));
    }
    Err(StoreError::Throttled("the end of a feed".to_owned()))
}
