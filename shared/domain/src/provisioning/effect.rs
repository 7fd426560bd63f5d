//! What the end of an order does to its subscription and to the numbers it holds.

use super::{Event, Operation, ProvisioningOrder};
use crate::subscription::{Change, Claim};

/// What becomes of the subscription when its order ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionEffect {
    /// Unlocked, otherwise as it was.
    Unlock,
    /// Changed and unlocked.
    Apply(Box<Change>),
    /// Gone.
    Remove,
}

/// Everything that must happen in the transaction that ends an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// To the subscription.
    pub subscription: SubscriptionEffect,
    /// Numbers that anybody may have again.
    pub freed: Vec<Claim>,
    /// Numbers that nobody may have again: a SIM that was taken out of service.
    pub voided: Vec<Claim>,
}

impl ProvisioningOrder {
    /// The numbers that the placing of the order must claim: what the subscription will hold and
    /// does not hold yet.
    pub fn claimed(&self) -> Vec<Claim> {
        match &self.operation {
            Operation::Create | Operation::Withdraw => self.held(),
            Operation::Change(change) => {
                let iccid = change.iccid.clone().map(Claim::Iccid);
                let msisdn = change.msisdn.clone().map(Claim::Msisdn);
                iccid.into_iter().chain(msisdn).collect()
            }
            Operation::Delete | Operation::Restore => Vec::new(),
        }
    }

    /// What an event that ends the order does.
    pub(super) fn effect_of(&self, event: Event) -> Effect {
        match event {
            Event::Done => self.effect_of_completion(),
            Event::Refused | Event::CanceledByClient => Effect {
                subscription: if self.operation.makes_subscription() {
                    SubscriptionEffect::Remove
                } else {
                    SubscriptionEffect::Unlock
                },
                freed: self.claimed(),
                voided: Vec::new(),
            },
        }
    }

    fn effect_of_completion(&self) -> Effect {
        match &self.operation {
            Operation::Create | Operation::Restore => Effect {
                subscription: SubscriptionEffect::Unlock,
                freed: Vec::new(),
                voided: Vec::new(),
            },
            Operation::Withdraw => Effect {
                subscription: SubscriptionEffect::Remove,
                freed: self.held(),
                voided: Vec::new(),
            },
            Operation::Change(change) => {
                let old_number = self.msisdn.clone().filter(|_| change.msisdn.is_some());
                let old_sim = change.iccid.is_some();
                Effect {
                    subscription: SubscriptionEffect::Apply(change.clone()),
                    freed: old_number.map(Claim::Msisdn).into_iter().collect(),
                    voided: if old_sim { self.sim() } else { Vec::new() },
                }
            }
            Operation::Delete => Effect {
                subscription: SubscriptionEffect::Remove,
                freed: self.msisdn.clone().map(Claim::Msisdn).into_iter().collect(),
                voided: self.sim(),
            },
        }
    }

    fn sim(&self) -> Vec<Claim> {
        let imsi = self.imsi.clone().map(Claim::Imsi);
        std::iter::once(Claim::Iccid(self.iccid.clone())).chain(imsi).collect()
    }

    fn held(&self) -> Vec<Claim> {
        let msisdn = self.msisdn.clone().map(Claim::Msisdn);
        self.sim().into_iter().chain(msisdn).collect()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        provisioning::OrderNumber,
        subscription::{NewSubscription, OdbProfile, SubscriptionId},
    };

    fn order(operation: Operation) -> ProvisioningOrder {
        let at = datetime!(2026-11-21 12:00 UTC);
        let number = OrderNumber::generate(at, 0);
        let subscription = NewSubscription {
            iccid: "89461177710001700003".parse().unwrap(),
            msisdn: Some("4612312312".parse().unwrap()),
            imsi: Some("240071234567890".parse().unwrap()),
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(SubscriptionId(Uuid::nil()), "t".parse().unwrap(), number);
        ProvisioningOrder::placed(number, &subscription, operation, at, String::new())
    }

    fn change(change: Change) -> ProvisioningOrder {
        order(Operation::Change(Box::new(change)))
    }

    #[test]
    fn an_order_that_is_canceled_frees_exactly_what_it_claimed() {
        let new_number =
            Change { msisdn: Some("4699999999".parse().unwrap()), ..Change::default() };
        for order in [
            order(Operation::Create),
            change(new_number),
            order(Operation::Delete),
            order(Operation::Restore),
            order(Operation::Withdraw),
        ] {
            for event in [Event::Refused, Event::CanceledByClient] {
                let effect = order.effect_of(event);
                assert_eq!(effect.freed, order.claimed());
                assert!(effect.voided.is_empty());
            }
        }
    }

    #[test]
    fn a_repair_claims_nothing_for_good_and_voids_nothing() {
        let restored = order(Operation::Restore);
        assert!(restored.claimed().is_empty());
        for event in Event::ALL {
            let effect = restored.effect_of(event);
            assert_eq!(effect.subscription, SubscriptionEffect::Unlock);
            assert!(effect.freed.is_empty() && effect.voided.is_empty());
            let withdrawn = order(Operation::Withdraw);
            let effect = withdrawn.effect_of(event);
            assert_eq!(effect.subscription, SubscriptionEffect::Remove);
            assert_eq!((effect.freed, effect.voided), (withdrawn.claimed(), Vec::new()));
        }
    }

    #[test]
    fn a_new_number_frees_the_old_one_only_on_completion() {
        let order =
            change(Change { msisdn: Some("4699999999".parse().unwrap()), ..Change::default() });
        let effect = order.effect_of(Event::Done);
        assert_eq!(effect.freed, vec![Claim::Msisdn("4612312312".parse().unwrap())]);
    }

    #[test]
    fn the_old_sim_becomes_void_on_a_change_of_sim_and_on_deletion() {
        let sim = vec![
            Claim::Iccid("89461177710001700003".parse().unwrap()),
            Claim::Imsi("240071234567890".parse().unwrap()),
        ];
        let swap = change(Change {
            iccid: Some("89461177710001700011".parse().unwrap()),
            ..Change::default()
        });
        for order in [swap, order(Operation::Delete)] {
            assert_eq!(order.effect_of(Event::Done).voided, sim);
        }
    }

    #[test]
    fn a_change_that_touches_neither_number_nor_sim_frees_nothing() {
        let order = change(Change { blocked: Some(true), ..Change::default() });
        let effect = order.effect_of(Event::Done);
        assert!(effect.freed.is_empty() && effect.voided.is_empty() && order.claimed().is_empty());
    }
}
