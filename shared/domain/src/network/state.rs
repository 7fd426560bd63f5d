//! Networks that know no idempotency keys (decision 146): what they hold of a subscription, the plan
//! of small steps that an order needs, and how far a plan has come, judged by what is found.

use std::collections::BTreeSet;

use crate::{
    numbering::{Imsi, Msisdn},
    sim::Sim,
};

/// The authentication keys that a network holds for a SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeldKeys {
    /// None: the SIM cannot authenticate.
    Missing,
    /// Those of the SIM.
    Own,
    /// Others: the SIM cannot authenticate.
    Other,
}

/// What the network holds under the IMSI of a SIM.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subscriber {
    /// Its number.
    pub msisdn: Option<Msisdn>,
    /// Whether it may use circuit-switched services: calls and short messages.
    pub circuit: bool,
    /// Whether it may use packet-switched services: data.
    pub packet: bool,
    /// Its keys.
    pub keys: HeldKeys,
}

impl Subscriber {
    /// As a network creates one: allowed everything, and without keys, so that no SIM authenticates
    /// as it.
    pub const fn created() -> Self {
        Self { msisdn: None, circuit: true, packet: true, keys: HeldKeys::Missing }
    }

    /// As the orders say that a subscription is.
    pub const fn complete(msisdn: Option<Msisdn>, blocked: bool) -> Self {
        Self { msisdn, circuit: !blocked, packet: !blocked, keys: HeldKeys::Own }
    }
}

/// A SIM of an order: a subscription has one, and two while it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimSlot {
    /// The SIM when the order was placed.
    Current,
    /// The SIM that takes its place.
    Replacement,
}

impl SimSlot {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Current, Self::Replacement];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "the SIM",
            Self::Replacement => "the new SIM",
        }
    }
}

/// What the network holds of a subscription: a subscriber or none for each SIM.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NetworkState {
    /// Under the SIM when the order was placed.
    pub current: Option<Subscriber>,
    /// Under the SIM that takes its place, if one does.
    pub replacement: Option<Subscriber>,
}

impl NetworkState {
    /// What is held for a SIM.
    pub const fn subscriber(&self, slot: SimSlot) -> Option<&Subscriber> {
        match slot {
            SimSlot::Current => self.current.as_ref(),
            SimSlot::Replacement => self.replacement.as_ref(),
        }
    }

    fn subscriber_mut(&mut self, slot: SimSlot) -> &mut Option<Subscriber> {
        match slot {
            SimSlot::Current => &mut self.current,
            SimSlot::Replacement => &mut self.replacement,
        }
    }

    /// The state after a step. One that finds no subscriber to change, or one that is there already,
    /// changes nothing.
    #[must_use]
    pub fn after(mut self, step: &Step) -> Self {
        let held = self.subscriber_mut(step.slot);
        match (&step.change, held.as_mut()) {
            (StepChange::Create, None) => *held = Some(Subscriber::created()),
            (StepChange::Delete, _) => *held = None,
            (StepChange::Msisdn(msisdn), Some(subscriber)) => subscriber.msisdn.clone_from(msisdn),
            (StepChange::Circuit(allowed), Some(subscriber)) => subscriber.circuit = *allowed,
            (StepChange::Packet(allowed), Some(subscriber)) => subscriber.packet = *allowed,
            (StepChange::Keys, Some(subscriber)) => subscriber.keys = HeldKeys::Own,
            (_, None) | (StepChange::Create, Some(_)) => {}
        }
        self
    }
}

/// What a step changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StepChange {
    /// Creates the subscriber, without number and keys.
    Create,
    /// Gives it this number, or takes its number away.
    Msisdn(Option<Msisdn>),
    /// Allows or bars calls and short messages.
    Circuit(bool),
    /// Allows or bars data.
    Packet(bool),
    /// Gives it the keys of its SIM.
    Keys,
    /// Deletes it.
    Delete,
}

impl StepChange {
    /// Its name, for logs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Msisdn(_) => "number",
            Self::Circuit(_) => "circuit-switched",
            Self::Packet(_) => "packet-switched",
            Self::Keys => "keys",
            Self::Delete => "delete",
        }
    }
}

/// One command to the network. Every value is absolute: a step may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// Whose subscriber.
    pub slot: SimSlot,
    /// What changes.
    pub change: StepChange,
}

/// A plan: the state that an order begins with, and the steps to its target.
///
/// Each attribute of a subscriber is set at most once, so that a step which arrives late, after its
/// successors, changes nothing (test `a_step_that_arrives_late_changes_nothing`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlan {
    before: NetworkState,
    steps: Vec<Step>,
}

/// How far a plan has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The network holds the target.
    Complete,
    /// This many steps are done.
    Done(usize),
    /// The network will not take the order, and no step is done. The reason is for the client.
    Refused {
        /// Without personal data.
        reason: &'static str,
    },
    /// The network holds what no step of the plan leaves: a person must look.
    Differs {
        /// The difference in words, without personal data.
        difference: String,
    },
}

/// Whether the number that a plan gives to a subscriber can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberHolder {
    /// Nobody has it, or one of the plan's own SIMs.
    Plan,
    /// Another subscriber of the network.
    Another,
}

impl StepPlan {
    /// A plan that begins with `before`.
    pub const fn new(before: NetworkState, steps: Vec<Step>) -> Self {
        Self { before, steps }
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The states that the plan passes through: first the one before, last the target.
    pub fn states(&self) -> Vec<NetworkState> {
        let after = |state: &mut NetworkState, step: &Step| {
            *state = std::mem::take(state).after(step);
            Some(state.clone())
        };
        let states = self.steps.iter().scan(self.before.clone(), after);
        std::iter::once(self.before.clone()).chain(states).collect()
    }

    /// The state that the plan leads to.
    pub fn target(&self) -> NetworkState {
        self.steps.iter().fold(self.before.clone(), NetworkState::after)
    }

    /// Whether the plan has a step for this SIM.
    pub fn concerns(&self, slot: SimSlot) -> bool {
        self.before.subscriber(slot).is_some() || self.steps.iter().any(|step| step.slot == slot)
    }

    /// The number that the plan gives, if it gives one.
    pub fn given_number(&self) -> Option<&Msisdn> {
        self.steps.iter().find_map(|step| match &step.change {
            StepChange::Msisdn(number) => number.as_ref(),
            _ => None,
        })
    }

    /// How far the plan has come, given what the network holds.
    pub fn progress(&self, found: &NetworkState, holder: NumberHolder) -> Progress {
        let states = self.states();
        // The last one: a step that changes nothing is done.
        let Some(done) = states.iter().rposition(|state| state == found) else {
            return Progress::Differs { difference: difference(&states, found) };
        };
        if done == self.steps.len() {
            return Progress::Complete;
        }
        match holder {
            NumberHolder::Plan => Progress::Done(done),
            NumberHolder::Another if done == 0 => {
                Progress::Refused { reason: "another subscriber of the network has the number" }
            }
            NumberHolder::Another => Progress::Differs {
                difference: "another subscriber of the network has the number of the order"
                    .to_owned(),
            },
        }
    }
}

/// What of the found state no state of the plan has, in words without personal data.
fn difference(states: &[NetworkState], found: &NetworkState) -> String {
    let words: Vec<String> = SimSlot::ALL
        .into_iter()
        .flat_map(|slot| {
            let expected: Vec<_> = states.iter().map(|state| state.subscriber(slot)).collect();
            differences(&expected, found.subscriber(slot))
                .into_iter()
                .map(move |word| format!("{}: {word}", slot.as_str()))
        })
        .collect();
    if words.is_empty() {
        "values of different steps of the order, in a combination that none of them leaves".into()
    } else {
        words.join(", ")
    }
}

pub(super) fn differences(
    expected: &[Option<&Subscriber>],
    found: Option<&Subscriber>,
) -> Vec<&'static str> {
    let Some(found) = found else {
        let is_missing = expected.iter().all(Option::is_some);
        return is_missing.then_some("not in the network").into_iter().collect();
    };
    let expected: Vec<&Subscriber> = expected.iter().copied().flatten().collect();
    if expected.is_empty() {
        return vec!["in the network, where it should not be"];
    }
    let numbers: BTreeSet<_> = expected.iter().map(|one| &one.msisdn).collect();
    let unlike = |of: fn(&Subscriber) -> bool| expected.iter().all(|one| of(one) != of(found));
    let allowed = |allowed: bool, words: [&'static str; 2]| words[usize::from(allowed)];
    [
        (!numbers.contains(&found.msisdn)).then_some(match found.msisdn {
            Some(_) => "another number",
            None => "no number",
        }),
        unlike(|one| one.circuit)
            .then(|| allowed(found.circuit, ["calls are barred", "calls are allowed"])),
        unlike(|one| one.packet)
            .then(|| allowed(found.packet, ["data is barred", "data is allowed"])),
        expected.iter().all(|one| one.keys != found.keys).then_some(match found.keys {
            HeldKeys::Missing => "no keys",
            HeldKeys::Own => "keys already",
            HeldKeys::Other => "other keys",
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What became of a command to a state-based network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepError {
    /// The network refused the command.
    Refused {
        /// In the network's words, for the log.
        why: String,
    },
    /// Nothing was sent: there is no connection.
    Away {
        /// What was seen, for the log.
        why: String,
    },
    /// It was sent, and no response came: nobody knows whether it was executed.
    Unanswered {
        /// What was seen, for the log.
        why: String,
    },
    /// The response is none that the protocol knows.
    Unreadable {
        /// What was seen, for the log.
        why: String,
    },
}

/// A network that is changed step by step, and whose state can be read.
pub trait StateNetwork: Send + Sync {
    /// A connection. A step that was sent on one is executed before any that is sent on a later one,
    /// or not at all.
    type Session: StateSession;

    /// Connects.
    fn open(&self) -> impl Future<Output = Result<Self::Session, StepError>> + Send;
}

/// A connection to such a network.
pub trait StateSession: Send {
    /// What is held under the IMSI of a SIM.
    fn read(
        &mut self,
        sim: &Sim,
    ) -> impl Future<Output = Result<Option<Subscriber>, StepError>> + Send;

    /// The IMSI of the subscriber that has a number.
    fn holder(
        &mut self,
        msisdn: &Msisdn,
    ) -> impl Future<Output = Result<Option<Imsi>, StepError>> + Send;

    /// Sends a step. One that finds its effect there already has succeeded.
    fn execute(
        &mut self,
        sim: &Sim,
        change: &StepChange,
    ) -> impl Future<Output = Result<(), StepError>> + Send;
}
