use time::Duration;

use super::*;
use crate::carrier::{
    Assigned, EventKind, TABLE,
    sample::{NOW, accepted, in_state, item, order, service},
};

/// Every event there is, in its plainest form.
fn events() -> Vec<Event> {
    let messages = Vec::new;
    vec![
        Event::Accepted { warnings: messages() },
        Event::NotAccepted { messages: messages() },
        Event::TreatmentStarted,
        Event::DateCommitted { expected: CarrierDate::read("2026-06-01") },
        Event::Configured { assignments: Assignments::default() },
        Event::InformationNeeded { messages: messages(), due: NOW },
        Event::NewerVersionReceived { warnings: messages() },
        Event::CorrectionOverdue,
        Event::Held { by: Side::Buyer, expected: None, messages: messages() },
        Event::Released { by: Side::Buyer },
        Event::Unresolvable { reason: String::new() },
        Event::CancelledByBuyer { who: "f.fullerton".to_owned() },
        Event::CancelledBySeller { reason: String::new() },
        Event::Finished { failed: Vec::new(), completion: None },
        Event::DateAtRisk { expected: None, messages: messages() },
    ]
}

/// The contract's table once more, written down on its own: rows are states (the first is a new
/// order), columns events; `.` is 409, anything else the initial of the state it leads to
/// (Acknowledged, Rejected, In progress, Pending, Held, Cancelled, cOmpleted).
const EXPECTED: [(Option<OrderStatus>, &str); 10] = [
    (None, "AR............."),
    (Some(OrderStatus::Acknowledged), ".RI.....H..CC.A"),
    (Some(OrderStatus::InProgress), "...IIP..H..CCOI"),
    (Some(OrderStatus::Pending), "......IC...CC.P"),
    (Some(OrderStatus::Held), ".........ICCC.H"),
    (Some(OrderStatus::Rejected), "..............."),
    (Some(OrderStatus::Cancelled), "..............."),
    (Some(OrderStatus::Completed), "..............."),
    (Some(OrderStatus::Failed), "..............."),
    (Some(OrderStatus::Partial), "..............."),
];

fn initial(status: OrderStatus) -> char {
    match status {
        OrderStatus::Completed => 'O',
        status => status.as_str().chars().next().unwrap(),
    }
}

#[test]
fn every_event_in_every_state_does_what_the_contract_says_or_nothing() {
    assert_eq!(events().len(), EventKind::WORDS.len());
    let later = NOW + Duration::days(46);
    for (from, row) in EXPECTED {
        for (event, expected) in events().into_iter().zip(row.chars()) {
            let kind = event.kind();
            let before = from.map(in_state);
            let outcome = match &before {
                None => OrderProgress::place(order().references(), event, later),
                Some(before) => before.apply(event, later),
            };
            match outcome {
                Ok(step) => {
                    assert_eq!(initial(step.progress.status), expected, "{from:?} {kind}");
                    assert_eq!((step.from, step.event), (from, kind));
                    let told = u32::from(step.notification.is_some());
                    let versions = before.map_or(0, |before| before.notification_version);
                    assert_eq!(step.progress.notification_version, versions + told);
                    assert_eq!(told == 0, kind == EventKind::Accepted);
                }
                Err(error) => {
                    assert_eq!(expected, '.', "{from:?} {kind}");
                    assert_eq!(error, TransitionError::NotAllowed { from, event: kind });
                }
            }
        }
    }
}

#[test]
fn the_table_has_the_fifteen_rows_of_the_contract_and_every_event_once() {
    let numbers: Vec<u8> = TABLE.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=15).collect::<Vec<_>>());
    for (_, event) in EventKind::WORDS {
        assert_eq!(TABLE.iter().filter(|row| row.event == *event).count(), 1, "{event}");
    }
}

#[test]
fn each_event_tells_what_its_row_says() {
    use NotificationType as Tell;
    let told = |from, event: Event| {
        let step = in_state(from).apply(event, NOW + Duration::days(46)).unwrap();
        step.notification.unwrap().kind
    };
    let expected = [
        (OrderStatus::Acknowledged, 1, Tell::Rejection),
        (OrderStatus::Acknowledged, 2, Tell::StatusUpdate),
        (OrderStatus::InProgress, 3, Tell::Confirmation),
        (OrderStatus::InProgress, 4, Tell::Configuration),
        (OrderStatus::InProgress, 5, Tell::StatusUpdate),
        (OrderStatus::Pending, 6, Tell::StatusUpdate),
        (OrderStatus::Pending, 7, Tell::Cancellation),
        (OrderStatus::InProgress, 8, Tell::StatusUpdate),
        (OrderStatus::Held, 9, Tell::StatusUpdate),
        (OrderStatus::Held, 10, Tell::Cancellation),
        (OrderStatus::Held, 11, Tell::Cancellation),
        (OrderStatus::Held, 12, Tell::Cancellation),
        (OrderStatus::InProgress, 13, Tell::Completion),
        (OrderStatus::Held, 14, Tell::Jeopardy),
    ];
    for (from, event, kind) in expected {
        assert_eq!(told(from, events().remove(event)), kind, "{from} {event}");
    }
}

#[test]
fn a_held_order_goes_on_where_it_was_and_only_its_holder_releases_it() {
    for from in [OrderStatus::Acknowledged, OrderStatus::InProgress] {
        for (holder, other) in [(Side::Buyer, Side::Seller), (Side::Seller, Side::Buyer)] {
            let held = Event::Held { by: holder, expected: None, messages: Vec::new() };
            let held = in_state(from).apply(held, NOW).unwrap().progress;
            assert_eq!(held.hold, Some(Hold { by: holder, from, since: NOW }));
            let refused = held.apply(Event::Released { by: other }, NOW);
            assert_eq!(refused, Err(TransitionError::HeldByOther { by: holder }));
            let released = held.apply(Event::Released { by: holder }, NOW).unwrap().progress;
            assert_eq!((released.status, released.hold), (from, None));
        }
    }
}

#[test]
fn holding_is_a_jeopardy_when_the_date_moves_and_else_a_status_update() {
    let committed = Event::DateCommitted { expected: CarrierDate::read("2026-06-01") };
    let order = in_state(OrderStatus::InProgress).apply(committed, NOW).unwrap().progress;
    for (date, kind) in [
        (None, NotificationType::StatusUpdate),
        (Some("2026-06-01"), NotificationType::StatusUpdate),
        (Some("2026-07-01"), NotificationType::Jeopardy),
    ] {
        let expected = date.map(CarrierDate::read);
        let held = Event::Held { by: Side::Seller, expected, messages: Vec::new() };
        let step = order.apply(held, NOW).unwrap();
        let told = step.notification.unwrap();
        assert_eq!(told.kind, kind, "{date:?}");
        assert_eq!(told.status, OrderStatus::Held);
        if kind == NotificationType::Jeopardy {
            assert_eq!(told.messages[0].code.as_deref(), Some("JEP002"));
            assert_eq!(step.progress.expected_completion.unwrap().text(), "2026-07-01");
        }
    }
}

#[test]
fn a_correction_is_awaited_until_its_due_date_and_then_the_order_is_cancelled() {
    let pending = in_state(OrderStatus::Pending);
    let due = pending.correction_due.unwrap();
    assert!(pending.corrective_order_expected());
    let early = pending.apply(Event::CorrectionOverdue, due - Duration::seconds(1));
    assert_eq!(early, Err(TransitionError::NotYetDue));
    let step = pending.apply(Event::CorrectionOverdue, due).unwrap();
    let told = step.notification.unwrap();
    assert_eq!(told.messages[0].code.as_deref(), Some("CAN002"));
    assert_eq!(step.progress.correction_due, None);
    assert_eq!(step.progress.cancellation.unwrap().by, Side::Seller);
}

#[test]
fn a_buyers_cancellation_says_who_and_when() {
    let cancelled = Event::CancelledByBuyer { who: "f.fullerton@verizon.com".to_owned() };
    let step = accepted().apply(cancelled, NOW).unwrap();
    let message = &step.notification.unwrap().messages[0];
    assert_eq!(message.code.as_deref(), Some("CAN001"));
    let said = "The order was cancelled by f.fullerton@verizon.com at 2026-05-02T12:00:00Z";
    assert_eq!(message.message_information.as_deref(), Some(said));
}

#[test]
fn past_the_point_of_no_return_only_the_seller_cancels() {
    let mut order = in_state(OrderStatus::InProgress);
    order.deliver(&item("02"));
    let refused = order.apply(Event::CancelledByBuyer { who: "b".to_owned() }, NOW);
    assert_eq!(refused, Err(TransitionError::PastPointOfNoReturn));
    let cancelled = order.apply(Event::CancelledBySeller { reason: "r".to_owned() }, NOW).unwrap();
    let items: Vec<_> = cancelled.progress.items.iter().map(|item| item.status).collect();
    assert_eq!(items, [OrderStatus::Cancelled, OrderStatus::Completed]);
}

#[test]
fn an_order_ends_as_its_items_did() {
    use OrderStatus::{Completed, Failed, Partial};
    for (failed, status, items) in [
        (vec![], Completed, [Completed, Completed]),
        (vec!["02"], Partial, [Completed, Failed]),
        (vec!["01", "02"], Failed, [Failed, Failed]),
    ] {
        let failure = |i: &&str| ItemFailure { item: item(i), reason: format!("{i}: no duct") };
        let failures: Vec<_> = failed.iter().map(failure).collect();
        let event = Event::Finished { failed: failures, completion: None };
        let step = in_state(OrderStatus::InProgress).apply(event, NOW).unwrap();
        let told = step.notification.unwrap();
        assert_eq!((step.progress.status, told.messages.len()), (status, failed.len()));
        let states: Vec<_> = step.progress.items.iter().map(|item| item.status).collect();
        assert_eq!(states, items);
        assert_eq!(step.progress.completion.is_some(), status != Failed);
        if status == Completed {
            assert_eq!(told.completion.unwrap().text(), "2026-05-02T12:00:00Z");
        }
    }
}

#[test]
fn what_is_assigned_twice_is_assigned_once() {
    let assigned = Assigned { seller_id: service("OVC-1"), buyer_id: None, item: Some(item("01")) };
    let assignments = Assignments { ovcs: vec![assigned], ..Assignments::default() };
    let configured = || Event::Configured { assignments: assignments.clone() };
    let once = in_state(OrderStatus::InProgress).apply(configured(), NOW).unwrap();
    assert_eq!(once.notification.unwrap().assignments, Some(assignments.clone()));
    let twice = once.progress.apply(configured(), NOW).unwrap().progress;
    assert_eq!(twice.assignments, assignments);
}

#[test]
fn what_an_order_keeps_of_messages_and_assignments_has_a_bound() {
    let assigned = |n: u32| Assigned {
        seller_id: service(&format!("UNI-{n:041}")),
        buyer_id: Some("B".repeat(45)),
        item: Some(item("01")),
    };
    let mut progress = in_state(OrderStatus::InProgress);
    for batch in 0..30 {
        let unis: Vec<_> = (0..100).map(|n| assigned(batch * 100 + n)).collect();
        let assignments = Assignments { unis, ..Assignments::default() };
        let step = progress.apply(Event::Configured { assignments }, NOW).unwrap();
        let told = step.notification.unwrap().assignments.unwrap();
        assert_eq!(told.unis.len(), 100, "the notification has all of them");
        progress = step.progress;
    }
    assert!((500..1_000).contains(&progress.assignments.unis.len()));
    assert_eq!(progress.assignments.unis[0], assigned(0), "the first ones stay");
    let message = registry::ITEM_FAILED.message().saying("x".repeat(300));
    let messages = vec![message; 2_000];
    let step = progress.apply(Event::InformationNeeded { messages, due: NOW }, NOW).unwrap();
    assert_eq!(step.notification.unwrap().messages.len(), 2_000);
    assert!((100..200).contains(&step.progress.messages.len()));
    // Longer than what is stored of it.
    let size = format!("{:?}", step.progress).len();
    assert!(size < 300_000, "{size} bytes");
    let cancelled = Event::CancelledByBuyer { who: "f.fullerton".to_owned() };
    assert!(step.progress.apply(cancelled, NOW).is_ok());
}
