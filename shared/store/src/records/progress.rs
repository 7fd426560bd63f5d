//! The format of a carrier order's progress.

use domain::carrier::{
    Assigned, Assignments, Cancellation, CarrierDate, Hold, ItemProgress, ItemReference,
    OrderMessage, OrderProgress, OrderStatus, ServiceId, Severity, Side, SvlanAssignment,
    SvlanRange,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Millis,
    format::{Each, Maybe, format_of},
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "OrderProgress", rename_all = "camelCase")]
pub(super) struct ProgressRecord {
    status: OrderStatus,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "Maybe::<HoldRecord>")]
    hold: Option<Hold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_completion: Option<CarrierDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completion: Option<CarrierDate>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "Maybe::<Millis>")]
    correction_due: Option<OffsetDateTime>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Maybe::<CancellationRecord>"
    )]
    cancellation: Option<Cancellation>,
    #[serde(default, skip_serializing_if = "Assignments::is_empty", with = "AssignmentsRecord")]
    assignments: Assignments,
    #[serde(with = "Each::<ItemProgressRecord>")]
    items: Vec<ItemProgress>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "Each::<MessageRecord>")]
    messages: Vec<OrderMessage>,
    notification_version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Hold")]
struct HoldRecord {
    by: Side,
    from: OrderStatus,
    #[serde(with = "Millis")]
    since: OffsetDateTime,
}

format_of!(Hold: HoldRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Cancellation")]
struct CancellationRecord {
    by: Side,
    #[serde(with = "Millis")]
    at: OffsetDateTime,
    reason: String,
}

format_of!(Cancellation: CancellationRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ItemProgress")]
struct ItemProgressRecord {
    reference: ItemReference,
    status: OrderStatus,
}

format_of!(ItemProgress: ItemProgressRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Assignments", rename_all = "camelCase")]
struct AssignmentsRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    billing_account: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "Each::<AssignedRecord>")]
    ovcs: Vec<Assigned>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "Each::<AssignedRecord>")]
    unis: Vec<Assigned>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "Each::<AssignedRecord>")]
    ennis: Vec<Assigned>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "Each::<SvlansRecord>")]
    svlans: Vec<SvlanAssignment>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Assigned", rename_all = "camelCase")]
struct AssignedRecord {
    seller_id: ServiceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    buyer_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<ItemReference>,
}

format_of!(Assigned: AssignedRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "SvlanAssignment")]
struct SvlansRecord {
    enni: ServiceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uni: Option<ServiceId>,
    range: SvlanRange,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<ItemReference>,
}

format_of!(SvlanAssignment: SvlansRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "OrderMessage", rename_all = "camelCase")]
struct MessageRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_information: Option<String>,
    severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_item_reference: Option<ItemReference>,
    correction_required: bool,
}

format_of!(OrderMessage: MessageRecord);

#[cfg(test)]
mod tests {
    use domain::carrier::{Event, registry};
    use time::macros::datetime;

    use super::*;
    use crate::records::{Formatted, format::Parsed};

    format_of!(OrderProgress: ProgressRecord);

    const NOW: OffsetDateTime = datetime!(2026-05-02 12:00:00.123 UTC);

    /// Everything that a progress can have, as events bring it about.
    fn events() -> Vec<Event> {
        let (item, service) = ("01".parse().unwrap(), "OVC-1".parse::<ServiceId>().unwrap());
        let assigned = Assigned {
            seller_id: service.clone(),
            buyer_id: Some("OVC-xyz".to_owned()),
            item: Some(item),
        };
        let svlan = SvlanAssignment {
            enni: service,
            uni: None,
            range: SvlanRange::one(7).unwrap(),
            item: None,
        };
        let assignments = Assignments {
            billing_account: Some("B-1".to_owned()),
            ovcs: vec![assigned.clone()],
            unis: vec![Assigned { buyer_id: None, item: None, ..assigned.clone() }],
            ennis: vec![assigned],
            svlans: vec![svlan],
        };
        let messages = vec![registry::PRODUCT_UNKNOWN.message().saying("no").at("/a")];
        let due = NOW + time::Duration::days(45);
        vec![
            Event::TreatmentStarted,
            Event::DateCommitted { expected: CarrierDate::read("2026-06-01") },
            Event::Configured { assignments },
            Event::InformationNeeded { messages, due },
            Event::NewerVersionReceived { warnings: Vec::new() },
            Event::Held { by: Side::Buyer, expected: None, messages: Vec::new() },
            Event::CancelledByBuyer { who: "f.fullerton".to_owned() },
        ]
    }

    #[test]
    fn a_progress_is_read_as_it_was_written_after_every_event() {
        let accepted = Event::Accepted { warnings: Vec::new() };
        let items = vec!["01".parse().unwrap(), "02".parse().unwrap()];
        let mut progress = OrderProgress::place(items, accepted, NOW).unwrap().progress;
        for event in events() {
            progress = progress.apply(event, NOW).unwrap().progress;
            let item: serde_dynamo::Item =
                serde_dynamo::to_item(Formatted::<ProgressRecord>(&progress)).unwrap();
            let Parsed::<ProgressRecord>(read) = serde_dynamo::from_item(item).unwrap();
            assert_eq!(read, progress);
        }
    }
}
