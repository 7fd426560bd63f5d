//! Concurrency slots of a receiver.
//!
//! A receiver has eight slots. The messages about one order share one, so at most one of them is
//! in flight, and a receiver that hangs holds at most eight senders. A receiver that is slow or
//! fails has gates besides, two or one: an attempt then holds its slot and a gate, in one
//! transaction. The slot stays the order's own whatever the receiver's health is.
//!
//! A message that finds a slot or a gate held leaves its delivery in the receiver's backlog and
//! marks what it waits for, in one transaction: whatever dies, a backlog that is not empty has a
//! mark (`tests/model/deliveries.rs`). Whoever releases a marked slot dispatches the next delivery of the
//! backlog. A mark keeps the slot in the index of due items until the sweeper finds the backlog
//! empty: a sender that dies while it holds the slot stops nothing.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::webhook::{Concurrency, EndpointId, MessageId};
use time::{Duration, OffsetDateTime};

use super::DynamoSending;
use crate::{
    conditions::Condition,
    connection::{Item, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{DELIVERIES_KEPT, to_millis},
    transaction::{self, Outcome},
};

/// Slots of a receiver.
const SLOTS: u8 = 8;
/// Gates of a receiver that is slow. One that fails has the first of them.
const GATES: u8 = 2;
/// Slots that a first attempt which lasts tries to acquire.
const SLOTS_TRIED: u8 = 3;

/// A slot of a receiver, or a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSlot {
    pub(super) endpoint: EndpointId,
    /// 0 to 7: the slots; 8 and 9: the gates.
    index: u8,
}

impl EndpointSlot {
    /// The slot of all messages about one order.
    pub fn of(endpoint: &EndpointId, message: &MessageId) -> Self {
        Self { endpoint: endpoint.clone(), index: slot_index(message) }
    }

    /// The gate that an attempt holds besides; none at a receiver that is well.
    pub fn gate(
        endpoint: &EndpointId,
        message: &MessageId,
        concurrency: Concurrency,
    ) -> Option<Self> {
        let gate = match concurrency {
            Concurrency::Full => return None,
            Concurrency::Slow => slot_index(message) % GATES,
            Concurrency::Failing => 0,
        };
        Some(Self { endpoint: endpoint.clone(), index: SLOTS + gate })
    }

    pub(super) const fn numbered(endpoint: EndpointId, index: u8) -> Self {
        Self { endpoint, index }
    }

    pub(super) fn key(&self) -> keys::Key {
        keys::slot(&self.endpoint, self.index)
    }

    fn due_partition(&self) -> String {
        keys::due_delivery(keys::due_shard(&self.key().pk))
    }
}

fn slot_index(message: &MessageId) -> u8 {
    keys::due_shard(message.group()) % SLOTS
}

/// What a sender holds during an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSlots {
    slot: EndpointSlot,
    gate: Option<EndpointSlot>,
    concurrency: Concurrency,
    owner: String,
}

impl HeldSlots {
    /// Whether a message can take over what is released here.
    pub fn serves(&self, message: &MessageId) -> bool {
        match self.concurrency {
            Concurrency::Full => slot_index(message) == self.slot.index,
            Concurrency::Slow => slot_index(message) % GATES == self.slot.index % GATES,
            Concurrency::Failing => true,
        }
    }

    /// What a delivery waits for that this attempt leaves in the backlog.
    pub fn awaited(&self) -> &EndpointSlot {
        self.gate.as_ref().unwrap_or(&self.slot)
    }

    /// Whether a gate is held: the receiver is slow or fails.
    pub const fn is_gated(&self) -> bool {
        self.gate.is_some()
    }
}

/// The result of acquiring a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// Held.
    Held(HeldSlots),
    /// Another attempt holds this one.
    Busy(EndpointSlot),
}

impl DynamoSending {
    /// Acquires what an attempt needs, for `length`, which must outlive the attempt. `owner`
    /// names this attempt and no other.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn acquire(
        &self,
        (endpoint, message): (&EndpointId, &MessageId),
        concurrency: Concurrency,
        owner: &str,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<Acquired, StoreError> {
        let slot = EndpointSlot::of(endpoint, message);
        let gate = EndpointSlot::gate(endpoint, message, concurrency);
        let take = |slot: &EndpointSlot| take(slot, owner, now + length, now);
        let busy = match &gate {
            None => match self.table.update(take(&slot)).await? {
                Updated::Applied(_) => None,
                // Our own update, whose response was lost.
                Updated::Refused(found) if found.get("leaseOwner") == Some(&text(owner)) => None,
                Updated::Refused(_) => Some(slot.clone()),
            },
            Some(gate) => match transaction::run(&self.table, vec![take(&slot), take(gate)]).await?
            {
                Outcome::Done => None,
                Outcome::Refused(reasons) => {
                    let by_gate = reasons.last().is_some_and(Option::is_some);
                    Some(if by_gate { gate.clone() } else { slot.clone() })
                }
            },
        };
        let owner = owner.to_owned();
        Ok(match busy {
            None => Acquired::Held(HeldSlots { slot, gate, concurrency, owner }),
            Some(slot) => Acquired::Busy(slot),
        })
    }

    /// Acquires a slot for a first attempt that lasts: the one of its order, or one of the next
    /// two. None: others hold them.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn acquire_any(
        &self,
        (endpoint, message): (&EndpointId, &MessageId),
        owner: &str,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<Option<HeldSlots>, StoreError> {
        for step in 0..SLOTS_TRIED {
            let index = (slot_index(message) + step) % SLOTS;
            let slot = EndpointSlot::numbered(endpoint.clone(), index);
            let is_held = match self.table.update(take(&slot, owner, now + length, now)).await? {
                Updated::Applied(_) => true,
                // Our own update, whose response was lost.
                Updated::Refused(found) => found.get("leaseOwner") == Some(&text(owner)),
            };
            if is_held {
                let (concurrency, owner) = (Concurrency::Full, owner.to_owned());
                return Ok(Some(HeldSlots { slot, gate: None, concurrency, owner }));
            }
        }
        Ok(None)
    }

    /// Releases what is held. The message that last marked it, if one did: the next delivery of
    /// the backlog is then to be dispatched. Harmless when another owner holds the slot by now.
    ///
    /// # Errors
    /// The database cannot be reached; the slot is then free when its lease ends.
    pub async fn release(&self, held: &HeldSlots) -> Result<Option<MessageId>, StoreError> {
        let (slot, owner) = (&held.slot, &held.owner);
        let slot = self.table.update(free(slot, owner));
        let gate = async {
            let Some(gate) = &held.gate else { return Ok(None) };
            self.table.update(free(gate, owner)).await.map(Some)
        };
        let (slot, gate) = tokio::try_join!(slot, gate)?;
        Ok([Some(slot), gate].into_iter().flatten().find_map(mark_of))
    }
}

/// The write that takes a slot. `dueAt` counts only while the slot is marked: the sweeper looks
/// at it when the lease has ended.
fn take(slot: &EndpointSlot, owner: &str, until: OffsetDateTime, now: OffsetDateTime) -> Write {
    Write::update(slot.key(), Condition::SlotFree { now })
        .set("leaseOwner", text(owner))
        .set("leaseUntil", number(to_millis(until)))
        .set("dueAt", number(to_millis(until)))
        // Outlives every delivery that may wait for it.
        .set("expiresAt", number((until + DELIVERIES_KEPT + Duration::days(1)).unix_timestamp()))
}

fn free<'a>(slot: &EndpointSlot, owner: &'a str) -> Write {
    let mine: Condition<'a> = Condition::LeasedBy { owner };
    Write::update(slot.key(), mine).remove("leaseOwner").remove("leaseUntil")
}

/// The write that marks a slot: a delivery in the backlog waits for it.
pub(super) fn marked(
    slot: &EndpointSlot,
    condition: Condition<'_>,
    waiting: &MessageId,
    now: OffsetDateTime,
) -> Write {
    Write::update(slot.key(), condition)
        .set("waiting", text(waiting.as_str()))
        .set("markedAt", number(to_millis(now)))
        .set("dueShard", text(slot.due_partition()))
}

fn mark_of(released: Updated) -> Option<MessageId> {
    let Updated::Applied(item) = released else { return None };
    waiting(&item)
}

fn waiting(item: &Item) -> Option<MessageId> {
    match item.get("waiting") {
        Some(AttributeValue::S(message)) => message.parse().ok(),
        _ => None,
    }
}
