//! How far an order has come at a switch, and what is left to change.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    HeldUni, OvcAtUni, ServiceChange, SwitchAim, SwitchSnapshot, SwitchTask, UniChange, UniState,
};
use crate::carrier::ServiceId;

/// What is to be done at the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchDecision {
    /// Nothing: it holds the target.
    Complete,
    /// These changes, in one conditional write. None: the stamp alone, so that what a late worker of the
    /// order has read is not so any more.
    Write(Vec<UniChange>),
    /// A newer worker of the order has been here.
    Superseded,
    /// It holds what the order neither began with nor leaves: for a person.
    Differs {
        /// The difference in words, without ids.
        difference: String,
    },
}

type States = BTreeMap<ServiceId, UniState>;

impl SwitchTask {
    /// Decides by what the switch holds.
    ///
    /// The target is worked out from the states before the order, which the switch keeps with each port
    /// that the order has configured. So a repeated attempt, a replaced document and a cancellation all
    /// come to their target from wherever an earlier attempt left the switch.
    pub fn decide(&self, found: &SwitchSnapshot) -> SwitchDecision {
        if self.is_superseded(found) {
            return SwitchDecision::Superseded;
        }
        let drift: Vec<_> = found.unis.values().flat_map(|uni| &uni.drift).copied().collect();
        if !drift.is_empty() {
            return differs(&drift.join(", "));
        }
        let before: States =
            found.unis.iter().map(|(id, uni)| (id.clone(), self.base(uni))).collect();
        let target = match &self.aim {
            SwitchAim::Withdraw => Ok(before.clone()),
            SwitchAim::Settle => Ok(self.settled(found)),
            SwitchAim::Fulfil(changes) => self.fulfilled(before.clone(), changes),
        };
        let changes = match target {
            Ok(target) => changes(found, &before, target),
            Err(difference) => return differs(difference),
        };
        if changes.iter().any(|change| self.is_later(found, &change.uni)) {
            return differs("a later order has configured a UNI of this one");
        }
        // A worker of the order that was cancelled may still be about to write what it decided.
        let is_noted = found.guard.as_ref() == Some(&self.stamp);
        if changes.is_empty() && (is_noted || self.aim != SwitchAim::Withdraw) {
            return SwitchDecision::Complete;
        }
        SwitchDecision::Write(changes)
    }

    fn is_superseded(&self, found: &SwitchSnapshot) -> bool {
        let stamps = found.unis.values().filter_map(|uni| uni.stamp.as_ref()).chain(&found.guard);
        stamps
            .into_iter()
            .any(|stamp| stamp.order == self.stamp.order && stamp.fence > self.stamp.fence)
    }

    /// Ids of orders sort by time.
    fn is_later(&self, found: &SwitchSnapshot, uni: &ServiceId) -> bool {
        let stamp = found.unis.get(uni).and_then(|uni| uni.stamp.as_ref());
        stamp.is_some_and(|stamp| stamp.order > self.stamp.order)
    }

    fn is_own(&self, uni: &HeldUni) -> bool {
        uni.stamp.as_ref().is_some_and(|stamp| stamp.order == self.stamp.order)
    }

    /// What a UNI was before this order.
    fn base(&self, uni: &HeldUni) -> UniState {
        if self.is_own(uni) { uni.before.clone() } else { uni.state.clone() }
    }

    fn settled(&self, found: &SwitchSnapshot) -> States {
        let own = found.unis.iter().filter(|(_, uni)| self.is_own(uni));
        own.map(|(id, uni)| match uni.state {
            UniState::Ending => (id.clone(), UniState::Absent),
            _ => (id.clone(), uni.state.clone()),
        })
        .collect()
    }

    fn fulfilled(
        &self,
        mut states: States,
        changes: &[ServiceChange],
    ) -> Result<States, &'static str> {
        // What ends makes room for what begins, whatever the order of the items.
        let ends: BTreeSet<_> = changes.iter().filter_map(ServiceChange::ended).collect();
        for (uni, state) in &mut states {
            self.end(state, uni, &ends)?;
        }
        for change in changes {
            match change {
                ServiceChange::End { .. } => {}
                ServiceChange::Uni { uni } => {
                    let state = states.entry(uni.clone()).or_insert(UniState::Absent);
                    if state.service().is_none() {
                        *state = UniState::Idle;
                    }
                }
                ServiceChange::Ovc { .. } => self.ovc(&mut states, change)?,
            }
        }
        Ok(states)
    }

    fn end(
        &self,
        state: &mut UniState,
        uni: &ServiceId,
        ends: &BTreeSet<&ServiceId>,
    ) -> Result<(), &'static str> {
        let ends_ovc = |held: &OvcAtUni| held.buyer == self.buyer && ends.contains(&held.ovc);
        if state.service().is_some_and(ends_ovc) {
            *state = UniState::Idle;
        }
        match state {
            UniState::Serving(_) if ends.contains(uni) => {
                Err("a UNI that ends has an OVC that does not")
            }
            UniState::Idle if ends.contains(uni) => {
                *state = UniState::Ending;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn ovc(&self, states: &mut States, change: &ServiceChange) -> Result<(), &'static str> {
        let ServiceChange::Ovc { ovc, uni, svlans, bandwidth } = change else { return Ok(()) };
        let at = states.iter().find_map(|(at, state)| {
            let held = state.service().filter(|held| self.is_of(held, ovc))?;
            Some((at.clone(), held.clone()))
        });
        let (at, old) = at.unzip();
        let uni = uni.clone().or_else(|| at.clone()).ok_or("the UNI of an OVC is not known")?;
        let (enni, range) = match svlans {
            Some((enni, range)) => (enni.clone(), *range),
            None => {
                let old = old.as_ref().ok_or("an OVC that changes is not in the switch")?;
                (old.enni.clone(), old.svlans)
            }
        };
        if let Some(at) = at.filter(|at| *at != uni) {
            states.insert(at, UniState::Idle);
        }
        let other = states.get(&uni).and_then(UniState::service);
        if other.is_some_and(|held| !self.is_of(held, ovc)) {
            return Err("the UNI of an OVC has another OVC");
        }
        let service = OvcAtUni {
            buyer: self.buyer.clone(),
            ovc: ovc.clone(),
            enni,
            svlans: range,
            bandwidth: bandwidth.or_else(|| old.and_then(|old| old.bandwidth)),
        };
        states.insert(uni, UniState::Serving(service));
        Ok(())
    }

    fn is_of(&self, held: &OvcAtUni, ovc: &ServiceId) -> bool {
        held.ovc == *ovc && held.buyer == self.buyer
    }
}

fn changes(found: &SwitchSnapshot, before: &States, target: States) -> Vec<UniChange> {
    let state =
        |uni: &ServiceId| found.unis.get(uni).map_or(UniState::Absent, |uni| uni.state.clone());
    let changes = target.into_iter().map(|(uni, to)| UniChange {
        from: state(&uni),
        to,
        before: before.get(&uni).cloned().unwrap_or(UniState::Absent),
        uni,
    });
    changes.filter(|change| change.from != change.to).collect()
}

fn differs(difference: &str) -> SwitchDecision {
    SwitchDecision::Differs { difference: difference.to_owned() }
}

#[cfg(test)]
mod tests;
