mod canceling;

use time::{Duration, macros::datetime};
use uuid::Uuid;

use super::*;
use crate::order::{Lifecycle, NextAction, OrderKind, Timing};

const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

fn id(text: &str) -> ItemId {
    text.parse().unwrap()
}

fn new(name: &str, within: Option<&str>, after: &[&str]) -> NewItem {
    NewItem {
        id: id(name),
        action: ItemAction::Add,
        within: within.map(id),
        after: after.iter().copied().map(id).collect(),
    }
}

fn placed(items: Vec<NewItem>, start_at: Option<OffsetDateTime>) -> ServiceOrder {
    assert_eq!(check_relations(&items), []);
    NewServiceOrder {
        face: Face::Service,
        tenant: "one".parse().unwrap(),
        rights: Rights::default(),
        external_id: None,
        start_at,
        items,
        correlation_id: "c".to_owned(),
    }
    .into_order(ServiceOrderId(Uuid::nil()), NOW)
}

fn apply(order: &ServiceOrder, event: ServiceOrderEvent) -> ServiceOrder {
    order.apply(event, NOW).unwrap().into_order()
}

fn begun(order: &ServiceOrder, items: &[&str]) -> ServiceOrder {
    apply(order, ServiceOrderEvent::Began(items.iter().copied().map(id).collect()))
}

fn updated(order: &ServiceOrder, item: &str, update: ItemUpdate) -> ServiceOrder {
    apply(order, ServiceOrderEvent::Progressed(vec![(id(item), update)]))
}

fn failure() -> ItemFailure {
    ItemFailure { code: "WHY".to_owned(), message: "why".to_owned() }
}

fn states(order: &ServiceOrder) -> Vec<ItemState> {
    order.items.iter().map(|item| item.state).collect()
}

fn ready(order: &ServiceOrder) -> Vec<String> {
    order.ready(NOW).into_iter().map(String::from).collect()
}

/// What the contract says, in other words than the rule: by counting.
fn expected(items: &[ItemState], task: Option<TaskState>) -> OrderState {
    let count = |state| items.iter().filter(|item| **item == state).count();
    let [acknowledged, pending, progress, completed, failed, rejected, cancelled] =
        ItemState::ALL.map(count);
    let open = acknowledged + pending + progress;
    match (open, completed, failed, rejected, cancelled) {
        (0, completed, 0, 0, 0) if completed > 0 => OrderState::Completed,
        (0, 0, 0, 0, _) => OrderState::Cancelled,
        (0, 0, 0, _, _) => OrderState::Rejected,
        (0, 0, ..) => OrderState::Failed,
        (0, ..) => OrderState::Partial,
        _ if task == Some(TaskState::Accepted) => OrderState::AssessingCancellation,
        _ if task.is_some() => OrderState::PendingCancellation,
        (open, ..) if progress > 0 || open < items.len() => OrderState::InProgress,
        _ if acknowledged > 0 => OrderState::Acknowledged,
        _ => OrderState::Pending,
    }
}

#[test]
fn the_state_of_an_order_follows_from_every_combination_of_up_to_four_items() {
    let mut combinations = vec![Vec::new()];
    for _ in 0..4 {
        let longer = combinations.iter().flat_map(|items: &Vec<ItemState>| {
            ItemState::ALL.map(|state| [&items[..], &[state]].concat())
        });
        combinations = longer.collect();
        for items in &combinations {
            for task in [None, Some(TaskState::Accepted), Some(TaskState::InProgress)] {
                assert_eq!(order_state(items, task), expected(items, task), "{items:?} {task:?}");
            }
        }
    }
    assert_eq!(combinations.len(), 7_usize.pow(4));
}

#[test]
fn an_order_is_final_when_all_its_items_are_and_only_then() {
    for one in ItemState::ALL {
        for other in ItemState::ALL {
            let state = order_state(&[one, other], None);
            assert_eq!(state.is_final(), one.is_final() && other.is_final(), "{one:?} {other:?}");
        }
    }
}

#[test]
fn every_error_of_the_relationships_is_found_with_its_item() {
    let items = [
        new("1", None, &["2"]),
        new("2", None, &["3"]),
        new("3", None, &["1"]),
        new("4", None, &["1", "9"]),
        new("5", Some("6"), &[]),
        new("6", None, &["5"]),
        new("4", None, &["4"]),
    ];
    let found: Vec<_> = check_relations(&items);
    let cycles = [0, 1, 2, 4, 5].map(|index| (index, RelationError::Cycle));
    let mut wanted = Vec::from(cycles);
    wanted.extend([(3, RelationError::Unknown(id("9"))), (6, RelationError::Duplicate)]);
    wanted.sort_by_key(|(index, _)| *index);
    assert_eq!(found, wanted);
}

#[test]
fn items_begin_when_those_before_them_are_done_and_nested_ones_one_at_a_time() {
    let items = vec![
        new("1", None, &[]),
        new("1a", Some("1"), &[]),
        new("1b", Some("1"), &[]),
        new("2", None, &["1b"]),
    ];
    let order = placed(items, None);
    assert_eq!(order.state(), OrderState::Acknowledged);
    assert_eq!(ready(&order), ["1"]);
    let order = begun(&order, &["1"]);
    assert_eq!((order.state(), ready(&order).len()), (OrderState::InProgress, 0));
    let order = updated(&order, "1", ItemUpdate::Completed(Vec::new()));
    assert_eq!(ready(&order), ["1a"]);
    let order = updated(&begun(&order, &["1a"]), "1a", ItemUpdate::Completed(Vec::new()));
    assert_eq!(ready(&order), ["1b"]);
    let order = updated(&begun(&order, &["1b"]), "1b", ItemUpdate::Completed(Vec::new()));
    let order = updated(&begun(&order, &["2"]), "2", ItemUpdate::Completed(Vec::new()));
    assert_eq!(order.state(), OrderState::Completed);
    let history: Vec<_> = order.history.iter().map(|change| change.status).collect();
    assert_eq!(history, [OrderState::Acknowledged, OrderState::InProgress, OrderState::Completed]);
}

#[test]
fn an_item_that_is_not_done_cancels_all_that_wait_for_it_and_nothing_else() {
    let items = vec![
        new("1", None, &[]),
        new("2", None, &["1"]),
        new("3", None, &["2"]),
        new("4", None, &[]),
        new("1a", Some("1"), &[]),
    ];
    for (update, state) in [
        (ItemUpdate::Failed(failure()), ItemState::Failed),
        (ItemUpdate::Rejected(failure()), ItemState::Rejected),
    ] {
        let order = updated(&begun(&placed(items.clone(), None), &["1", "4"]), "1", update);
        let stopped = ItemState::Cancelled;
        assert_eq!(states(&order), [state, stopped, stopped, ItemState::InProgress, stopped]);
        assert_eq!(order.items[2].failure.as_ref().unwrap().code, "PREDECESSOR_NOT_COMPLETED");
        assert_eq!(order.state(), OrderState::InProgress);
        let order = updated(&order, "4", ItemUpdate::Completed(Vec::new()));
        assert_eq!(order.state(), OrderState::Partial);
    }
}

#[test]
fn an_order_waits_for_its_start_date() {
    let start = NOW + Duration::DAY;
    let order = placed(vec![new("1", None, &[])], Some(start));
    assert_eq!((order.state(), ready(&order).len()), (OrderState::Pending, 0));
    let timing = |now| Timing { now, watchdog: Duration::minutes(5) };
    assert_eq!(order.next_action(&(), timing(NOW)), NextAction::Wait { until: start });
    assert_eq!(order.ready(start), [id("1")]);
    assert_eq!(order.next_action(&(), timing(start)), timing(start).work());
    let at_once = Amendment { start_at: Some(None), items: None };
    let order = apply(&order, ServiceOrderEvent::Amended(at_once));
    assert_eq!((order.state(), ready(&order).len()), (OrderState::Acknowledged, 1));
    assert_eq!(order.history.len(), 2, "both states are told");
}

#[test]
fn what_is_due_on_an_order_is_decided_by_its_items() {
    let timing = Timing { now: NOW, watchdog: Duration::minutes(5) };
    let order = begun(&placed(vec![new("1", None, &[])], None), &["1"]);
    assert_eq!(order.next_action(&(), timing), timing.work(), "its order must be placed");
    let child = ItemOrder { kind: OrderKind::Ecc, id: "1".to_owned() };
    let order = updated(&order, "1", ItemUpdate::Ordered(child));
    let until = timing.deadline();
    assert_eq!(order.next_action(&(), timing), NextAction::Wait { until }, "its order must end");
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    assert_eq!(order.next_action(&(), timing), timing.work(), "a decision is due");
    let order = apply(&order, ServiceOrderEvent::CancelAssessed(Assessment::Begun));
    assert_eq!(order.next_action(&(), timing), timing.work(), "its order is to be cancelled");
    let order = updated(&order, "1", ItemUpdate::Completed(Vec::new()));
    assert_eq!(order.next_action(&(), timing), NextAction::Finished);
}

#[test]
fn only_items_that_have_not_begun_are_amended() {
    let order = placed(vec![new("1", None, &[]), new("2", None, &["1"])], None);
    let amended =
        |items| ServiceOrderEvent::Amended(Amendment { items: Some(items), start_at: None });
    let order = begun(&order, &["1"]);
    let more = vec![new("1", None, &[]), new("3", None, &[])];
    let changed = apply(&order, amended(more));
    assert_eq!(states(&changed), [ItemState::InProgress, ItemState::Acknowledged]);
    assert_eq!(changed.items[0].begun, Some(NOW), "what has begun goes on");
    for items in [vec![new("3", None, &[])], vec![new("1", None, &["3"]), new("3", None, &[])]] {
        let refused = order.apply(amended(items), NOW);
        assert_eq!(refused, Err(ServiceOrderError::Begun(id("1"))));
    }
    let later = Amendment { start_at: Some(Some(NOW)), items: None };
    let refused = order.apply(ServiceOrderEvent::Amended(later), NOW);
    assert_eq!(refused, Err(ServiceOrderError::Begun(id("1"))));
}

#[test]
fn nothing_but_its_document_changes_of_an_order_that_has_ended() {
    let order = begun(&placed(vec![new("1", None, &[])], None), &["1"]);
    let order = updated(&order, "1", ItemUpdate::Completed(Vec::new()));
    let items = Amendment { items: Some(vec![new("1", None, &[])]), start_at: None };
    for event in [
        ServiceOrderEvent::Began(vec![id("1")]),
        ServiceOrderEvent::Progressed(Vec::new()),
        ServiceOrderEvent::Amended(items),
        ServiceOrderEvent::CancelRequested(CancelRequest::default()),
        ServiceOrderEvent::CancelAssessed(Assessment::Granted),
        ServiceOrderEvent::ItemsCancelled(Vec::new()),
    ] {
        let refused = order.apply(event.clone(), NOW);
        assert_eq!(refused, Err(ServiceOrderError::Ended(OrderState::Completed)), "{event:?}");
    }
    let described = apply(&order, ServiceOrderEvent::Amended(Amendment::default()));
    assert_eq!(
        (described.revision, described.state()),
        (order.revision + 1, OrderState::Completed)
    );
}

#[test]
fn an_item_begins_and_ends_once() {
    let order = placed(vec![new("1", None, &[]), new("2", None, &["1"])], None);
    let wrong = [
        ServiceOrderEvent::Began(vec![id("2")]),
        ServiceOrderEvent::Began(vec![id("9")]),
        ServiceOrderEvent::Progressed(vec![(id("1"), ItemUpdate::Completed(Vec::new()))]),
    ];
    for event in wrong {
        assert!(matches!(order.apply(event, NOW), Err(ServiceOrderError::Item(_))));
    }
    let order = begun(&order, &["1"]);
    let again = order.apply(ServiceOrderEvent::Began(vec![id("1")]), NOW);
    assert_eq!(again, Err(ServiceOrderError::Item(id("1"))));
    let order = updated(&order, "1", ItemUpdate::Alerted(Some(NOW)));
    assert_eq!(order.items[0].alert, Some(NOW));
    let order = updated(&order, "1", ItemUpdate::Completed(Vec::new()));
    assert_eq!(order.items[0].alert, None, "what has ended needs nobody");
    let again = ServiceOrderEvent::Progressed(vec![(id("1"), ItemUpdate::Failed(failure()))]);
    assert_eq!(order.apply(again, NOW), Err(ServiceOrderError::Item(id("1"))));
}

#[test]
fn the_id_of_a_cancel_task_is_one_text() {
    let order: ServiceOrderId = "0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6".parse().unwrap();
    let task = CancelTaskId { order, number: 2 };
    assert_eq!(task.to_string().parse(), Ok(task));
    for text in ["", "2", "0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6"] {
        assert_eq!(text.parse::<CancelTaskId>(), Err(ParseCancelTaskIdError), "{text}");
    }
    for number in ["02", "+2", "256", "", "2.2"] {
        let text = format!("{order}.{number}");
        assert_eq!(text.parse::<CancelTaskId>(), Err(ParseCancelTaskIdError), "{text}");
    }
}
