//! The protocol: what may happen in each state, and what must hold in all of them.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use super::{
    properties,
    state::{Action, Hold, Lease, Order, Record, State, Status, WORKERS, Worker},
};

/// The orders of one subscription, in the order in which they are placed.
pub(super) const ORDERS: usize = 2;

/// A rule of the protocol that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// An order is placed only while nothing is outstanding (`AsReadAndUnlocked`).
    LockIsFree,
    /// An end removes the lock only if it is its own (`LockedBy`).
    LockedByThisOrder,
    /// An end needs the order open and the worker's fence (`OpenUnderFence`).
    OpenUnderFence,
    /// A lease is taken only while none is live (`DueAndUnleased`).
    LeaseIsFree,
    /// A lease is released by its owner only (`LeasedBy`).
    LeasedByThisOwner,
    /// A lease ends, though its holder is dead.
    LeaseEnds,
    /// Each call of the network has the order's key.
    KeyOfTheCall,
    /// A client cancels an order that no worker has taken (`AsRead`: a lease raises the revision).
    CancelsUntaken,
    /// A response that does not come says nothing about what was done.
    TimeoutIsUnknown,
    /// The message about an order comes from the table's stream, not from who placed it.
    Outbox,
    /// Whatever is not final has a time by which something must have happened.
    Watchdog,
    /// So has what is final and not published.
    WatchdogUntilPublished,
}

/// How much may go wrong on one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Faults {
    /// Processes that die, or are stopped for longer than their lease.
    pub(super) deaths: u8,
    /// Responses and records of the stream that are lost.
    pub(super) losses: u8,
}

/// The protocol, or what is left of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol {
    /// The rules that are left out.
    pub(super) without: &'static [Rule],
    /// What may go wrong.
    pub(super) faults: Faults,
}

impl Protocol {
    fn has(&self, rule: Rule) -> bool {
        !self.without.contains(&rule)
    }
}

/// Each step takes the state as it is and returns nothing where it cannot be taken.
impl Protocol {
    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Place => self.place(state)?,
            Action::Cancel(order) => self.cancel(state, order)?,
            Action::Send(order) => {
                state.unsent.remove(&order);
                state.work.insert(order);
            }
            Action::DieBeforeSending(order) => {
                state.dies()?;
                state.unsent.remove(&order);
            }
            Action::Relay(record) => {
                state.stream.remove(&record);
                match record {
                    Record::Work(order) => state.work.insert(order),
                    Record::End(order) => state.changes.insert(order),
                };
            }
            Action::LoseRecord(record) => {
                state.loses()?;
                state.stream.remove(&record);
            }
            Action::Sweep(order) => sweep(state, order),
            Action::Receive(worker, order) => {
                // What another worker holds is received in vain, and again later.
                let item = &state.orders[order];
                let is_held = item.lease.is_some_and(|lease| lease.is_live);
                (item.status != Status::Open || !is_held).then_some(())?;
                state.workers[worker] = Worker::Received(order);
            }
            Action::Lease(worker) => self.lease(state, worker)?,
            Action::Call(worker) => {
                let hold = self.call(state, worker)?;
                state.workers[worker] = Worker::Responded(hold);
            }
            Action::CallWithoutResponse(worker) => {
                state.loses()?;
                let hold = self.call(state, worker)?;
                state.workers[worker] = Worker::Unknown(hold);
            }
            Action::Commit(worker) => self.end(state, worker, Status::Completed)?,
            Action::Release(worker) if self.has(Rule::TimeoutIsUnknown) => {
                self.release(state, worker)?;
            }
            Action::Release(worker) => self.end(state, worker, Status::Failed)?,
            Action::Publish(order) => {
                let item = &mut state.orders[order];
                item.is_published |= item.status != Status::Open;
                item.is_due &= item.status == Status::Open;
                state.changes.remove(&order);
            }
            Action::LeaseEnds(order) => self.lease_ends(state, order)?,
            Action::Die(worker) => {
                state.dies()?;
                state.workers[worker] = Worker::Idle;
            }
        }
        Some(())
    }

    /// One transaction: lock and order.
    fn place(&self, state: &mut State) -> Option<()> {
        let order = state.orders.len();
        let is_free = state.lock.is_none() || !self.has(Rule::LockIsFree);
        (order < ORDERS && is_free).then_some(())?;
        state.lock = Some(order);
        state.orders.push(Order {
            status: Status::Open,
            ends: 0,
            fence: 0,
            lease: None,
            is_due: self.has(Rule::Watchdog),
            is_published: false,
        });
        match self.has(Rule::Outbox) {
            true => state.stream.insert(Record::Work(order)),
            false => state.unsent.insert(order),
        };
        Some(())
    }

    /// One update.
    fn lease(&self, state: &mut State, worker: usize) -> Option<()> {
        let Worker::Received(order) = state.workers[worker] else { return None };
        let item = &mut state.orders[order];
        if item.status != Status::Open {
            // Nothing is left to do: the message is deleted.
            state.work.remove(&order);
            state.workers[worker] = Worker::Idle;
            return Some(());
        }
        let is_free = item.lease.is_none_or(|lease| !lease.is_live);
        if !is_free && self.has(Rule::LeaseIsFree) {
            state.workers[worker] = Worker::Idle;
            return Some(());
        }
        item.fence += 1;
        item.lease = Some(Lease { owner: item.fence, is_live: true });
        let hold = Hold { order, fence: item.fence, is_late: false };
        state.workers[worker] = Worker::Leased(hold);
        Some(())
    }

    /// The network carries an order out, and recognises its key the next time.
    fn call(&self, state: &mut State, worker: usize) -> Option<Hold> {
        let hold = state.workers[worker].hold()?;
        if !(self.has(Rule::KeyOfTheCall) && state.network.contains(&hold.order)) {
            state.network.push(hold.order);
        }
        Some(hold)
    }

    /// One transaction: the order, and its lock.
    fn end(&self, state: &mut State, worker: usize, status: Status) -> Option<()> {
        let hold = state.workers[worker].hold()?;
        state.workers[worker] = Worker::Idle;
        let item = &mut state.orders[hold.order];
        let is_mine = item.status == Status::Open && item.fence == hold.fence;
        if !is_mine && self.has(Rule::OpenUnderFence) {
            return Some(());
        }
        let is_locked_by_it = state.lock == Some(hold.order);
        if !is_locked_by_it && self.has(Rule::LockedByThisOrder) {
            // The whole transaction is refused.
            return Some(());
        }
        *item = Order {
            status,
            ends: item.ends + 1,
            lease: None,
            is_due: self.has(Rule::Watchdog) && self.has(Rule::WatchdogUntilPublished),
            ..*item
        };
        state.lock = None;
        state.stream.insert(Record::End(hold.order));
        state.work.remove(&hold.order);
        Some(())
    }

    /// One transaction, by the client: the order, and its lock. A lease has raised the fence.
    fn cancel(&self, state: &mut State, order: usize) -> Option<()> {
        let item = &mut state.orders[order];
        let is_untaken = item.fence == 0 || !self.has(Rule::CancelsUntaken);
        (item.status == Status::Open && is_untaken).then_some(())?;
        *item = Order {
            status: Status::Failed,
            ends: item.ends + 1,
            fence: item.fence + 1,
            lease: None,
            is_due: self.has(Rule::Watchdog) && self.has(Rule::WatchdogUntilPublished),
            ..*item
        };
        state.lock = None;
        state.stream.insert(Record::End(order));
        Some(())
    }

    /// The message stays, and is received again.
    fn release(&self, state: &mut State, worker: usize) -> Option<()> {
        let hold = state.workers[worker].hold()?;
        state.workers[worker] = Worker::Idle;
        let item = &mut state.orders[hold.order];
        let is_mine = item.lease.is_some_and(|lease| lease.owner == hold.fence);
        if is_mine || !self.has(Rule::LeasedByThisOwner) {
            item.lease = None;
        }
        Some(())
    }

    /// The time of a lease is over: its holder is dead, or was stopped, which is a fault.
    fn lease_ends(&self, state: &mut State, order: usize) -> Option<()> {
        let lease = state.orders[order].lease.filter(|lease| lease.is_live)?;
        if state.holder(order, lease.owner) {
            state.dies()?;
        } else if !self.has(Rule::LeaseEnds) {
            return None;
        }
        state.orders[order].lease = Some(Lease { is_live: false, ..lease });
        for worker in &mut state.workers {
            *worker = worker.is_late(order, lease.owner);
        }
        Some(())
    }
}

/// The sweeper sends again what is due: the work of an order, or its changes.
fn sweep(state: &mut State, order: usize) {
    let item = &state.orders[order];
    let is_held = item.lease.is_some_and(|lease| lease.is_live);
    match item.status {
        _ if !item.is_due || is_held => {}
        Status::Open => drop(state.work.insert(order)),
        Status::Completed | Status::Failed => drop(state.changes.insert(order)),
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            lock: None,
            orders: Vec::new(),
            unsent: BTreeSet::new(),
            stream: BTreeSet::new(),
            work: BTreeSet::new(),
            changes: BTreeSet::new(),
            workers: [Worker::Idle; WORKERS],
            network: Vec::new(),
            faults: self.faults,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        state.steps(actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        self.step(&mut next, action)?;
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
