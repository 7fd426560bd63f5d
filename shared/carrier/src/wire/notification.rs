use std::collections::BTreeMap;

use domain::{
    carrier::{
        Assigned, Assignments, SellerReport, ServiceId, SvlanAssignment, SvlanRange, Tolerated,
    },
    violation::Violations,
};
use serde_json::{Map, Value};

use super::{
    read::{date, digits, kind, message, objects, owned, parsed, small, status, text},
    schema::{NOTIFICATION, check},
};
use api::{json::whole, schema::Members};

/// Versions that sort as they are stored: in nine digits.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=999_999_999;

/// A well-formed `orderNotification`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRequest {
    /// What was sent. This is what is echoed, stored and pushed on.
    pub body: Map<String, Value>,
    /// What it says.
    pub report: SellerReport,
    /// Its `notificationVersion`: 1 to 999,999,999, when it has one.
    pub version: Option<u32>,
    /// Deviations that were understood.
    pub tolerated: Vec<Tolerated>,
}

/// Checks an `orderNotification` (call 10).
///
/// # Errors
/// Every violation there is.
pub fn read_notification(body: Map<String, Value>) -> Result<NotificationRequest, Violations> {
    let tolerated = check(&NOTIFICATION, &body)?;
    let report = report(&body).ok_or_else(|| Violations::one("", "is no notification"))?;
    let version = body.get("notificationVersion").and_then(|version| match version {
        Value::String(text) => digits(text),
        version => whole(version),
    });
    let version = version.and_then(|n| u32::try_from(n).ok()).filter(|n| VERSIONS.contains(n));
    Ok(NotificationRequest { body, report, version, tolerated })
}

fn report(body: &Members) -> Option<SellerReport> {
    let kind = kind(text(body, "notificationType")?)?;
    let said = text(body, "orderStatus").and_then(status);
    let messages = NOTIFICATION.get(body, "orderMessages").and_then(Value::as_array);
    Some(SellerReport {
        order: parsed(body, "orderId")?,
        buyer: parsed(body, "buyerId")?,
        seller: parsed(body, "sellerId")?,
        pon: parsed(body, "buyerPurchaseOrderNumber")?,
        version: parsed(body, "buyerOrderVersion")?,
        kind,
        status: kind.implied_status().or(said)?,
        expected_completion: date(body, "expectedCompletionDate"),
        completion: date(body, "completionDate"),
        correction_due: date(body, "correctionOrderDueDate"),
        cancellation_reason: owned(body, "orderCancellationReason"),
        assignments: assignments(body),
        messages: messages
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(message)
            .collect::<Option<_>>()?,
    })
}

fn assignments(body: &Members) -> Assignments {
    let ovc = match body.get("sellerOvcId") {
        Some(Value::String(id)) => {
            id.parse().ok().map(|seller_id| Assigned { seller_id, buyer_id: None, item: None })
        }
        Some(Value::Object(found)) => assigned(found),
        _ => None,
    };
    Assignments {
        billing_account: owned(body, "billingAccountNumber"),
        ovcs: Vec::from_iter(ovc),
        unis: objects(body, "sellerUniIds").filter_map(assigned).collect(),
        ennis: objects(body, "sellerEnniIds").filter_map(assigned).collect(),
        svlans: svlans(body),
    }
}

fn assigned(found: &Members) -> Option<Assigned> {
    Some(Assigned {
        seller_id: parsed(found, "sellerAssignedId")?,
        buyer_id: owned(found, "buyerAssignedId"),
        item: parsed(found, "orderItemReference"),
    })
}

/// The last id stands beside the first, or in the list `svlanIdLast` under the same ENNI.
fn svlans(body: &Members) -> Vec<SvlanAssignment> {
    let lasts: BTreeMap<ServiceId, u16> = objects(body, "svlanIdLast")
        .filter_map(|last| Some((parsed(last, "sellerEnniId")?, small(last, "svlanId")?)))
        .collect();
    let svlan = |found: &Members| {
        let enni: ServiceId = parsed(found, "sellerEnniId")?;
        let first = small(found, "svlanId")?;
        let listed = lasts.get(&enni).copied().filter(|last| *last >= first);
        let last = small(found, "svlanIdLast").or(listed).unwrap_or(first);
        let range = SvlanRange::new(first, last).ok()?;
        Some(SvlanAssignment { enni, uni: parsed(found, "sellerUniId"), range, item: None })
    };
    objects(body, "enniSvlanIds").filter_map(svlan).collect()
}
