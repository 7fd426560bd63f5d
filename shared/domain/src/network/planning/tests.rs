use proptest::prelude::*;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::{
    network::{HeldKeys, NumberHolder, Progress},
    numbering::Msisdn,
    provisioning::OrderNumber,
    subscription::{NewSubscription, OdbProfile, SubscriptionId},
};

const ICCID: &str = "89461177710001700003";
const NEW_ICCID: &str = "89461177710001700011";

fn subscription(msisdn: Option<Msisdn>, blocked: bool) -> Subscription {
    let number = OrderNumber::generate(datetime!(2026-11-21 12:00 UTC), 0);
    let new = NewSubscription {
        iccid: ICCID.parse().unwrap(),
        msisdn,
        imsi: None,
        odb_profile: OdbProfile::default(),
    };
    let new = new.into_subscription(SubscriptionId(Uuid::nil()), "t".parse().unwrap(), number);
    Subscription { blocked, ..new }
}

fn placed(on: &Subscription, operation: Operation) -> ProvisioningOrder {
    let at = datetime!(2026-11-21 12:00 UTC);
    ProvisioningOrder::placed(OrderNumber::generate(at, 0), on, operation, at, String::new())
}

fn number() -> impl Strategy<Value = Msisdn> {
    "4670[0-9]{7}".prop_map(|text| text.parse().unwrap())
}

/// An order of any kind, as the API places it: a change has values that differ from the current ones.
fn orders() -> impl Strategy<Value = (ProvisioningOrder, Subscription)> {
    let held = (proptest::option::of(number()), any::<bool>());
    let change = (proptest::option::of(number()), any::<bool>(), any::<bool>());
    (held, change, 0..3_u8).prop_map(|((msisdn, blocked), (new, sim, turns), kind)| {
        let blocked = blocked && kind > 0;
        let on = subscription(msisdn.clone(), blocked);
        let operation = match kind {
            0 => Operation::Create,
            1 => Operation::Delete,
            _ => Operation::Change(Box::new(Change {
                msisdn: new.filter(|new| Some(new) != msisdn.as_ref()),
                iccid: sim.then(|| NEW_ICCID.parse().unwrap()),
                blocked: turns.then_some(!blocked),
                ..Change::default()
            })),
        };
        (placed(&on, operation), on)
    })
}

/// What the network is to hold after the order, by the subscription alone.
fn target(order: &ProvisioningOrder, on: &Subscription) -> NetworkState {
    match &order.operation {
        Operation::Delete | Operation::Withdraw => NetworkState::default(),
        Operation::Create | Operation::Restore => {
            let current = Some(Subscriber::complete(on.msisdn.clone(), on.blocked));
            NetworkState { current, replacement: None }
        }
        Operation::Change(change) => {
            let after = on.clone().changed((**change).clone());
            let held = Some(Subscriber::complete(after.msisdn, after.blocked));
            match change.iccid {
                Some(_) => NetworkState { current: None, replacement: held },
                None => NetworkState { current: held, replacement: None },
            }
        }
    }
}

fn attaches(held: Option<&Subscriber>) -> bool {
    held.is_some_and(|held| held.keys == HeldKeys::Own && (held.circuit || held.packet))
}

proptest! {
    #[test]
    fn every_plan_ends_at_the_target_and_from_wherever_it_was_left((order, on) in orders()) {
        let plan = StepPlan::of_order(&order, &on);
        let states = plan.states();
        prop_assert_eq!(states.last().unwrap(), &target(&order, &on));
        for left in &states {
            let mut state = left.clone();
            let mut sent = 0;
            loop {
                match plan.progress(&state, NumberHolder::Plan) {
                    Progress::Complete => break,
                    Progress::Done(done) => state = state.after(&plan.steps()[done]),
                    other => prop_assert!(false, "{:?}", other),
                }
                sent += 1;
                prop_assert!(sent <= plan.steps().len(), "no end");
            }
            prop_assert_eq!(&state, &target(&order, &on));
        }
    }

    #[test]
    fn a_step_that_arrives_late_changes_nothing((order, on) in orders()) {
        let plan = StepPlan::of_order(&order, &on);
        for (done, state) in plan.states().iter().enumerate() {
            for late in &plan.steps()[..done] {
                prop_assert_eq!(&state.clone().after(late), state, "{:?} after {} steps", late, done);
            }
        }
    }

    #[test]
    fn no_number_is_held_twice_and_none_is_away_for_longer_than_one_step((order, on) in orders()) {
        let states = StepPlan::of_order(&order, &on).states();
        let mut nowhere = 0;
        for state in &states {
            let held = |slot| state.subscriber(slot).and_then(|one| one.msisdn.clone());
            let [one, other] = SimSlot::ALL.map(held);
            prop_assert!(one.is_none() || one != other);
            nowhere += usize::from(one.is_none() && other.is_none());
            let attached = SimSlot::ALL.map(|slot| attaches(state.subscriber(slot)));
            prop_assert!(attached != [true, true], "both SIMs authenticate");
        }
        if matches!(order.operation, Operation::Change(_)) && order.msisdn.is_some() {
            prop_assert!(nowhere <= 1, "{}", nowhere);
        }
    }

    #[test]
    fn nobody_attaches_before_the_subscription_is_complete((order, on) in orders()) {
        let states = StepPlan::of_order(&order, &on).states();
        let (last, target) = (states.last().unwrap(), target(&order, &on));
        for state in &states {
            if matches!(order.operation, Operation::Create) && state != last {
                prop_assert!(!attaches(state.current.as_ref()));
            }
            if state.replacement.as_ref().is_some_and(|held| attaches(Some(held))) {
                prop_assert_eq!(state, &target);
            }
        }
    }

    #[test]
    fn what_no_step_leaves_is_for_a_person_and_named_without_numbers((order, on) in orders()) {
        let plan = StepPlan::of_order(&order, &on);
        let foreign = Subscriber {
            msisdn: Some("4611111111".parse().unwrap()),
            circuit: false,
            packet: true,
            keys: HeldKeys::Other,
        };
        let mut found = plan.states();
        found.iter_mut().for_each(|state| state.current = Some(foreign.clone()));
        for found in found {
            match plan.progress(&found, NumberHolder::Plan) {
                Progress::Differs { difference } => {
                    prop_assert!(!difference.contains("4611111111"));
                    prop_assert!(!difference.is_empty());
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

#[test]
fn a_number_of_another_subscriber_refuses_an_order_that_has_not_begun_only() {
    let on = subscription(Some("46700000001".parse().unwrap()), false);
    let plan = StepPlan::of_order(&placed(&on, Operation::Create), &on);
    let states = plan.states();
    let progress = |done: usize| plan.progress(&states[done], NumberHolder::Another);
    assert!(matches!(progress(0), Progress::Refused { .. }));
    assert!(matches!(progress(1), Progress::Differs { .. }), "the subscriber was created");
    assert_eq!(plan.given_number(), on.msisdn.as_ref());
}

#[test]
fn a_difference_says_what_is_found() {
    let on = subscription(Some("46700000001".parse().unwrap()), false);
    let order = placed(
        &on,
        Operation::Change(Box::new(Change { blocked: Some(true), ..Change::default() })),
    );
    let plan = StepPlan::of_order(&order, &on);
    let said = |current: Option<Subscriber>| {
        let found = NetworkState { current, replacement: None };
        match plan.progress(&found, NumberHolder::Plan) {
            Progress::Differs { difference } => difference,
            other => format!("{other:?}"),
        }
    };
    let complete = Subscriber::complete(on.msisdn.clone(), false);
    let found = |change: fn(&mut Subscriber)| {
        let mut found = complete.clone();
        change(&mut found);
        Some(found)
    };
    assert_eq!(said(None), "the SIM: not in the network");
    assert_eq!(said(found(|held| held.msisdn = None)), "the SIM: no number");
    assert_eq!(said(found(|held| held.keys = HeldKeys::Missing)), "the SIM: no keys");
    let combination = said(found(|held| held.packet = false));
    assert!(combination.starts_with("values of different steps"), "{combination}");
    let other = found(|held| {
        held.msisdn = Some("46700000009".parse().unwrap());
        held.keys = HeldKeys::Other;
    });
    assert_eq!(said(other), "the SIM: another number, the SIM: other keys");
}

#[test]
fn an_order_that_changes_nothing_in_the_network_needs_no_step() {
    let on = subscription(None, false);
    let change = Change { tags: Some([].into()), ..Change::default() };
    let order = placed(&on, Operation::Change(Box::new(change)));
    assert!(StepPlan::of_order(&order, &on).steps().is_empty());
}

#[test]
fn values_beyond_numbers_are_named_as_the_api_calls_them() {
    let on = subscription(None, false);
    let change = Change {
        static_ip: Some(Some([192, 0, 2, 1].into())),
        apn_ids: Some(Vec::new()),
        odb_profile: Some(3.try_into().unwrap()),
        ..Change::default()
    };
    let order = placed(&on, Operation::Change(Box::new(change)));
    assert_eq!(beyond_numbers(&order, &on), ["odbProfile", "staticIp"]);
    assert!(beyond_numbers(&placed(&on, Operation::Create), &on).is_empty());
    assert!(beyond_numbers(&placed(&on, Operation::Delete), &on).is_empty());
    let barred = Subscription { odb_profile: 1.try_into().unwrap(), ..on };
    assert_eq!(beyond_numbers(&placed(&barred, Operation::Create), &barred), ["odbProfile"]);
}
