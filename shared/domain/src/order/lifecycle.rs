use std::fmt;

use time::OffsetDateTime;

use super::{Intervention, NextAction, OrderKind, StatusChange, Timing};

/// Entries of a history that grows without bound, beyond which its oldest are archived.
const LONGEST_HISTORY: usize = 100;
/// Entries that stay then.
const KEPT: usize = 50;

/// A status of an order of some kind.
pub trait Status: Copy + Eq + fmt::Display {
    /// The value in items, responses and messages.
    fn as_str(self) -> &'static str;

    /// Whether no other status can follow.
    fn is_final(self) -> bool;
}

/// A kind of order: how its status changes, and what is due on it.
pub trait Lifecycle: Sized {
    /// Which kind.
    const KIND: OrderKind;

    /// Its statuses.
    type Status: Status;
    /// What can happen to it.
    type Event;
    /// What an event causes besides the new state of the order: claims, locks, notifications.
    type Effect;
    /// Why an event cannot happen.
    type Error: std::error::Error;
    /// What the next action depends on besides the order.
    type Context;

    /// Its status.
    fn status(&self) -> Self::Status;

    /// Rises by one with each write.
    fn revision(&self) -> u64;

    /// The mark that it needs intervention, if it has one.
    fn intervention(&self) -> Option<&Intervention>;

    /// The history, oldest first; without the placement where [`Self::placement`] gives it.
    fn history(&self) -> &[StatusChange<Self::Status>];

    /// The placement, where the history does not have it.
    fn placement(&self) -> Option<StatusChange<Self::Status>> {
        None
    }

    /// The history, where it grows without bound: its oldest entries are archived from time to
    /// time, so that the order always fits into its item.
    fn long_history(&mut self) -> Option<&mut Vec<StatusChange<Self::Status>>> {
        None
    }

    /// Every status it came to, the placement included and what is archived left out, as clients
    /// are told.
    fn status_changes(&self) -> Vec<StatusChange<Self::Status>>
    where
        StatusChange<Self::Status>: Clone,
    {
        self.placement().into_iter().chain(self.history().iter().cloned()).collect()
    }

    /// How many statuses it came to, the placement included.
    fn sequence(&self) -> u64 {
        self.history().last().map_or(1, |change| change.sequence)
    }

    /// The order after an event: the only way to another status.
    ///
    /// # Errors
    /// The event cannot happen in this status; the order is as it was.
    fn apply(&self, event: Self::Event, at: OffsetDateTime) -> Result<Applied<Self>, Self::Error>;

    /// What is due on the order: the only place that decides this.
    fn next_action(&self, context: &Self::Context, timing: Timing) -> NextAction;

    /// The type of stock that it needs and does not have: when there is some, its worker is
    /// called, even if the order waits for intervention.
    fn awaited_stock(&self) -> Option<&str> {
        None
    }
}

/// An order after an event, and what else the event causes. Only [`Lifecycle::apply`] makes one,
/// and the store writes nothing else: no status can be stored that `apply` did not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied<L: Lifecycle> {
    read: Read<L::Status>,
    order: L,
    effect: L::Effect,
    archived: Vec<StatusChange<L::Status>>,
    at: OffsetDateTime,
}

/// What is known of the order before the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Read<S> {
    status: S,
    revision: u64,
    marked: bool,
}

impl<L: Lifecycle> Applied<L> {
    /// `order` is the order after the event, with the revision it will have.
    pub(crate) fn new(before: &L, mut order: L, effect: L::Effect, at: OffsetDateTime) -> Self {
        let read = Read {
            status: before.status(),
            revision: before.revision(),
            marked: before.intervention().is_some(),
        };
        let archived = match order.long_history() {
            Some(history) if history.len() > LONGEST_HISTORY => {
                history.drain(..history.len() - KEPT).collect()
            }
            _ => Vec::new(),
        };
        Self { read, order, effect, archived, at }
    }

    /// The order as it will be stored.
    pub const fn order(&self) -> &L {
        &self.order
    }

    /// The order as it will be stored.
    pub fn into_order(self) -> L {
        self.order
    }

    /// What else the event causes.
    pub const fn effect(&self) -> &L::Effect {
        &self.effect
    }

    /// The entries of the history that are not kept in the order any more, oldest first: they are
    /// stored apart with it.
    pub fn archived(&self) -> &[StatusChange<L::Status>] {
        &self.archived
    }

    /// The status before.
    pub const fn from(&self) -> L::Status {
        self.read.status
    }

    /// The revision before.
    pub const fn read_revision(&self) -> u64 {
        self.read.revision
    }

    /// Whether the order was marked as needing intervention.
    pub const fn was_marked(&self) -> bool {
        self.read.marked
    }

    /// When it happened.
    pub const fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// Whether the event led to the end of the order.
    pub fn ends(&self) -> bool {
        self.order.status().is_final() && !self.from().is_final()
    }
}
