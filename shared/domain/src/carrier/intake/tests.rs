use super::*;
use crate::carrier::{
    NotificationType, OrderStatus, SvlanRange,
    sample::{NOW, item, order, ovc, seller},
};

fn codes(messages: &[OrderMessage]) -> Vec<&str> {
    messages.iter().filter_map(|message| message.code.as_deref()).collect()
}

fn decide(order: &OrderView) -> Intake {
    decide_intake(order, Some(&seller()), NOW)
}

fn rejected(order: &OrderView) -> Vec<OrderMessage> {
    match decide(order) {
        Intake::Rejected { messages } => messages,
        other => panic!("{other:?}"),
    }
}

fn pending(order: &OrderView) -> Vec<OrderMessage> {
    match decide(order) {
        Intake::Pending { messages, due } => {
            assert_eq!(due, NOW + Duration::days(45));
            messages
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_with_nothing_wrong_is_accepted_without_a_word() {
    assert_eq!(decide(&order()), Intake::Accepted { warnings: Vec::new() });
    let (progress, told) = begin(&order(), decide(&order()), NOW).unwrap();
    assert_eq!((progress.status, told.len()), (OrderStatus::Acknowledged, 0));
}

#[test]
fn an_unreadable_date_rejects_the_order_and_is_quoted() {
    let mut order = order();
    order.requested_completion = CarrierDate::read("Dog");
    let messages = rejected(&order);
    assert_eq!(codes(&messages), ["FMT002"]);
    assert_eq!(messages[0].description.as_deref(), Some("Desired Completion Date Invalid"));
    let said = "The Desired Completion Date specified 'Dog' is not a valid date";
    assert_eq!(messages[0].message_information.as_deref(), Some(said));
    assert_eq!(messages[0].field.as_deref(), Some("/requestedCompletionDate"));
    let (progress, told) = begin(&order, decide(&order), NOW).unwrap();
    assert_eq!(progress.status, OrderStatus::Rejected);
    assert_eq!(told[0].kind, NotificationType::Rejection);
    assert_eq!(told[0].version, 1);
}

#[test]
fn every_unreadable_date_is_named() {
    let mut order = order();
    order.order_date = CarrierDate::read("");
    order.requested_completion = CarrierDate::read("x".repeat(9999));
    order.requested_start = Some(CarrierDate::read("soon"));
    let fields: Vec<_> = rejected(&order).into_iter().filter_map(|m| m.field).collect();
    assert_eq!(fields, ["/orderDate", "/requestedCompletionDate", "/requestedStartDate"]);
}

#[test]
fn a_completion_in_the_past_rejects_the_order() {
    let mut order = order();
    order.requested_completion = CarrierDate::read("2016-10-11T17:20+01:00");
    assert_eq!(codes(&rejected(&order)), ["FMT003"]);
    order.requested_completion = CarrierDate::read("2026-05-02");
    assert!(matches!(decide(&order), Intake::Accepted { .. }), "today is not over");
}

#[test]
fn a_reference_to_an_item_that_is_not_there_rejects_the_order() {
    let mut order = order();
    ovc(&mut order).uni =
        EndpointReference::Ordered { item: item("99"), order: None, pon: Some(order.pon.clone()) };
    let messages = rejected(&order);
    assert_eq!(codes(&messages), ["REF001"]);
    let field = "/orderItems/0/orderItemDetail/uniReference";
    assert_eq!(messages[0].field.as_deref(), Some(field));
    ovc(&mut order).uni = EndpointReference::Ordered {
        item: item("99"),
        order: None,
        pon: Some("PO-OTHER".parse().unwrap()),
    };
    assert!(matches!(decide(&order), Intake::Accepted { .. }), "another order's item");
}

#[test]
fn a_seller_that_is_not_here_rejects_the_order() {
    let remote = Party { hosting: Hosting::Remote, ..seller() };
    for seller in [None, Some(&remote)] {
        let Intake::Rejected { messages } = decide_intake(&order(), seller, NOW) else { panic!() };
        assert_eq!(codes(&messages), ["REF002"]);
    }
}

#[test]
fn an_unknown_or_missing_product_awaits_a_correction() {
    let mut order = order();
    let product = |code: &str| ProductReference { name: None, code: Some(code.into()), id: None };
    ovc(&mut order).product = Some(product("Super UNI II"));
    let messages = pending(&order);
    assert_eq!(codes(&messages), ["PRD016"]);
    assert!(messages[0].correction_required);
    assert_eq!(messages[0].order_item_reference, Some(item("01")));
    ovc(&mut order).product = None;
    assert_eq!(codes(&pending(&order)), ["PRD017"]);
    ovc(&mut order).product = Some(product("accessEpl-Superfast"));
    assert!(matches!(decide(&order), Intake::Accepted { .. }), "a bare text may be the name");

    ovc(&mut order).product = None;
    let (progress, told) = begin(&order, decide(&order), NOW).unwrap();
    assert_eq!(progress.status, OrderStatus::Pending);
    assert_eq!(progress.correction_due, Some(NOW + Duration::days(45)));
    let told: Vec<_> = told.iter().map(|news| (news.version, news.kind, news.status)).collect();
    let update = NotificationType::StatusUpdate;
    assert_eq!(told, [(1, update, OrderStatus::InProgress), (2, update, OrderStatus::Pending)]);
}

#[test]
fn a_kind_of_product_the_seller_does_not_sell_cannot_be_corrected() {
    let mut seller = seller();
    seller.products.retain(|product| product.kind == ProductKind::Uni);
    let Intake::Rejected { messages } = decide_intake(&order(), Some(&seller), NOW) else {
        panic!()
    };
    assert_eq!(codes(&messages), ["PRD015"]);
    seller.products.clear();
    assert!(matches!(decide_intake(&order(), Some(&seller), NOW), Intake::Accepted { .. }));
}

#[test]
fn what_ends_or_stays_needs_no_product() {
    for action in [ItemAction::Delete, ItemAction::NoChange] {
        let mut order = order();
        order.items[0].action = action;
        ovc(&mut order).product = None;
        assert!(matches!(decide(&order), Intake::Accepted { .. }));
    }
}

#[test]
fn s_vlans_that_cannot_be_assigned_await_a_correction() {
    for (first, last) in [(0, 0), (0, 5), (4095, 4095), (4000, 4095)] {
        let mut order = order();
        ovc(&mut order).svlans = SvlanRange::new(first, last).ok();
        assert_eq!(codes(&pending(&order)), ["PRD030"]);
    }
}

#[test]
fn a_pricing_term_of_dog_and_a_status_are_tolerated_with_a_warning() {
    let mut order = order();
    order.pricing_term = PricingTerm::Unusable("dog".to_owned());
    order.status_sent = true;
    let Intake::Accepted { warnings } = decide(&order) else { panic!() };
    assert_eq!(codes(&warnings), ["PRD045", "FMT010"]);
    let said = warnings[0].message_information.as_deref().unwrap();
    assert!(
        said.starts_with("The pricing term specified 'dog' is not valid. A pricing term of 12")
    );
    let (progress, _) = begin(&order, decide(&order), NOW).unwrap();
    assert_eq!(progress.messages, warnings);
}

#[test]
fn what_is_fatal_outweighs_the_rest_and_nothing_is_left_unsaid() {
    let mut order = order();
    order.requested_completion = CarrierDate::read("Dog");
    order.status_sent = true;
    ovc(&mut order).product = None;
    let messages = rejected(&order);
    assert_eq!(codes(&messages), ["FMT002", "PRD017", "FMT010"]);
    assert!(messages.iter().all(|message| !message.correction_required));
}
