//! The deliveries to one receiver that is slow or fails, its gate, the queue and the senders.

use std::collections::BTreeMap;

/// Processes of the sender.
const SENDERS: usize = 2;

/// A delivery's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Delivery {
    /// The attempt that it waits for.
    pub(super) attempt: u8,
    pub(super) place: Place,
}

/// What a delivery waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Its message, or the sweeper.
    Message,
    /// The gate.
    Backlog,
    /// Nothing: it is delivered.
    Delivered,
}

/// The gate of a receiver: who has it makes an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Gate {
    pub(super) lease: Option<Lease>,
    /// Whether deliveries wait for it, or may.
    pub(super) is_marked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lease {
    pub(super) owner: usize,
    pub(super) is_live: bool,
}

/// A message: the same one may be received twice, and is deleted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Message {
    id: u8,
    pub(super) delivery: usize,
    pub(super) attempt: u8,
}

/// Where a process of the sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    Idle,
    Received(Message),
    /// Another one had the gate.
    Refused(Message),
    /// It makes the attempt.
    Holds {
        message: Message,
        is_late: bool,
    },
    /// The receiver has responded.
    Responded {
        message: Message,
        is_late: bool,
        is_taken: bool,
    },
    /// The result is stored; whether it has yet to mark the gate.
    Stored {
        message: Message,
        marks: bool,
    },
    /// The gate is released, and had a mark.
    Continues(Message),
    /// It has taken this delivery out of the backlog.
    Took {
        message: Message,
        next: usize,
    },
}

impl Sender {
    /// Whether it makes an attempt, as far as it can know.
    pub(super) const fn is_in_flight(self) -> bool {
        matches!(self, Self::Holds { is_late: false, .. } | Self::Responded { is_late: false, .. })
    }

    pub(super) const fn holds(self) -> bool {
        matches!(self, Self::Holds { .. } | Self::Responded { .. } | Self::Stored { .. })
    }

    const fn message(self) -> Option<Message> {
        match self {
            Self::Idle => None,
            Self::Received(message)
            | Self::Refused(message)
            | Self::Continues(message)
            | Self::Holds { message, .. }
            | Self::Responded { message, .. }
            | Self::Stored { message, .. }
            | Self::Took { message, .. } => Some(message),
        }
    }
}

/// How much may go wrong on one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Faults {
    /// Senders that die, or are stopped for longer than their lease.
    pub(super) deaths: u8,
    /// Attempts that the receiver refuses.
    pub(super) refusals: u8,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) gate: Gate,
    /// Messages that are not deleted, by their ids.
    pub(super) queue: BTreeMap<u8, Message>,
    pub(super) senders: [Sender; SENDERS],
    /// The sweeper has found the backlog empty; whether the mark that it read is still the last.
    pub(super) found_empty: Option<bool>,
    /// What the receiver has taken.
    pub(super) taken: Vec<usize>,
    pub(super) faults: Faults,
}

/// One step: of a sender, of the sweeper, or of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Receive(usize, Message),
    Acquire(usize),
    Join(usize),
    Post(usize),
    PostAndBeRefused(usize),
    Store(usize),
    Release(usize),
    Take(usize, usize),
    /// The index is behind the table: a delivery that joined just now is not found.
    TakeNothing(usize),
    Send(usize),
    SweepDelivery(usize),
    SweepGate(usize),
    FindEmpty,
    Unmark,
    LeaseEnds,
    Die(usize),
}

impl Action {
    /// Whether it is something that goes wrong, and need not happen.
    pub(super) const fn is_fault(&self) -> bool {
        matches!(self, Self::Die(_))
    }
}

impl State {
    pub(super) fn new(deliveries: usize, faults: Faults) -> Self {
        let first = Delivery { attempt: 0, place: Place::Message };
        let mut state = Self {
            deliveries: vec![first; deliveries],
            gate: Gate::default(),
            queue: BTreeMap::new(),
            senders: [Sender::Idle; SENDERS],
            found_empty: None,
            taken: Vec::new(),
            faults,
        };
        (0..deliveries).for_each(|delivery| state.send(delivery));
        state
    }

    /// Every step, whether or not it can be taken.
    pub(super) fn steps(&self, actions: &mut Vec<Action>) {
        actions.extend([Action::FindEmpty, Action::Unmark, Action::LeaseEnds]);
        for delivery in 0..self.deliveries.len() {
            actions.extend([Action::SweepDelivery(delivery), Action::SweepGate(delivery)]);
        }
        for sender in 0..SENDERS {
            actions.extend(self.queue.values().map(|&message| Action::Receive(sender, message)));
            actions.extend((0..self.deliveries.len()).map(|next| Action::Take(sender, next)));
            actions.extend([
                Action::Acquire(sender),
                Action::Join(sender),
                Action::Post(sender),
                Action::PostAndBeRefused(sender),
                Action::Store(sender),
                Action::Release(sender),
                Action::TakeNothing(sender),
                Action::Send(sender),
                Action::Die(sender),
            ]);
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.gate.lease.is_some_and(|lease| lease.is_live)
    }

    pub(super) fn dies(&mut self) -> Option<()> {
        self.faults.deaths = self.faults.deaths.checked_sub(1)?;
        Some(())
    }

    pub(super) fn has_message(&self, delivery: usize) -> bool {
        self.queue.values().any(|message| message.delivery == delivery)
    }

    /// A message for the attempt that the delivery waits for.
    pub(super) fn send(&mut self, delivery: usize) {
        let is_known = |id: &u8| {
            let mut known = self.senders.iter().filter_map(|sender| sender.message());
            self.queue.contains_key(id) || known.any(|message| message.id == *id)
        };
        let id = (0..=u8::MAX).find(|id| !is_known(id)).unwrap_or_default();
        let attempt = self.deliveries[delivery].attempt;
        self.queue.insert(id, Message { id, delivery, attempt });
    }

    /// The message is deleted.
    pub(super) fn done(&mut self, sender: usize, message: Message) {
        self.queue.remove(&message.id);
        self.senders[sender] = Sender::Idle;
    }

    pub(super) fn awaits(&self, message: Message) -> bool {
        let Delivery { attempt, place } = self.deliveries[message.delivery];
        attempt == message.attempt && place != Place::Delivered
    }

    pub(super) fn mark(&mut self) {
        self.gate.is_marked = true;
        self.found_empty = self.found_empty.map(|_| false);
    }

    pub(super) fn take(&mut self, delivery: usize) -> Option<()> {
        let place = &mut self.deliveries[delivery].place;
        (*place == Place::Backlog).then_some(())?;
        *place = Place::Message;
        Some(())
    }
}
