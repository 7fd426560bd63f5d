use super::*;

fn items_cancelled(updates: Vec<(&str, ItemUpdate)>) -> ServiceOrder {
    let updates = updates.into_iter().map(|(item, update)| (id(item), update)).collect();
    apply(&cancelling(), ServiceOrderEvent::ItemsCancelled(updates))
}

/// Two items under way and one that waits for the first, of which the orders are being cancelled.
fn cancelling() -> ServiceOrder {
    let items = vec![new("1", None, &[]), new("2", None, &[]), new("3", None, &["1"])];
    let order = begun(&placed(items, None), &["1", "2"]);
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    let order = apply(&order, ServiceOrderEvent::CancelAssessed(Assessment::Begun));
    assert_eq!(order.state(), OrderState::PendingCancellation);
    assert_eq!(ready(&order), [""; 0], "nothing begins meanwhile");
    order
}

fn refused(item: &str) -> ServiceOrderEvent {
    ServiceOrderEvent::CancelAssessed(Assessment::Refused(vec![id(item)]))
}

#[test]
fn a_request_to_cancel_ends_by_what_became_of_every_item_under_way() {
    let done = || ItemUpdate::Completed(Vec::new());
    let [ended, error] = [TaskState::Done, TaskState::TerminatedWithError];
    for (updates, task, state, last) in [
        (
            vec![("1", ItemUpdate::Cancelled), ("2", ItemUpdate::Cancelled)],
            ended,
            OrderState::Cancelled,
            ItemState::Cancelled,
        ),
        (vec![("1", done()), ("2", done())], ended, OrderState::Partial, ItemState::Cancelled),
        (vec![("1", ItemUpdate::Cancelled)], error, OrderState::InProgress, ItemState::Cancelled),
        (vec![("2", done())], error, OrderState::InProgress, ItemState::Pending),
        (vec![], error, OrderState::InProgress, ItemState::Pending),
    ] {
        let order = items_cancelled(updates.clone());
        assert_eq!(order.cancel_tasks[0].state, task, "{updates:?}");
        assert_eq!((order.state(), states(&order)[2]), (state, last), "{updates:?}");
        let message = order.cancel_tasks[0].message.as_deref();
        assert_eq!(message.is_some_and(|why| why.contains("item")), task == error, "{message:?}");
    }
    let half = items_cancelled(vec![("2", ItemUpdate::Cancelled)]);
    let message = half.cancel_tasks[0].message.as_deref().unwrap();
    assert!(message.ends_with("item 1; the rest of the order is cancelled"), "{message}");
    assert_eq!(states(&half)[2], ItemState::Cancelled, "nothing of it begins any more");
    let open = cancelling();
    let again = open.apply(ServiceOrderEvent::CancelRequested(CancelRequest::default()), NOW);
    assert_eq!(again, Err(ServiceOrderError::CancelOpen));
    let early = ServiceOrderEvent::ItemsCancelled(Vec::new());
    assert_eq!(
        begun(&placed(vec![new("1", None, &[])], None), &["1"]).apply(early, NOW),
        Err(ServiceOrderError::NotDue)
    );
}

#[test]
fn the_only_item_that_is_done_before_its_order_is_cancelled_refuses_the_request() {
    let order = begun(&placed(vec![new("1", None, &[])], None), &["1"]);
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    let order = apply(&order, ServiceOrderEvent::CancelAssessed(Assessment::Begun));
    let done = vec![(id("1"), ItemUpdate::Completed(Vec::new()))];
    let order = apply(&order, ServiceOrderEvent::ItemsCancelled(done));
    assert_eq!(order.state(), OrderState::Completed);
    let task = &order.cancel_tasks[0];
    assert_eq!(task.state, TaskState::TerminatedWithError);
    assert_eq!(task.message.as_deref(), Some("the order was completed before"));
}

#[test]
fn an_order_whose_items_its_client_cancels_one_by_one_is_cancelled() {
    let order = begun(&placed(vec![new("1", None, &[])], None), &["1"]);
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    let order = updated(&order, "1", ItemUpdate::Cancelled);
    assert_eq!(order.state(), OrderState::Cancelled);
    assert_eq!(order.cancel_tasks[0].state, TaskState::Done);
}

#[test]
fn an_order_of_which_nothing_is_under_way_is_cancelled() {
    let order = placed(vec![new("1", None, &[]), new("2", None, &["1"])], None);
    let request = CancelRequest { reason: Some("no".to_owned()), wanted_at: None };
    let order = apply(&order, ServiceOrderEvent::CancelRequested(request));
    assert_eq!(order.state(), OrderState::AssessingCancellation);
    assert_eq!(ready(&order), [""; 0], "nothing begins while the request is open");
    for assessment in [Assessment::Begun, Assessment::Refused(vec![id("1")])] {
        let wrong = order.apply(ServiceOrderEvent::CancelAssessed(assessment), NOW);
        assert_eq!(wrong, Err(ServiceOrderError::NotDue));
    }
    let order = apply(&order, ServiceOrderEvent::CancelAssessed(Assessment::Granted));
    assert_eq!(order.state(), OrderState::Cancelled);
    assert_eq!(order.cancel_tasks[0].state, TaskState::Done);
    let history: Vec<_> = order.history.iter().map(|change| change.status).collect();
    let [first, assessing, last] = history[..] else { panic!("{history:?}") };
    assert_eq!(first, OrderState::Acknowledged);
    assert_eq!((assessing, last), (OrderState::AssessingCancellation, OrderState::Cancelled));
}

#[test]
fn what_is_done_stays_done_when_the_rest_is_cancelled() {
    let order = begun(&placed(vec![new("1", None, &[]), new("2", None, &["1"])], None), &["1"]);
    let order = updated(&order, "1", ItemUpdate::Completed(Vec::new()));
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    let order = apply(&order, ServiceOrderEvent::CancelAssessed(Assessment::Granted));
    assert_eq!(states(&order), [ItemState::Completed, ItemState::Cancelled]);
    assert_eq!(order.state(), OrderState::Partial);
}

#[test]
fn an_order_of_which_an_item_has_passed_its_point_of_no_return_goes_on() {
    let order = begun(&placed(vec![new("1", None, &[]), new("2", None, &["1"])], None), &["1"]);
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    for assessment in [Assessment::Granted, Assessment::Refused(vec![id("2")])] {
        let wrong = order.apply(ServiceOrderEvent::CancelAssessed(assessment), NOW);
        assert_eq!(wrong, Err(ServiceOrderError::NotDue));
    }
    let order = apply(&order, refused("1"));
    assert_eq!(order.state(), OrderState::InProgress);
    let task = &order.cancel_tasks[0];
    assert_eq!(task.state, TaskState::TerminatedWithError);
    assert_eq!(
        task.message.as_deref(),
        Some("under way, and not to be cancelled any more: item 1")
    );
    let again = CancelRequest::default();
    let order = apply(&order, ServiceOrderEvent::CancelRequested(again.clone()));
    assert_eq!(
        order.apply(ServiceOrderEvent::CancelRequested(again), NOW),
        Err(ServiceOrderError::CancelOpen)
    );
}

#[test]
fn a_request_to_cancel_ends_with_an_order_that_ends_before_it_is_decided() {
    let order = begun(&placed(vec![new("1", None, &[])], None), &["1"]);
    let order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
    let order = updated(&order, "1", ItemUpdate::Completed(Vec::new()));
    assert_eq!((order.state(), order.open_task()), (OrderState::Completed, None));
    let task = &order.cancel_tasks[0];
    assert_eq!(task.state, TaskState::TerminatedWithError);
    assert_eq!(task.message.as_deref(), Some("the order was completed before"));
}

#[test]
fn the_requests_to_cancel_an_order_are_limited() {
    let mut order = begun(&placed(vec![new("1", None, &[])], None), &["1"]);
    for _ in 0..MAX_CANCEL_TASKS {
        order = apply(&order, ServiceOrderEvent::CancelRequested(CancelRequest::default()));
        order = apply(&order, refused("1"));
    }
    let more = order.apply(ServiceOrderEvent::CancelRequested(CancelRequest::default()), NOW);
    assert_eq!(more, Err(ServiceOrderError::TooManyTasks));
}
