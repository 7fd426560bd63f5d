//! The protocol: what may happen in each state.

use stateright::{Model, Property};

use super::{
    properties,
    state::{Action, Faults, Lease, Place, Sender, State},
};

/// A rule of the protocol that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The gate is acquired only while nobody holds it (`SlotFree`).
    GateIsFree,
    /// It is released by its owner only (`LeasedBy`).
    ReleasedByOwner,
    /// Its lease ends, though its holder is dead.
    LeaseEnds,
    /// A delivery is read under the gate (`AwaitsAttempt`).
    ReadUnderGate,
    /// A delivery whose next attempt is late joins the backlog and marks the gate in one
    /// transaction, and not when the gate is released.
    StoreWithMark,
    /// A mark is removed only if it is the one that was read (`MarkedAsRead`).
    MarkedAsRead,
    /// A marked gate that nobody holds is a due item.
    MarkedGateIsDue,
    /// A delivery that is in no backlog is a due item.
    DeliveryIsDue,
}

/// The protocol, or what is left of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol {
    /// How many share the gate.
    pub(super) deliveries: usize,
    /// The rule that is left out.
    pub(super) without: Option<Rule>,
    /// What may go wrong.
    pub(super) faults: Faults,
}

impl Protocol {
    fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }
}

/// Each step takes the state as it is; nothing comes of one that cannot be taken.
impl Protocol {
    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Receive(sender, message) => {
                (state.senders[sender] == Sender::Idle).then_some(())?;
                state.senders[sender] = Sender::Received(message);
            }
            Action::Acquire(sender) => self.acquire(state, sender)?,
            Action::Join(sender) => Self::join(state, sender)?,
            Action::Post(sender) => post(state, sender, true)?,
            Action::PostAndBeRefused(sender) => {
                state.faults.refusals = state.faults.refusals.checked_sub(1)?;
                post(state, sender, false)?;
            }
            Action::Store(sender) => self.store(state, sender)?,
            Action::Release(sender) => self.release(state, sender)?,
            Action::Take(sender, next) => {
                let Sender::Continues(message) = state.senders[sender] else { return None };
                state.take(next)?;
                state.senders[sender] = Sender::Took { message, next };
            }
            Action::TakeNothing(sender) => {
                let Sender::Continues(message) = state.senders[sender] else { return None };
                state.done(sender, message);
            }
            Action::Send(sender) => {
                let Sender::Took { message, next } = state.senders[sender] else { return None };
                state.done(sender, message);
                state.send(next);
            }
            Action::SweepDelivery(delivery) => {
                // By then, a message that was sent has been received.
                let is_due = state.deliveries[delivery].place == Place::Message
                    && !state.has_message(delivery);
                (is_due && self.has(Rule::DeliveryIsDue)).then_some(())?;
                state.send(delivery);
            }
            Action::SweepGate(delivery) => {
                let is_due = state.gate.is_marked && !state.is_held();
                (is_due && self.has(Rule::MarkedGateIsDue)).then_some(())?;
                state.take(delivery)?;
                state.send(delivery);
            }
            Action::FindEmpty => {
                let is_due = state.gate.is_marked && !state.is_held();
                let mut places = state.deliveries.iter().map(|delivery| delivery.place);
                (is_due && places.all(|place| place != Place::Backlog)).then_some(())?;
                state.found_empty = Some(true);
            }
            Action::Unmark => {
                let is_the_last = state.found_empty.take()?;
                if is_the_last || !self.has(Rule::MarkedAsRead) {
                    state.gate.is_marked = false;
                }
            }
            Action::LeaseEnds => self.lease_ends(state)?,
            Action::Die(sender) => {
                (state.senders[sender] != Sender::Idle).then_some(())?;
                state.dies()?;
                state.senders[sender] = Sender::Idle;
            }
        }
        Some(())
    }

    fn acquire(&self, state: &mut State, sender: usize) -> Option<()> {
        let Sender::Received(message) = state.senders[sender] else { return None };
        if state.is_held() && self.has(Rule::GateIsFree) {
            state.senders[sender] = Sender::Refused(message);
            return Some(());
        }
        state.gate.lease = Some(Lease { owner: sender, is_live: true });
        // Another message for this attempt may just have made it.
        state.senders[sender] = match state.awaits(message) || !self.has(Rule::ReadUnderGate) {
            true => Sender::Holds { message, is_late: false },
            false => Sender::Stored { message, marks: false },
        };
        Some(())
    }

    /// The gate was held: one transaction joins the backlog and marks the gate, if it is held now
    /// (`SlotHeld`). If it is not, it is asked for again.
    fn join(state: &mut State, sender: usize) -> Option<()> {
        let Sender::Refused(message) = state.senders[sender] else { return None };
        if !state.is_held() {
            state.senders[sender] = Sender::Received(message);
            return Some(());
        }
        if state.awaits(message) {
            state.deliveries[message.delivery].place = Place::Backlog;
            state.mark();
        }
        state.done(sender, message);
        Some(())
    }

    /// The result of the attempt that the delivery waits for; the next one waits in the backlog.
    fn store(&self, state: &mut State, sender: usize) -> Option<()> {
        let Sender::Responded { message, is_taken, .. } = state.senders[sender] else {
            return None;
        };
        let mut marks = false;
        if state.awaits(message) {
            let delivery = &mut state.deliveries[message.delivery];
            if is_taken {
                delivery.place = Place::Delivered;
            } else {
                delivery.attempt += 1;
                delivery.place = Place::Backlog;
                marks = !self.has(Rule::StoreWithMark);
                if !marks {
                    state.mark();
                }
            }
        }
        state.senders[sender] = Sender::Stored { message, marks };
        Some(())
    }

    fn release(&self, state: &mut State, sender: usize) -> Option<()> {
        let Sender::Stored { message, marks } = state.senders[sender] else { return None };
        let is_mine = state.gate.lease.is_some_and(|lease| lease.owner == sender);
        let is_released = is_mine || !self.has(Rule::ReleasedByOwner);
        if is_released {
            state.gate.lease = None;
        }
        if is_released && marks {
            state.mark();
        }
        match is_released && state.gate.is_marked {
            true => state.senders[sender] = Sender::Continues(message),
            false => state.done(sender, message),
        }
        Some(())
    }

    /// The time of a lease is over: its holder is dead, or was stopped, which is a fault.
    fn lease_ends(&self, state: &mut State) -> Option<()> {
        let lease = state.gate.lease.filter(|lease| lease.is_live)?;
        let holder = &mut state.senders[lease.owner];
        let is_alive = holder.holds();
        if let Sender::Holds { is_late, .. } | Sender::Responded { is_late, .. } = holder {
            *is_late = true;
        }
        if is_alive {
            state.dies()?;
        } else if !self.has(Rule::LeaseEnds) {
            return None;
        }
        state.gate.lease = Some(Lease { is_live: false, ..lease });
        Some(())
    }
}

fn post(state: &mut State, sender: usize, is_taken: bool) -> Option<()> {
    let Sender::Holds { message, is_late } = state.senders[sender] else { return None };
    if is_taken {
        state.taken.push(message.delivery);
    }
    state.senders[sender] = Sender::Responded { message, is_late, is_taken };
    Some(())
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.deliveries, self.faults)]
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
        properties::all(self.faults)
    }
}
