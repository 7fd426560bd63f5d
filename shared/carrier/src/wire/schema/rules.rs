//! What holds between the members of an object.

use std::collections::BTreeSet;

use domain::carrier::Quirk;
use serde_json::Value;

use super::{
    Findings, Object,
    orders::{ADDRESS, DETAIL},
};
use api::json::{Pointer, whole};

fn text<'m>(object: &'m Object, name: &str) -> Option<&'m str> {
    object.get(name)?.as_str()
}

/// An S-VLAN id; what is none is refused by its table already.
fn svlan(object: &Object, name: &str) -> Option<i64> {
    whole(object.get(name)?).filter(|id| (0..=4095).contains(id))
}

/// Items have references of their own; UNI contacts where the UNI is not on the same order.
pub(super) fn order(order: &Object, at: Pointer<'_>, findings: &mut Findings) {
    let Some(items) = order.get("orderItems").and_then(Value::as_array) else { return };
    if items.len() > 20 {
        return;
    }
    let list = at.member("orderItems");
    let mut references = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let Some(item) = item.as_object() else { continue };
        let here = list.item(index);
        if text(item, "orderItemReference").is_some_and(|known| !references.insert(known)) {
            findings.refuse(here.member("orderItemReference"), "must be unique in the order");
        }
        let Some(detail) = item.get("orderItemDetail").and_then(Value::as_object) else { continue };
        let is_ovc = DETAIL.shape_of(detail).is_some_and(|s| s.name == "accessEplProductOrder");
        if is_ovc && has_uni_elsewhere(detail, text(order, "buyerPurchaseOrderNumber")) {
            let here = here.member("orderItemDetail");
            for contact in ["uniSiteContact", "uniSiteAlternateContact"] {
                if !detail.contains_key(contact) {
                    let message = "required: the UNI is not on the same order";
                    findings.refuse(here.member(contact), message);
                }
            }
        }
    }
}

fn has_uni_elsewhere(detail: &Object, own_pon: Option<&str>) -> bool {
    let Some(uni) = detail.get("uniReference").and_then(Value::as_object) else { return false };
    let existing = uni.contains_key("sellerUniId");
    let pon = text(uni, "buyerPurchaseOrderNumber");
    existing || uni.contains_key("orderId") || pon.is_some_and(|pon| Some(pon) != own_pon)
}

/// The last S-VLAN id does not lie before the first.
pub(super) fn access_epl(detail: &Object, at: Pointer<'_>, findings: &mut Findings) {
    let last = at.member("enniSvlanIdLast");
    match (svlan(detail, "enniSvlanId"), svlan(detail, "enniSvlanIdLast")) {
        (Some(first), Some(end)) if end < first => {
            findings.refuse(last, "must not be less than enniSvlanId");
        }
        (None, Some(_)) if !detail.contains_key("enniSvlanId") => {
            findings.refuse(at.member("enniSvlanId"), "required with enniSvlanIdLast");
        }
        _ => {}
    }
}

/// An account, or else whom and where to bill.
pub(super) fn billing(billing: &Object, at: Pointer<'_>, findings: &mut Findings) {
    if billing.contains_key("existingBillingAccountNumber") {
        return;
    }
    for member in ["billingContact", "billingAddress"] {
        if !billing.contains_key(member) {
            let message = "required without existingBillingAccountNumber";
            findings.refuse(at.member(member), message);
        }
    }
}

/// `siteAddressType` says what `siteAddress` is.
pub(super) fn site(site: &Object, at: Pointer<'_>, findings: &mut Findings) {
    let address = site.get("siteAddress").and_then(Value::as_object);
    let shape = address.and_then(|address| ADDRESS.shape_of(address));
    let (Some(kind), Some(shape)) = (text(site, "siteAddressType"), shape) else { return };
    let expected = match shape.name {
        "formattedAddress" => "FORMATTED_ADDRESS",
        "fieldedAddress" => "FIELDED_ADDRESS",
        "addressReference" => "ADDRESS_REFERENCE",
        _ => "GEOGRAPHIC_POINT",
    };
    let known = ["FORMATTED_ADDRESS", "FIELDED_ADDRESS", "ADDRESS_REFERENCE", "GEOGRAPHIC_POINT"];
    if kind != expected && known.contains(&kind) {
        findings
            .refuse(at.member("siteAddressType"), format!("must be {expected}, as siteAddress"));
    }
}

/// An order is named by its id or its PON.
pub(super) fn names_an_order(object: &Object, at: Pointer<'_>, findings: &mut Findings) {
    if !object.contains_key("orderId") && !object.contains_key("buyerPurchaseOrderNumber") {
        findings.refuse(at.member("orderId"), "required without buyerPurchaseOrderNumber");
    }
}

/// The status is required where the type implies none, and not believed where it contradicts.
pub(super) fn notification(notification: &Object, at: Pointer<'_>, findings: &mut Findings) {
    let Some(kind) = text(notification, "notificationType").and_then(super::super::read::kind)
    else {
        return;
    };
    let here = at.member("orderStatus");
    match (kind.implied_status(), text(notification, "orderStatus")) {
        (None, None) if !notification.contains_key("orderStatus") => {
            findings.refuse(here, format!("required with {kind}"));
        }
        (Some(implied), Some(status)) if super::super::read::status(status) != Some(implied) => {
            findings.tolerate(here, Quirk::StatusContradictsType);
        }
        _ => {}
    }
}

/// The last id does not lie before the first.
pub(super) fn svlan_assignment(range: &Object, at: Pointer<'_>, findings: &mut Findings) {
    if let (Some(first), Some(last)) = (svlan(range, "svlanId"), svlan(range, "svlanIdLast"))
        && last < first
    {
        findings.refuse(at.member("svlanIdLast"), "must not be less than svlanId");
    }
}
