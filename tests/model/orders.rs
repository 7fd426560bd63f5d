//! An order from its placing to its publication: lock, outbox, lease, fence, watchdog.

mod properties;
mod protocol;
mod state;

use properties::{
    CARRIED_OUT_ONCE, ENDS_ONCE, LOCK_AND_ORDER, NOTHING_IS_LOST, ONE_OUTSTANDING, ONE_WORKER,
    TRUTH,
};
use protocol::{Faults, Protocol, Rule};
use stateright::{Checker, HasDiscoveries, Model};

use crate::faults;

/// Two workers and two orders of one subscription.
fn protocol(without: &'static [Rule]) -> Protocol {
    let faults = Faults { deaths: faults(), losses: faults() };
    Protocol { without, faults }
}

#[test]
fn no_fault_breaks_the_protocol_of_orders() {
    let checker = protocol(&[]).checker().threads(2).spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker.assert_properties();
    // Fewer would mean that something cannot happen any more.
    assert!(checker.unique_state_count() > 50_000, "{} states", checker.unique_state_count());
}

#[test]
fn every_rule_of_orders_that_is_left_out_is_missed() {
    let broken: [(&[Rule], &str); 12] = [
        (&[Rule::LockIsFree], ONE_OUTSTANDING),
        // Either of the two is enough.
        (&[Rule::OpenUnderFence, Rule::LockedByThisOrder], ENDS_ONCE),
        (&[Rule::OpenUnderFence, Rule::LockedByThisOrder], LOCK_AND_ORDER),
        (&[Rule::LeaseIsFree], ONE_WORKER),
        (&[Rule::LeasedByThisOwner], ONE_WORKER),
        (&[Rule::KeyOfTheCall], CARRIED_OUT_ONCE),
        (&[Rule::TimeoutIsUnknown], TRUTH),
        (&[Rule::CancelsUntaken], TRUTH),
        (&[Rule::LeaseEnds], NOTHING_IS_LOST),
        (&[Rule::Watchdog], NOTHING_IS_LOST),
        (&[Rule::WatchdogUntilPublished], NOTHING_IS_LOST),
        (&[Rule::Outbox, Rule::Watchdog], NOTHING_IS_LOST),
    ];
    for (without, property) in broken {
        let until = HasDiscoveries::AnyOf([property].into());
        let checker = protocol(without).checker().threads(2).finish_when(until).spawn_bfs().join();
        println!("without {without:?}: {} states", checker.unique_state_count());
        assert!(
            checker.discovery(property).is_some(),
            "without {without:?} it holds that {property}"
        );
    }
}
