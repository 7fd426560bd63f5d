use super::*;
use crate::carrier::{
    Assigned, EventKind,
    sample::{NOW, id, in_state, item, order, service},
};

fn report(kind: NotificationType, status: OrderStatus) -> SellerReport {
    let header = order().header(id());
    SellerReport {
        order: header.id,
        buyer: header.buyer,
        seller: header.seller,
        pon: header.pon,
        version: header.version,
        kind,
        status,
        expected_completion: None,
        completion: None,
        correction_due: None,
        cancellation_reason: None,
        assignments: Assignments::default(),
        messages: Vec::new(),
    }
}

fn apply(report: &SellerReport, from: OrderStatus) -> Result<Step, ReportError> {
    report.apply(&order().header(id()), &in_state(from), NOW)
}

#[test]
fn each_type_is_the_event_of_its_row() {
    use NotificationType as T;
    use OrderStatus as S;
    for (from, kind, status, event) in [
        (S::Acknowledged, T::Rejection, S::Rejected, EventKind::NotAccepted),
        (S::Acknowledged, T::StatusUpdate, S::InProgress, EventKind::TreatmentStarted),
        (S::InProgress, T::Configuration, S::InProgress, EventKind::Configured),
        (S::InProgress, T::StatusUpdate, S::Pending, EventKind::InformationNeeded),
        (S::InProgress, T::StatusUpdate, S::Held, EventKind::Held),
        (S::InProgress, T::Jeopardy, S::Held, EventKind::Held),
        (S::InProgress, T::Jeopardy, S::InProgress, EventKind::DateAtRisk),
        (S::Held, T::Jeopardy, S::Held, EventKind::DateAtRisk),
        (S::Pending, T::Cancellation, S::Cancelled, EventKind::CancelledBySeller),
        (S::InProgress, T::Completion, S::Completed, EventKind::Finished),
        (S::InProgress, T::StatusUpdate, S::Failed, EventKind::Finished),
    ] {
        let step = apply(&report(kind, status), from).unwrap();
        assert_eq!(step.event, event, "{from} {kind} {status}");
    }
    let mut confirmation = report(T::Confirmation, S::InProgress);
    let missing = ReportError::Missing { member: "expectedCompletionDate" };
    assert_eq!(apply(&confirmation, S::InProgress), Err(missing));
    confirmation.expected_completion = Some(CarrierDate::read("2026-06-01"));
    let step = apply(&confirmation, S::InProgress).unwrap();
    assert_eq!(step.progress.expected_completion.unwrap().text(), "2026-06-01");
}

#[test]
fn what_no_event_leads_to_is_refused() {
    use OrderStatus as S;
    for (from, to) in [
        (S::InProgress, S::InProgress),
        (S::Pending, S::InProgress),
        (S::InProgress, S::Acknowledged),
        (S::InProgress, S::Completed),
        (S::Completed, S::InProgress),
    ] {
        let refused = apply(&report(NotificationType::StatusUpdate, to), from);
        assert_eq!(refused, Err(ReportError::NoEvent { from, to }));
    }
    let late = apply(&report(NotificationType::Completion, S::Completed), S::Acknowledged);
    assert!(matches!(late, Err(ReportError::Transition(_))));
}

#[test]
fn the_seller_cannot_release_what_the_buyer_holds() {
    let release = report(NotificationType::StatusUpdate, OrderStatus::InProgress);
    let refused = apply(&release, OrderStatus::Held);
    let by = Side::Buyer;
    assert_eq!(refused, Err(ReportError::Transition(TransitionError::HeldByOther { by })));
}

#[test]
fn some_items_fail_by_their_own_errors_and_all_by_one() {
    let mut partial = report(NotificationType::StatusUpdate, OrderStatus::Partial);
    let missing = ReportError::Missing { member: "orderMessages" };
    assert_eq!(apply(&partial, OrderStatus::InProgress), Err(missing));
    let error = registry::ITEM_FAILED.message().saying("no duct");
    partial.messages = vec![error.clone().for_item(&item("02"))];
    let step = apply(&partial, OrderStatus::InProgress).unwrap();
    assert_eq!(step.progress.status, OrderStatus::Partial);
    assert_eq!(step.progress.messages[0].message_information.as_deref(), Some("no duct"));
    let mut failed = report(NotificationType::StatusUpdate, OrderStatus::Failed);
    failed.messages = vec![error];
    let step = apply(&failed, OrderStatus::InProgress).unwrap();
    assert_eq!((step.progress.status, step.progress.messages.len()), (OrderStatus::Failed, 2));
}

#[test]
fn what_a_report_assigns_is_kept_whatever_its_type() {
    let mut completion = report(NotificationType::Completion, OrderStatus::Completed);
    let ovc = Assigned { seller_id: service("CKT-10"), buyer_id: None, item: None };
    completion.assignments.ovcs.push(ovc);
    completion.completion = Some(CarrierDate::read("2016-10-11"));
    let step = apply(&completion, OrderStatus::InProgress).unwrap();
    let told = step.notification.unwrap();
    assert_eq!(told.assignments.unwrap(), completion.assignments);
    assert_eq!(told.completion.unwrap().text(), "2016-10-11");
}

#[test]
fn a_report_of_another_order_or_version_changes_nothing() {
    let mut other = report(NotificationType::Completion, OrderStatus::Completed);
    other.version = "2".parse().unwrap();
    let refused = apply(&other, OrderStatus::InProgress);
    assert_eq!(refused, Err(ReportError::OtherOrder { member: "buyerOrderVersion" }));
}
