mod services;

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use super::{
    Assigned, Assignments, CarrierDate, EndpointReference, Event, ItemAction, ItemDetail,
    ItemReference, ItemView, OrderId, OrderView, OvcDetail, Party, Pon, ServiceId, SvlanAssignment,
    SvlanRange,
};

/// Orders of the same Buyer and Seller that an order refers to by their PONs.
pub type OtherOrders = BTreeMap<Pon, OrderId>;

/// What an order needs before it can be completed. The same order always gives the same plan, so
/// that a worker may begin again at any line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentPlan {
    /// The date to commit to.
    pub expected: CarrierDate,
    /// What to assign, one entry a CONFIGURATION notification; S-VLAN ids are not yet in it.
    pub configurations: Vec<Assignments>,
    /// The S-VLAN ids to claim.
    pub svlans: Vec<SvlanRequest>,
    /// The services that end or change: what they had claimed before becomes free.
    pub releases: Vec<Release>,
}

/// S-VLAN ids that an item needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvlanRequest {
    /// The item.
    pub item: ItemReference,
    /// The OVC: the owner of the claims. Claiming twice for the same OVC is claiming once.
    pub ovc: ServiceId,
    /// At which ENNI.
    pub enni: ServiceId,
    /// To which UNI, as far as is known.
    pub uni: Option<ServiceId>,
    /// Exactly these; none is any one of 1 to 4094.
    pub wish: Option<SvlanRange>,
    /// Where to begin to search, see [`SvlansInUse::choose`](super::SvlansInUse::choose).
    pub spread: u64,
}

impl SvlanRequest {
    /// What is assigned when these ids are claimed.
    pub fn granted(&self, range: SvlanRange) -> SvlanAssignment {
        SvlanAssignment {
            enni: self.enni.clone(),
            uni: self.uni.clone(),
            range,
            item: Some(self.item.clone()),
        }
    }
}

/// A service that ends, or gets other S-VLAN ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// By which item.
    pub item: ItemReference,
    /// Which OVC or UNI.
    pub service: ServiceId,
    /// Whether it goes on, with what this order assigned to the item; it keeps nothing else.
    pub goes_on: bool,
}

impl AssignmentPlan {
    /// The CONFIGURATION events, once the S-VLAN ids are claimed.
    pub fn configured(&self, granted: &[SvlanAssignment]) -> Vec<Event> {
        let with_svlans = |configuration: &Assignments| {
            let mut assignments = configuration.clone();
            let here = |svlan: &&SvlanAssignment| {
                configuration.ovcs.iter().any(|ovc| ovc.item == svlan.item)
            };
            assignments.svlans = granted.iter().filter(here).cloned().collect();
            Event::Configured { assignments }
        };
        self.configurations.iter().map(with_svlans).collect()
    }
}

impl Assignments {
    /// The S-VLAN ids that were assigned to an item's OVC.
    pub fn svlans_of(&self, item: &ItemReference) -> impl Iterator<Item = &SvlanAssignment> {
        self.svlans.iter().filter(move |svlan| svlan.item.as_ref() == Some(item))
    }
}

/// Plans what the Seller's automation does for an order.
pub fn plan(
    id: &OrderId,
    order: &OrderView,
    others: &OtherOrders,
    seller: &Party,
    now: OffsetDateTime,
) -> AssignmentPlan {
    let planner = Planner { id, order, others };
    let mut plan = AssignmentPlan {
        expected: expected(order, seller, now),
        configurations: Vec::new(),
        svlans: Vec::new(),
        releases: Vec::new(),
    };
    let mut told = BTreeSet::new();
    for item in &order.items {
        match (&item.detail, item.action) {
            (None, _) | (_, ItemAction::NoChange) => {}
            (Some(ItemDetail::Disconnect { service }), _) => {
                plan.releases.push(Release::of(item, service));
            }
            (Some(detail), ItemAction::Delete) => {
                let service = match detail {
                    ItemDetail::Ovc(ovc) => ovc.seller_id.as_ref(),
                    ItemDetail::Uni(uni) => uni.seller_id.as_ref(),
                    ItemDetail::Disconnect { service } => Some(service),
                };
                plan.releases.extend(service.map(|service| Release::of(item, service)));
            }
            (Some(ItemDetail::Ovc(ovc)), _) => planner.ovc(item, ovc, &mut plan, &mut told),
            (Some(ItemDetail::Uni(_)), _) => {}
        }
    }
    planner.other_unis(&mut plan, &told);
    let account = planner.billing_account();
    for configuration in &mut plan.configurations {
        configuration.billing_account = Some(account.clone());
    }
    plan
}

/// What the Buyer wishes, or as soon as the Seller can.
fn expected(order: &OrderView, seller: &Party, now: OffsetDateTime) -> CarrierDate {
    let soonest = now + Duration::days(i64::from(seller.lead_days));
    let wished = order.requested_completion.latest().filter(|wished| *wished > soonest);
    CarrierDate::of(wished.unwrap_or(soonest))
}

impl Release {
    fn of(item: &ItemView, service: &ServiceId) -> Self {
        Self { item: item.reference.clone(), service: service.clone(), goes_on: false }
    }
}

struct Planner<'o> {
    id: &'o OrderId,
    order: &'o OrderView,
    others: &'o OtherOrders,
}

impl Planner<'_> {
    fn ovc(
        &self,
        item: &ItemView,
        ovc: &OvcDetail,
        plan: &mut AssignmentPlan,
        told: &mut BTreeSet<ItemReference>,
    ) {
        let install = item.action == ItemAction::Install;
        let own = || ServiceId::ovc(self.id, &item.reference);
        let id = if install { own() } else { ovc.seller_id.clone().unwrap_or_else(own) };
        let (uni, uni_assigned) = self.uni(item, ovc);
        let enni = self.enni(item, ovc);
        if let Some(target) = ovc.uni.same_order(&self.order.pon) {
            told.insert(target.clone());
        }
        if !install && ovc.svlans.is_some() {
            plan.releases.push(Release { goes_on: true, ..Release::of(item, &id) });
        }
        if install || ovc.svlans.is_some() {
            plan.svlans.push(SvlanRequest {
                item: item.reference.clone(),
                ovc: id.clone(),
                enni: enni.seller_id.clone(),
                uni,
                wish: ovc.svlans,
                spread: spread(&id),
            });
        }
        let ovcs = vec![assigned(id, ovc.buyer_id.clone(), &item.reference)];
        let unis = Vec::from_iter(uni_assigned);
        plan.configurations.push(Assignments {
            ovcs,
            unis,
            ennis: vec![enni],
            ..Assignments::default()
        });
    }

    /// UNIs that no OVC of the order leads to.
    fn other_unis(&self, plan: &mut AssignmentPlan, told: &BTreeSet<ItemReference>) {
        let active = |item: &&ItemView| {
            let active = matches!(item.action, ItemAction::Install | ItemAction::Change);
            active && matches!(item.detail, Some(ItemDetail::Uni(_)))
        };
        let rest = self.order.items.iter().filter(active);
        let rest = rest.filter(|item| !told.contains(&item.reference));
        let unis: Vec<_> = rest.map(|item| self.ordered_uni(item)).collect();
        if !unis.is_empty() {
            plan.configurations.push(Assignments { unis, ..Assignments::default() });
        }
    }

    /// The UNI's id as far as it is known, and what to tell of it.
    fn uni(&self, item: &ItemView, ovc: &OvcDetail) -> (Option<ServiceId>, Option<Assigned>) {
        let assigned = match &ovc.uni {
            EndpointReference::Existing { seller_id, buyer_id } => {
                Some(assigned(seller_id.clone(), buyer_id.clone(), &item.reference))
            }
            reference => match reference.same_order(&self.order.pon) {
                Some(target) => self.order.item(target).map(|target| self.ordered_uni(target)),
                None => self.elsewhere(reference).map(|(order, target)| {
                    assigned(ServiceId::uni(order, target), None, &item.reference)
                }),
            },
        };
        (assigned.as_ref().map(|assigned| assigned.seller_id.clone()), assigned)
    }

    fn ordered_uni(&self, item: &ItemView) -> Assigned {
        let detail = match &item.detail {
            Some(ItemDetail::Uni(uni)) => Some(uni),
            _ => None,
        };
        let given = detail.and_then(|uni| uni.seller_id.clone());
        let given = given.filter(|_| item.action != ItemAction::Install);
        let id = given.unwrap_or_else(|| ServiceId::uni(self.id, &item.reference));
        assigned(id, detail.and_then(|uni| uni.buyer_id.clone()), &item.reference)
    }

    fn enni(&self, item: &ItemView, ovc: &OvcDetail) -> Assigned {
        let (id, buyer_id) = match &ovc.enni {
            Some(EndpointReference::Existing { seller_id, buyer_id }) => {
                (seller_id.clone(), buyer_id.clone())
            }
            Some(reference) => match reference.same_order(&self.order.pon) {
                Some(target) => (ServiceId::enni(self.id, target), None),
                None => match self.elsewhere(reference) {
                    Some((order, target)) => (ServiceId::enni(order, target), None),
                    None => (ServiceId::enni(self.id, &item.reference), None),
                },
            },
            None => (ServiceId::enni(self.id, &item.reference), None),
        };
        assigned(id, buyer_id, &item.reference)
    }

    fn elsewhere<'r>(
        &'r self,
        reference: &'r EndpointReference,
    ) -> Option<(&'r OrderId, &'r ItemReference)> {
        match reference {
            EndpointReference::Ordered { item, order: Some(order), .. } => Some((order, item)),
            EndpointReference::Ordered { item, order: None, pon: Some(pon) } => {
                self.others.get(pon).map(|order| (order, item))
            }
            _ => None,
        }
    }

    /// `billingAccountNumber` has at most 13 characters.
    fn billing_account(&self) -> String {
        let unique = self.id.unique();
        let tail = unique.chars().skip(unique.chars().count().saturating_sub(11));
        let own = || format!("BA{}", tail.collect::<String>());
        self.order.billing_account.clone().unwrap_or_else(own)
    }
}

fn assigned(seller_id: ServiceId, buyer_id: Option<String>, item: &ItemReference) -> Assigned {
    Assigned { seller_id, buyer_id, item: Some(item.clone()) }
}

/// FNV-1a: stable over releases, which the standard library's hasher does not promise.
fn spread(id: &ServiceId) -> u64 {
    id.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
