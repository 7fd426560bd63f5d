use time::Duration;

use super::*;
use crate::carrier::{
    Assignments, CarrierDate, NotificationType, PricingTerm,
    sample::{NOW, id, in_state, item, order, ovc, seller},
};

fn newer() -> OrderView {
    OrderView { version: "2".parse().unwrap(), ..order() }
}

fn put(progress: &OrderProgress, sent: &OrderView) -> Result<Replaced, ReplacementError> {
    replace(progress, &order().header(id()), sent, Some(&seller()), NOW)
}

#[test]
fn a_second_post_is_the_same_again_a_newer_version_or_a_conflict() {
    use Resubmission::{Conflict, Newer, SameAgain};
    for (stored, sent, same, expected) in [
        ("1", "1", true, SameAgain),
        ("1", "1", false, Conflict),
        ("2", "1", true, Conflict),
        ("01", "1", true, Conflict),
        ("9", "10", false, Newer),
    ] {
        let read = |text: &str| text.parse::<OrderVersion>().unwrap();
        assert_eq!(resubmission(&read(stored), &read(sent), same), expected);
    }
}

#[test]
fn a_correction_takes_a_pending_order_on() {
    let done = put(&in_state(OrderStatus::Pending), &newer()).unwrap();
    assert_eq!(done.progress.status, OrderStatus::InProgress);
    assert_eq!(done.progress.correction_due, None);
    assert!(done.progress.messages.is_empty());
    assert_eq!(done.notifications.len(), 1);
    assert_eq!(done.notifications[0].kind, NotificationType::StatusUpdate);
}

#[test]
fn a_correction_that_is_wrong_itself_awaits_another() {
    let mut wrong = newer();
    ovc(&mut wrong).product = None;
    let mut worse = newer();
    worse.requested_completion = CarrierDate::read("Dog");
    for sent in [wrong, worse] {
        for from in [OrderStatus::Pending, OrderStatus::InProgress] {
            let done = put(&in_state(from), &sent).unwrap();
            assert_eq!(done.progress.status, OrderStatus::Pending);
            assert_eq!(done.progress.correction_due, Some(NOW + Duration::days(45)));
            let statuses: Vec<_> = done.notifications.iter().map(|told| told.status).collect();
            let expected = match from {
                OrderStatus::Pending => vec![OrderStatus::InProgress, OrderStatus::Pending],
                _ => vec![OrderStatus::Pending],
            };
            assert_eq!(statuses, expected);
        }
    }
}

#[test]
fn before_anything_is_assigned_a_newer_version_just_takes_the_others_place() {
    for from in [OrderStatus::Acknowledged, OrderStatus::InProgress] {
        let mut sent = newer();
        sent.items.pop();
        ovc(&mut sent).uni = crate::carrier::EndpointReference::Existing {
            seller_id: "UNI-1".parse().unwrap(),
            buyer_id: None,
        };
        sent.pricing_term = PricingTerm::Unusable("dog".to_owned());
        let done = put(&in_state(from), &sent).unwrap();
        assert_eq!(done.progress.status, from);
        assert!(done.notifications.is_empty());
        assert_eq!(done.progress.messages.len(), 1);
        assert_eq!(done.progress.items.len(), 1);
        assert_eq!(done.progress.items[0].reference, item("01"));
    }
}

#[test]
fn a_newer_version_that_cannot_be_accepted_rejects_an_order_nobody_works_on() {
    let mut sent = newer();
    sent.requested_completion = CarrierDate::read("Dog");
    let done = put(&in_state(OrderStatus::Acknowledged), &sent).unwrap();
    assert_eq!(done.progress.status, OrderStatus::Rejected);
}

#[test]
fn what_is_configured_held_or_final_is_not_replaced() {
    let mut configured = in_state(OrderStatus::InProgress);
    configured.assignments =
        Assignments { billing_account: Some("BA1".to_owned()), ..Assignments::default() };
    assert_eq!(put(&configured, &newer()), Err(ReplacementError::Configured));
    for (_, status) in OrderStatus::WORDS {
        if status.is_final() || *status == OrderStatus::Held {
            let refused = put(&in_state(*status), &newer());
            assert!(matches!(refused, Err(ReplacementError::Transition(_))), "{status}");
        }
    }
}

#[test]
fn a_version_that_is_not_newer_or_another_order_is_refused() {
    let pending = in_state(OrderStatus::Pending);
    let stored = "1".parse().unwrap();
    assert_eq!(put(&pending, &order()), Err(ReplacementError::NotNewer { stored }));
    let others = [
        ("buyerId", OrderView { buyer: "X".parse().unwrap(), ..newer() }),
        ("sellerId", OrderView { seller: "X".parse().unwrap(), ..newer() }),
        ("buyerPurchaseOrderNumber", OrderView { pon: "X".parse().unwrap(), ..newer() }),
    ];
    for (member, sent) in others {
        assert_eq!(put(&pending, &sent), Err(ReplacementError::OtherOrder { member }));
    }
}
