//! What holds between the members of an object.

use std::collections::BTreeSet;

use domain::carrier::Quirk;
use serde_json::Value;

use super::orders::{ADDRESS, DETAIL};
use api::{
    json::{Pointer, whole},
    schema::Members,
};

type Findings = api::schema::Findings<Quirk>;

fn text<'m>(object: &'m Members, name: &str) -> Option<&'m str> {
    object.get(name)?.as_str()
}

/// An S-VLAN id; what is none is refused by its table already.
fn svlan(object: &Members, name: &str) -> Option<i64> {
    whole(object.get(name)?).filter(|id| (0..=4095).contains(id))
}

/// Items have references of their own; UNI contacts where the UNI is not on the same order.
pub(super) fn order(order: &Members, at: Pointer<'_>, findings: &mut Findings) {
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
        let is_ovc =
            DETAIL.object_of(detail).is_some_and(|kind| kind.name == "accessEplProductOrder");
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

fn has_uni_elsewhere(detail: &Members, own_pon: Option<&str>) -> bool {
    let Some(uni) = detail.get("uniReference").and_then(Value::as_object) else { return false };
    let existing = uni.contains_key("sellerUniId");
    let pon = text(uni, "buyerPurchaseOrderNumber");
    existing || uni.contains_key("orderId") || pon.is_some_and(|pon| Some(pon) != own_pon)
}

/// The last S-VLAN id does not lie before the first.
pub(super) fn access_epl(detail: &Members, at: Pointer<'_>, findings: &mut Findings) {
    let last = at.member("enniSvlanIdLast");
    if let (Some(first), Some(end)) =
        (svlan(detail, "enniSvlanId"), svlan(detail, "enniSvlanIdLast"))
        && end < first
    {
        findings.refuse(last, "must not be less than enniSvlanId");
    }
}

/// `siteAddressType` says what `siteAddress` is.
pub(super) fn site(site: &Members, at: Pointer<'_>, findings: &mut Findings) {
    let address = site.get("siteAddress").and_then(Value::as_object);
    let kind = address.and_then(|address| ADDRESS.object_of(address));
    let (Some(named), Some(kind)) = (text(site, "siteAddressType"), kind) else { return };
    let expected = match kind.name {
        "formattedAddress" => "FORMATTED_ADDRESS",
        "fieldedAddress" => "FIELDED_ADDRESS",
        "addressReference" => "ADDRESS_REFERENCE",
        _ => "GEOGRAPHIC_POINT",
    };
    let known = ["FORMATTED_ADDRESS", "FIELDED_ADDRESS", "ADDRESS_REFERENCE", "GEOGRAPHIC_POINT"];
    if named != expected && known.contains(&named) {
        findings
            .refuse(at.member("siteAddressType"), format!("must be {expected}, as siteAddress"));
    }
}

/// A status that the type contradicts is tolerated and not believed.
pub(super) fn notification(notification: &Members, at: Pointer<'_>, findings: &mut Findings) {
    let Some(kind) = text(notification, "notificationType").and_then(super::super::read::kind)
    else {
        return;
    };
    if let (Some(implied), Some(status)) =
        (kind.implied_status(), text(notification, "orderStatus"))
        && super::super::read::status(status) != Some(implied)
    {
        findings.tolerate(at.member("orderStatus"), Quirk::StatusContradictsType);
    }
}

/// The last id does not lie before the first.
pub(super) fn svlan_assignment(range: &Members, at: Pointer<'_>, findings: &mut Findings) {
    if let (Some(first), Some(last)) = (svlan(range, "svlanId"), svlan(range, "svlanIdLast"))
        && last < first
    {
        findings.refuse(at.member("svlanIdLast"), "must not be less than svlanId");
    }
}
