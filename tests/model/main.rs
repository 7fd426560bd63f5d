//! The protocols of orders and deliveries as models: a checker visits every state that they can
//! come to, whatever dies, is lost, or is late. Each rule of the protocol is left out once, and the
//! checker has to find what breaks: a model in which nothing can go wrong proves nothing.
//!
//! The rules have the names of the write conditions in `shared/store/src/conditions.rs` where they
//! are one. What the models do not have is time (a lease ends at any moment), sizes, and the
//! contents of orders.

use stateright::Model;

mod deliveries;
mod orders;
mod steps;

/// Whether nothing happens any more, unless something goes wrong.
fn rests<M: Model>(model: &M, state: &M::State, is_fault: fn(&M::Action) -> bool) -> bool {
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    let mut happens = actions.into_iter().filter(|action| !is_fault(action));
    !happens.any(|action| model.next_state(state, action).is_some())
}

/// How much may go wrong at most: once of each kind; `MODEL_FAULTS=2` takes minutes.
fn faults() -> u8 {
    std::env::var("MODEL_FAULTS").map_or(1, |text| text.parse().expect("a number of faults"))
}
