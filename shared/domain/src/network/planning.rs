//! The plan of steps of each order, for a state-based network.

use super::state::{NetworkState, SimSlot, Step, StepChange, StepPlan, Subscriber};
use crate::{
    provisioning::{Operation, ProvisioningOrder},
    subscription::{Change, Subscription},
};

impl StepPlan {
    /// The plan of an order on its subscription, which is locked by it and therefore as it was when
    /// the order was placed.
    ///
    /// The order of the steps, and what a reader of the network sees between them:
    /// * **create**: the subscriber, its number, its keys. Until the keys are there, no SIM
    ///   authenticates: nobody attaches before the subscription is complete;
    /// * **change**: barring comes first and its end last, so that a subscriber that is blocked at
    ///   either end of the order is blocked while its number changes. The network replaces a number
    ///   in one step: it has the old or the new one;
    /// * **change of SIM**: the subscriber of the new SIM is prepared without number and keys. Then
    ///   the old one is deleted, and its number given to the new one in the next step. Between these
    ///   two steps nobody has the number: a network does not let two subscribers have it, and moves
    ///   none. The keys come last: the two SIMs never authenticate at once;
    /// * **delete**: one step. The number is free with it;
    /// * **restore**, **withdraw**: the target alone. What is to be done depends on what is found
    ///   ([`Self::reaching`]).
    pub fn of_order(order: &ProvisioningOrder, subscription: &Subscription) -> Self {
        let current = || Subscriber::complete(order.msisdn.clone(), subscription.blocked);
        match &order.operation {
            Operation::Create => Self::new(NetworkState::default(), create(order, subscription)),
            Operation::Restore => {
                let target = NetworkState { current: Some(current()), replacement: None };
                Self::new(target, Vec::new())
            }
            Operation::Withdraw => Self::new(NetworkState::default(), Vec::new()),
            Operation::Delete => {
                let before = NetworkState { current: Some(current()), replacement: None };
                Self::new(before, vec![step(SimSlot::Current, StepChange::Delete)])
            }
            Operation::Change(change) => {
                let before = NetworkState { current: Some(current()), replacement: None };
                let steps = match change.iccid {
                    Some(_) => replace_sim(order, subscription, change),
                    None => adjust(change),
                };
                Self::new(before, steps)
            }
        }
    }
}

const fn step(slot: SimSlot, change: StepChange) -> Step {
    Step { slot, change }
}

fn create(order: &ProvisioningOrder, subscription: &Subscription) -> Vec<Step> {
    let slot = SimSlot::Current;
    let number = order.msisdn.clone().map(|number| step(slot, StepChange::Msisdn(Some(number))));
    std::iter::once(step(slot, StepChange::Create))
        .chain(barred(slot, subscription.blocked))
        .chain(number)
        .chain([step(slot, StepChange::Keys)])
        .collect()
}

/// The steps that bar a new subscriber, if it is to be.
fn barred(slot: SimSlot, blocked: bool) -> Vec<Step> {
    if blocked { allow(slot, false).into() } else { Vec::new() }
}

const fn allow(slot: SimSlot, allowed: bool) -> [Step; 2] {
    [step(slot, StepChange::Circuit(allowed)), step(slot, StepChange::Packet(allowed))]
}

fn adjust(change: &Change) -> Vec<Step> {
    let slot = SimSlot::Current;
    let number = change.msisdn.clone().map(|number| step(slot, StepChange::Msisdn(Some(number))));
    let mut steps: Vec<Step> = number.into_iter().collect();
    match change.blocked {
        Some(true) => steps.splice(0..0, allow(slot, false)).for_each(drop),
        Some(false) => steps.extend(allow(slot, true)),
        None => {}
    }
    steps
}

fn replace_sim(
    order: &ProvisioningOrder,
    subscription: &Subscription,
    change: &Change,
) -> Vec<Step> {
    let slot = SimSlot::Replacement;
    let number = change.msisdn.clone().or_else(|| order.msisdn.clone());
    let number = number.map(|number| step(slot, StepChange::Msisdn(Some(number))));
    let blocked = change.blocked.unwrap_or(subscription.blocked);
    std::iter::once(step(slot, StepChange::Create))
        .chain(barred(slot, blocked))
        .chain([step(SimSlot::Current, StepChange::Delete)])
        .chain(number)
        .chain([step(slot, StepChange::Keys)])
        .collect()
}

/// The values of an order that only a network with services beyond numbers and barring can carry, as
/// the API calls them. Taking such a value away needs nothing of the network.
pub fn beyond_numbers(order: &ProvisioningOrder, subscription: &Subscription) -> Vec<&'static str> {
    let values = match &order.operation {
        Operation::Delete | Operation::Restore | Operation::Withdraw => return Vec::new(),
        Operation::Change(change) => [
            ("odbProfile", change.odb_profile.is_some_and(|profile| u8::from(profile) > 0)),
            ("staticIp", change.static_ip.flatten().is_some()),
            ("apnIds", change.apn_ids.as_ref().is_some_and(|ids| !ids.is_empty())),
            ("a2pVoiceAppKey", change.a2p_voice_app_key.is_some()),
            ("services", change.services.as_ref().is_some_and(|all| !all.is_empty())),
        ]
        .to_vec(),
        Operation::Create => vec![("odbProfile", u8::from(subscription.odb_profile) > 0)],
    };
    values.into_iter().filter(|(_, is_asked)| *is_asked).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests;
