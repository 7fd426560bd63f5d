//! What must hold in every state.

use stateright::Property;

use crate::rests;

use super::{
    protocol::Protocol,
    state::{Action, Delivery, Faults, Place, Sender, State},
};

pub(super) const ONE_IN_FLIGHT: &str = "one attempt is in flight at most";
pub(super) const DELIVERED: &str = "what is delivered was received";
pub(super) const ONCE: &str = "without a fault each is received once";
pub(super) const NOTHING_IS_LOST: &str = "what rests is delivered";

pub(super) fn all(faults: Faults) -> Vec<Property<Protocol>> {
    let mut all = vec![
        Property::always(ONE_IN_FLIGHT, one_in_flight),
        Property::always(DELIVERED, delivered_is_received),
        Property::always(NOTHING_IS_LOST, |protocol: &Protocol, state: &State| {
            is_done(state) || !rests(protocol, state, Action::is_fault)
        }),
        Property::sometimes("all is done", |_, state: &State| is_done(state)),
    ];
    if faults.deaths == 0 {
        all.push(Property::always(ONCE, received_once));
    }
    all
}

fn one_in_flight(_: &Protocol, state: &State) -> bool {
    state.senders.iter().copied().filter(|sender| Sender::is_in_flight(*sender)).count() <= 1
}

fn delivered_is_received(_: &Protocol, state: &State) -> bool {
    let mut deliveries = state.deliveries.iter().enumerate();
    deliveries.all(|(id, at)| !is_delivered(at) || state.taken.contains(&id))
}

fn received_once(_: &Protocol, state: &State) -> bool {
    let times = |id| state.taken.iter().filter(|&&taken| taken == id).count();
    (0..state.deliveries.len()).all(|id| times(id) <= 1)
}

fn is_done(state: &State) -> bool {
    state.deliveries.iter().all(is_delivered)
}

fn is_delivered(delivery: &Delivery) -> bool {
    delivery.place == Place::Delivered
}
