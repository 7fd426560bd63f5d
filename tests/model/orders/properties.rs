//! What must hold in every state.

use stateright::Property;

use crate::rests;

use super::{
    protocol::{ORDERS, Protocol},
    state::{Action, Order, State, Status, Worker},
};

pub(super) const ONE_OUTSTANDING: &str = "one order is outstanding at most";
pub(super) const LOCK_AND_ORDER: &str = "a lock has an open order, and an open order has the lock";
pub(super) const ENDS_ONCE: &str = "an order ends once";
pub(super) const ONE_WORKER: &str = "one worker works under a lease";
pub(super) const CARRIED_OUT_ONCE: &str =
    "the network carries each order out once, one after the other";
pub(super) const TRUTH: &str = "what an order says is what was done";
pub(super) const NOTHING_IS_LOST: &str = "what rests is done and published";

pub(super) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONE_OUTSTANDING, one_outstanding),
        Property::always(LOCK_AND_ORDER, lock_and_order),
        Property::always(ENDS_ONCE, |_, state: &State| {
            state.orders.iter().all(|order| order.ends <= 1)
        }),
        Property::always(ONE_WORKER, one_worker),
        Property::always(CARRIED_OUT_ONCE, |_, state: &State| {
            state.network.is_sorted_by(|one, next| one < next)
        }),
        Property::always(TRUTH, truth),
        Property::always(NOTHING_IS_LOST, |protocol: &Protocol, state: &State| {
            is_done(state) || !rests(protocol, state, Action::may_never_happen)
        }),
        Property::sometimes("all is done", |_, state: &State| is_done(state)),
    ]
}

fn one_outstanding(_: &Protocol, state: &State) -> bool {
    state.orders.iter().filter(|order| order.status == Status::Open).count() <= 1
}

fn lock_and_order(_: &Protocol, state: &State) -> bool {
    state.lock == state.orders.iter().position(|order| order.status == Status::Open)
}

fn one_worker(_: &Protocol, state: &State) -> bool {
    let workers = |order| {
        let holds = state.workers.iter().filter_map(Worker::hold);
        holds.filter(|hold| hold.order == order && !hold.is_late).count()
    };
    (0..state.orders.len()).all(|order| workers(order) <= 1)
}

fn truth(_: &Protocol, state: &State) -> bool {
    let is_true = |(id, order): (usize, &Order)| match order.status {
        Status::Open => true,
        Status::Completed => state.network.contains(&id),
        Status::Failed => !state.network.contains(&id),
    };
    state.orders.iter().enumerate().all(is_true)
}

fn is_done(state: &State) -> bool {
    let is_done = |order: &Order| order.status != Status::Open && order.is_published;
    state.orders.len() == ORDERS && state.orders.iter().all(is_done)
}
