//! What an order changes at a switch.

use super::AssignmentPlan;
use crate::{
    carrier::{Assigned, Assignments, ItemAction, ItemDetail, ItemView, OrderView, OvcDetail},
    ethernet::ServiceChange,
};

impl AssignmentPlan {
    /// The changes of an order at the switch, once its identifiers and S-VLAN ids are assigned.
    pub fn service_changes(
        &self,
        order: &OrderView,
        assignments: &Assignments,
    ) -> Vec<ServiceChange> {
        order.items.iter().filter_map(|item| self.service_change(item, assignments)).collect()
    }

    fn service_change(&self, item: &ItemView, assignments: &Assignments) -> Option<ServiceChange> {
        let detail = item.detail.as_ref().filter(|_| item.action != ItemAction::NoChange)?;
        let is_end = item.action == ItemAction::Delete;
        match detail {
            ItemDetail::Disconnect { service } => {
                Some(ServiceChange::End { service: service.clone() })
            }
            ItemDetail::Ovc(ovc) if is_end => {
                ovc.seller_id.clone().map(|service| ServiceChange::End { service })
            }
            ItemDetail::Uni(uni) if is_end => {
                uni.seller_id.clone().map(|service| ServiceChange::End { service })
            }
            ItemDetail::Ovc(ovc) => self.ovc_change(item, ovc, assignments),
            ItemDetail::Uni(_) => {
                let mut unis = self.configurations.iter().flat_map(|all| &all.unis);
                let uni = unis.find(|uni| is_of(uni, item))?.seller_id.clone();
                Some(ServiceChange::Uni { uni })
            }
        }
    }

    fn ovc_change(
        &self,
        item: &ItemView,
        ovc: &OvcDetail,
        assignments: &Assignments,
    ) -> Option<ServiceChange> {
        let has = |all: &&Assignments| all.ovcs.iter().any(|ovc| is_of(ovc, item));
        let configuration = self.configurations.iter().find(has)?;
        let granted = assignments.svlans_of(&item.reference).next();
        Some(ServiceChange::Ovc {
            ovc: configuration.ovcs.first()?.seller_id.clone(),
            uni: configuration.unis.first().map(|uni| uni.seller_id.clone()),
            svlans: granted.map(|svlan| (svlan.enni.clone(), svlan.range)),
            bandwidth: ovc.bandwidth,
        })
    }
}

fn is_of(assigned: &Assigned, item: &ItemView) -> bool {
    assigned.item.as_ref() == Some(&item.reference)
}
