//! States that are told at the same time share a transaction.
//!
//! A feed's end is one item: with a transaction for each state, a client's feed would be as slow
//! as the table answers. Whoever comes while another tells waits, and the first of those who
//! waited tells for all of them. Across processes they still meet at the feed's end, where the
//! condition lets one pass.

use std::{
    mem,
    sync::{Mutex, PoisonError},
};

use domain::failure::Retryable;
use time::OffsetDateTime;
use tokio::sync::{
    Mutex as Turns,
    oneshot::{self, Sender, error::TryRecvError},
};

use super::told;
use crate::{
    connection::Table,
    error::StoreError,
    feeds::{self, FeedEvent},
    transaction::{self, Outcome},
};

/// States of one transaction, which holds at most 100 writes: each state is one, and its (at most
/// two) events are two each with the end of their feed.
const MOST: usize = 20;

/// A state to be marked as told, with what it appends to feeds.
pub(super) struct State {
    pub(super) order: String,
    pub(super) sequence: u64,
    /// Whether nothing is left to do on its order then.
    pub(super) last: bool,
    pub(super) events: Vec<FeedEvent>,
    pub(super) now: OffsetDateTime,
}

type Told = Result<bool, StoreError>;

/// Tells the states of one process.
#[derive(Debug, Default)]
pub(super) struct Together {
    waiting: Mutex<Vec<(State, Sender<Told>)>>,
    turn: Turns<()>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.order, self.sequence)
    }
}

impl Together {
    /// Marks a state as told, alone or with others. False: it had been told already.
    pub(super) async fn tell(&self, table: &Table, state: State) -> Told {
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((state, answer));
        let _turn = self.turn.lock().await;
        loop {
            match answered.try_recv() {
                Ok(told) => return told,
                Err(TryRecvError::Empty) => tell_all(table, self.next()).await,
                // Who told for us was stopped in the middle.
                Err(TryRecvError::Closed) => {
                    return Err(StoreError::Unavailable("told by another, and cut off".to_owned()));
                }
            }
        }
    }

    /// Those that have waited longest; a transaction writes no item twice, so of each order one.
    fn next(&self) -> Vec<(State, Sender<Told>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group: Vec<(State, Sender<Told>)> = Vec::new();
        for (state, answer) in mem::take(&mut *waiting) {
            let known = group.iter().any(|(other, _)| other.order == state.order);
            if known || group.len() == MOST {
                waiting.push((state, answer));
            } else {
                group.push((state, answer));
            }
        }
        group
    }
}

async fn tell_all(table: &Table, group: Vec<(State, Sender<Told>)>) {
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

fn answer(group: Vec<(State, Sender<Told>)>, told: impl Fn() -> Told) {
    for (_, answer) in group {
        // Nobody may be there any more: the state is told all the same.
        let _ = answer.send(told());
    }
}

/// Tells all of a group at once; answers those that had been told, and leaves them out.
async fn append(table: &Table, group: &mut Vec<(State, Sender<Told>)>) -> Result<(), StoreError> {
    for _ in 0..feeds::ATTEMPTS {
        let Some((State { now, .. }, _)) = group.first() else { return Ok(()) };
        let mut writes: Vec<_> = group.iter().map(|(state, _)| told(state)).collect();
        let events = group.iter().flat_map(|(state, _)| &state.events);
        writes.extend(feeds::appending(table, events, *now).await?);
        let Outcome::Refused(reasons) = transaction::run(table, writes).await? else {
            return Ok(());
        };
        let refused = |place: usize| reasons.get(place).is_some_and(Option::is_some);
        let (before, kept): (Vec<_>, Vec<_>) =
            mem::take(group).into_iter().enumerate().partition(|(place, _)| refused(*place));
        group.extend(kept.into_iter().map(|(_, state)| state));
        if before.is_empty() {
            feeds::wait().await;
        }
        answer(before.into_iter().map(|(_, state)| state).collect(), || Ok(false));
    }
    Err(StoreError::Throttled("the end of a feed".to_owned()))
}
