//! The plan of a repair: from what the network holds of one SIM to what it should hold.

use super::state::{HeldKeys, NetworkState, SimSlot, Step, StepChange, StepPlan, Subscriber};

impl StepPlan {
    /// The steps from a state to another of the same SIM, each only where something differs.
    ///
    /// As in an ordinary plan, barring comes first and its end last, and the keys come before the
    /// end of barring. A subscriber with other keys than those of the SIM is another's: it is deleted
    /// and created again, because a network may hold keys of a kind that no step replaces. Two
    /// attempts of one repair lead to the same values, so that a late step of the first changes
    /// nothing after the second.
    pub fn reaching(found: Option<Subscriber>, target: Option<&Subscriber>) -> Self {
        let mut steps = Vec::new();
        let is_kept =
            found.as_ref().is_some_and(|found| target.is_some() && found.keys != HeldKeys::Other);
        if found.is_some() && !is_kept {
            steps.push(StepChange::Delete);
        }
        if let Some(target) = target {
            let from = found.clone().filter(|_| is_kept);
            if from.is_none() {
                steps.push(StepChange::Create);
            }
            steps.extend(adjusting(&from.unwrap_or_else(Subscriber::created), target));
        }
        let steps = steps.into_iter().map(|change| Step { slot: SimSlot::Current, change });
        let before = NetworkState { current: found, replacement: None };
        Self::new(before, steps.collect())
    }
}

fn adjusting(from: &Subscriber, to: &Subscriber) -> impl Iterator<Item = StepChange> {
    let circuit = (from.circuit != to.circuit).then_some(StepChange::Circuit(to.circuit));
    let packet = (from.packet != to.packet).then_some(StepChange::Packet(to.packet));
    let number = (from.msisdn != to.msisdn).then(|| StepChange::Msisdn(to.msisdn.clone()));
    let keys = (from.keys != to.keys).then_some(StepChange::Keys);
    let access = [circuit, packet].into_iter().flatten();
    let (allowed, barred): (Vec<_>, Vec<_>) = access
        .partition(|change| matches!(change, StepChange::Circuit(true) | StepChange::Packet(true)));
    barred.into_iter().chain(number).chain(keys).chain(allowed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::{NumberHolder, Progress};

    fn subscriber() -> impl Strategy<Value = Subscriber> {
        let number = prop_oneof![Just(None), Just(Some(1_u64)), Just(Some(2))];
        let keys = prop_oneof![Just(HeldKeys::Missing), Just(HeldKeys::Own), Just(HeldKeys::Other)];
        (number, any::<bool>(), any::<bool>(), keys).prop_map(|(number, circuit, packet, keys)| {
            let msisdn = number.map(|n| format!("4670842140{n}").parse().unwrap());
            Subscriber { msisdn, circuit, packet, keys }
        })
    }

    fn target() -> impl Strategy<Value = Option<Subscriber>> {
        proptest::option::of((subscriber(), any::<bool>()))
            .prop_map(|made| made.map(|(one, blocked)| Subscriber::complete(one.msisdn, blocked)))
    }

    proptest! {
        #[test]
        fn a_repair_leads_to_its_target_from_wherever_it_begins(
            found in proptest::option::of(subscriber()), target in target(),
        ) {
            let plan = StepPlan::reaching(found.clone(), target.as_ref());
            prop_assert_eq!(&plan.target().current, &target);
            let begun = NetworkState { current: found.clone(), replacement: None };
            let progress = plan.progress(&begun, NumberHolder::Plan);
            prop_assert_eq!(progress == Progress::Complete, found == target);
            prop_assert_eq!(plan.steps().is_empty(), found == target);
            // Nobody attaches who is to be barred, and nobody with keys of another.
            let states = plan.states();
            let middle = states.iter().skip(1).filter_map(|state| state.current.as_ref());
            for state in middle {
                let barred = target.as_ref().is_some_and(|target| !target.circuit);
                let was_barred = found.as_ref().is_some_and(|found| !found.circuit);
                if barred && was_barred && found.as_ref().is_some_and(|f| f.keys != HeldKeys::Other) {
                    prop_assert!(!state.circuit);
                }
                prop_assert!(state.keys != HeldKeys::Other);
            }
        }
    }
}
