//! The deliveries to a receiver that is slow or fails: gate, backlog, mark, sweeper.

mod properties;
mod protocol;
mod state;

use properties::{NOTHING_IS_LOST, ONCE, ONE_IN_FLIGHT};
use protocol::{Protocol, Rule};
use state::Faults;
use stateright::{Checker, HasDiscoveries, Model};

use crate::faults;

#[test]
fn no_fault_breaks_the_protocol_of_deliveries() {
    let most = faults();
    for (deliveries, deaths, refusals) in [(2, most - 1, most - 1), (1, most, most)] {
        let faults = Faults { deaths, refusals };
        let protocol = Protocol { deliveries, without: None, faults };
        let checker = protocol.checker().threads(2).spawn_bfs().join();
        println!("{deliveries} deliveries, {faults:?}: {} states", checker.unique_state_count());
        checker.assert_properties();
        // Fewer would mean that something cannot happen any more.
        assert!(checker.unique_state_count() > 1_000, "{}", checker.unique_state_count());
    }
}

#[test]
fn every_rule_of_deliveries_that_is_left_out_is_missed() {
    let broken: [(Rule, usize, u8, &str); 8] = [
        (Rule::GateIsFree, 2, 0, ONE_IN_FLIGHT),
        (Rule::ReleasedByOwner, 1, 2, ONE_IN_FLIGHT),
        (Rule::ReadUnderGate, 1, 0, ONCE),
        (Rule::LeaseEnds, 1, 1, NOTHING_IS_LOST),
        (Rule::StoreWithMark, 1, 1, NOTHING_IS_LOST),
        (Rule::MarkedAsRead, 2, 0, NOTHING_IS_LOST),
        (Rule::MarkedGateIsDue, 1, 1, NOTHING_IS_LOST),
        (Rule::DeliveryIsDue, 1, 1, NOTHING_IS_LOST),
    ];
    for (rule, deliveries, deaths, property) in broken {
        let faults = Faults { deaths, refusals: 1 };
        let protocol = Protocol { deliveries, without: Some(rule), faults };
        let until = HasDiscoveries::AnyOf([property].into());
        let checker = protocol.checker().threads(2).finish_when(until).spawn_bfs().join();
        println!("without {rule:?}: {} states", checker.unique_state_count());
        assert!(checker.discovery(property).is_some(), "without {rule:?} it holds that {property}");
    }
}
