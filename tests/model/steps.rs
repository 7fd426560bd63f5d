//! Orders in a network without keys and conditions: a worker reads, checks its lease, sends a step, and
//! reads again (`functions/subscription-worker/src/steps.rs`). What keeps a late step from undoing a
//! newer order is time, in three rules. Each is left out once.

use stateright::{Checker, HasDiscoveries, Model, Property};

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// A step whose response does not come is executed or discarded before the next is sent: its
    /// connection is reset.
    Reset,
    /// A lease outlasts the step that is sent under it.
    StepEndsBeforeLease,
    /// A lease outlasts its holder: the function's time-out ends it.
    HolderEndsBeforeLease,
    /// An order ends when its target was read, not when its step was sent.
    ReadBack,
}

/// The newer order, and the last.
const ORDERS: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Phase {
    /// It will read and check.
    Begins,
    /// The lease was live when it looked.
    Checked,
    /// It has sent the step.
    Sent,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    /// The orders that have ended; the network should hold this number.
    ended: u8,
    /// The number that the network holds: that of the order whose step was executed last.
    network: u8,
    /// Who has the lease of the outstanding order.
    lease: Option<usize>,
    /// What each worker is at, and for which order.
    workers: [Option<(u8, Phase)>; 2],
    /// Steps on their way: who sent them, and for which order.
    sent: Vec<(usize, u8)>,
    deaths: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Lease(usize),
    Check(usize),
    Send(usize),
    Execute(usize),
    Lose(usize),
    TimeOut(usize),
    Read(usize),
    LeaseEnds,
    Die(usize),
}

struct Steps {
    without: &'static [Rule],
}

impl Steps {
    fn holds(&self, rule: Rule) -> bool {
        !self.without.contains(&rule)
    }

    /// Whether nothing that a worker has sent is on its way, as its next read or step requires.
    fn is_answered(&self, state: &State, worker: usize) -> bool {
        let on_its_way = state.sent.iter().any(|(sender, _)| *sender == worker);
        !on_its_way || !self.holds(Rule::Reset)
    }
}

impl Model for Steps {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let (lease, workers, sent) = (None, [None, None], Vec::new());
        vec![State { ended: 0, network: 0, lease, workers, sent, deaths: 0 }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for worker in 0..2 {
            actions.extend([
                Action::Lease(worker),
                Action::Check(worker),
                Action::Send(worker),
                Action::TimeOut(worker),
                Action::Read(worker),
                Action::Die(worker),
            ]);
        }
        actions.extend((0..state.sent.len()).flat_map(|n| [Action::Execute(n), Action::Lose(n)]));
        actions.push(Action::LeaseEnds);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Lease(worker) => {
                let is_free = state.lease.is_none() && state.workers[worker].is_none();
                (is_free && state.ended < ORDERS).then_some(())?;
                next.lease = Some(worker);
                next.workers[worker] = Some((state.ended + 1, Phase::Begins));
            }
            Action::Check(worker) => {
                let (order, phase) = state.workers[worker]?;
                (phase == Phase::Begins && state.lease == Some(worker)).then_some(())?;
                next.workers[worker] = Some((order, Phase::Checked));
            }
            // Between the check and this, anything may have happened.
            Action::Send(worker) => {
                let (order, phase) = state.workers[worker]?;
                (phase == Phase::Checked && state.sent.len() < 3).then_some(())?;
                next.workers[worker] = Some((order, Phase::Sent));
                next.sent.push((worker, order));
            }
            Action::Execute(n) => next.network = next.sent.remove(n).1,
            Action::Lose(n) => {
                next.sent.remove(n);
            }
            Action::TimeOut(worker) => {
                let (order, phase) = state.workers[worker]?;
                (phase == Phase::Sent && self.is_answered(state, worker)).then_some(())?;
                next.workers[worker] = Some((order, Phase::Begins));
            }
            // Reads the target, and ends the order in the transaction under its lease.
            Action::Read(worker) => {
                let (order, phase) = state.workers[worker]?;
                let is_answered = self.is_answered(state, worker);
                let is_done =
                    state.network == order || phase == Phase::Sent && !self.holds(Rule::ReadBack);
                (is_done && is_answered && phase != Phase::Checked).then_some(())?;
                next.workers[worker] = None;
                if state.lease == Some(worker) {
                    next.lease = None;
                    next.ended = order;
                }
            }
            Action::LeaseEnds => {
                let holder = state.lease?;
                let on_its_way = state.sent.iter().any(|(sender, _)| *sender == holder);
                (!(on_its_way && self.holds(Rule::StepEndsBeforeLease))).then_some(())?;
                next.lease = None;
                if self.holds(Rule::HolderEndsBeforeLease) {
                    next.workers[holder] = None;
                }
            }
            Action::Die(worker) => {
                state.workers[worker]?;
                (state.deaths < crate::faults()).then_some(())?;
                next.workers[worker] = None;
                next.deaths += 1;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // The outstanding order may be carried out already; an older one never is again.
            Property::always(TRUTH, |_, state: &State| {
                state.network == state.ended || state.network == state.ended + 1
            }),
            Property::sometimes(ENDS, |_, state: &State| state.ended == ORDERS),
        ]
    }
}

const TRUTH: &str = "the network holds what the last order wanted";
const ENDS: &str = "both orders end";

#[test]
fn no_late_step_undoes_a_newer_order() {
    let checker = Steps { without: &[] }.checker().threads(2).spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker.assert_properties();
    // Fewer would mean that something cannot happen any more.
    assert!(checker.unique_state_count() > 80, "{} states", checker.unique_state_count());
}

#[test]
fn every_rule_of_steps_that_is_left_out_is_missed() {
    let each: [&[Rule]; 4] = [
        &[Rule::Reset],
        &[Rule::StepEndsBeforeLease],
        &[Rule::HolderEndsBeforeLease],
        &[Rule::ReadBack],
    ];
    for without in each {
        let until = HasDiscoveries::AnyOf([TRUTH].into());
        let checker = Steps { without }.checker().threads(2).finish_when(until).spawn_bfs().join();
        println!("without {without:?}: {} states", checker.unique_state_count());
        assert!(checker.discovery(TRUTH).is_some(), "without {without:?} it holds that {TRUTH}");
    }
}
