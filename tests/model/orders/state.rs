//! The table, the stream, the queues, the workers and the network, as far as the protocol goes.

use std::collections::BTreeSet;

use super::protocol::Faults;

/// Processes of the worker.
pub(super) const WORKERS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Status {
    Open,
    Completed,
    Failed,
}

/// An order's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) status: Status,
    /// How often it has ended.
    pub(super) ends: u8,
    pub(super) fence: u8,
    pub(super) lease: Option<Lease>,
    /// Whether the sweeper will look at it.
    pub(super) is_due: bool,
    pub(super) is_published: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lease {
    /// The fence under which it was taken: no two leases of an order have one.
    pub(super) owner: u8,
    pub(super) is_live: bool,
}

/// Where a process of the worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Worker {
    Idle,
    Received(usize),
    /// It has the lease, or believes so.
    Leased(Hold),
    /// The network has responded.
    Responded(Hold),
    /// The response did not come.
    Unknown(Hold),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hold {
    pub(super) order: usize,
    pub(super) fence: u8,
    /// Whether its lease has ended meanwhile: it was stopped.
    pub(super) is_late: bool,
}

impl Worker {
    /// What it works on.
    pub(super) const fn hold(&self) -> Option<Hold> {
        match self {
            Self::Leased(hold) | Self::Responded(hold) | Self::Unknown(hold) => Some(*hold),
            Self::Idle | Self::Received(_) => None,
        }
    }

    pub(super) fn is_late(self, order: usize, owner: u8) -> Self {
        let late = |hold: Hold| Hold {
            is_late: hold.is_late || (hold.order == order && hold.fence == owner),
            ..hold
        };
        match self {
            Self::Leased(hold) => Self::Leased(late(hold)),
            Self::Responded(hold) => Self::Responded(late(hold)),
            Self::Unknown(hold) => Self::Unknown(late(hold)),
            Self::Idle | Self::Received(_) => self,
        }
    }
}

/// The table, the stream, the queues, the workers and the network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The subscription's outstanding order.
    pub(super) lock: Option<usize>,
    /// Those that are placed.
    pub(super) orders: Vec<Order>,
    /// Who placed an order has yet to send its message: only without an outbox.
    pub(super) unsent: BTreeSet<usize>,
    /// Changes of orders that the relay has not seen.
    pub(super) stream: BTreeSet<Record>,
    /// Messages that are not deleted: each may be received again at any time.
    pub(super) work: BTreeSet<usize>,
    pub(super) changes: BTreeSet<usize>,
    pub(super) workers: [Worker; WORKERS],
    /// What the network carried out, in its order.
    pub(super) network: Vec<usize>,
    pub(super) faults: Faults,
}

/// A change of an order in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Record {
    /// Its worker must be called.
    Work(usize),
    /// It has ended.
    End(usize),
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Place,
    Cancel(usize),
    Send(usize),
    Relay(Record),
    Sweep(usize),
    Receive(usize, usize),
    Lease(usize),
    Call(usize),
    CallWithoutResponse(usize),
    Commit(usize),
    Release(usize),
    Publish(usize),
    LeaseEnds(usize),
    Die(usize),
    DieBeforeSending(usize),
    LoseRecord(Record),
}

impl Action {
    /// Whether it need not happen: something that goes wrong, or that a client does.
    pub(super) const fn may_never_happen(&self) -> bool {
        matches!(
            self,
            Self::CallWithoutResponse(_)
                | Self::Cancel(_)
                | Self::Die(_)
                | Self::DieBeforeSending(_)
                | Self::LoseRecord(_)
        )
    }
}

impl State {
    /// Every step that can be taken, whether or not it changes anything.
    pub(super) fn steps(&self, actions: &mut Vec<Action>) {
        actions.push(Action::Place);
        actions.extend(
            self.unsent
                .iter()
                .flat_map(|&order| [Action::Send(order), Action::DieBeforeSending(order)]),
        );
        for &record in &self.stream {
            actions.extend([Action::Relay(record), Action::LoseRecord(record)]);
        }
        for order in 0..self.orders.len() {
            actions.extend([Action::Sweep(order), Action::LeaseEnds(order), Action::Cancel(order)]);
        }
        actions.extend(self.changes.iter().map(|&order| Action::Publish(order)));
        for (worker, at) in self.workers.iter().enumerate() {
            match at {
                Worker::Idle => {
                    actions.extend(self.work.iter().map(|&order| Action::Receive(worker, order)));
                }
                Worker::Received(_) => actions.push(Action::Lease(worker)),
                Worker::Leased(_) => {
                    actions.extend([Action::Call(worker), Action::CallWithoutResponse(worker)]);
                }
                Worker::Responded(_) => actions.push(Action::Commit(worker)),
                Worker::Unknown(_) => actions.push(Action::Release(worker)),
            }
            if *at != Worker::Idle {
                actions.push(Action::Die(worker));
            }
        }
    }

    pub(super) fn holder(&self, order: usize, owner: u8) -> bool {
        let mut holds = self.workers.iter().filter_map(Worker::hold);
        holds.any(|hold| hold.order == order && hold.fence == owner)
    }

    pub(super) fn dies(&mut self) -> Option<()> {
        self.faults.deaths = self.faults.deaths.checked_sub(1)?;
        Some(())
    }

    pub(super) fn loses(&mut self) -> Option<()> {
        self.faults.losses = self.faults.losses.checked_sub(1)?;
        Some(())
    }
}
