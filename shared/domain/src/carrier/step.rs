//! What each row of the transition table does and tells.

use time::OffsetDateTime;

use super::{
    Assignments, Cancellation, CarrierDate, Event, Hold, Notification, NotificationType,
    OrderMessage, OrderProgress, OrderStatus, Side, Step, Target, TransitionError,
    progress::ItemFailure, registry, row,
};

/// What an event tells besides the order's new state.
struct News {
    kind: NotificationType,
    messages: Vec<OrderMessage>,
    assignments: Option<Assignments>,
}

impl News {
    const fn of(kind: NotificationType, messages: Vec<OrderMessage>) -> Self {
        Self { kind, messages, assignments: None }
    }
}

/// Takes an order along one row of the table.
pub(super) fn step(
    from: Option<OrderStatus>,
    mut progress: OrderProgress,
    event: Event,
    now: OffsetDateTime,
) -> Result<Step, TransitionError> {
    let kind = event.kind();
    let target = row(from, kind)?.to;
    guard(&progress, &event, now)?;
    let status = match (target, &event) {
        (Target::To(status), _) => status,
        (Target::HeldFrom, _) => progress.hold.as_ref().map_or(progress.status, |hold| hold.from),
        (Target::ByOutcome, Event::Finished { failed, .. }) => outcome(&progress, failed),
        (Target::Same | Target::ByOutcome, _) => progress.status,
    };
    if let Event::Held { by, .. } = &event {
        progress.hold = Some(Hold { by: *by, from: progress.status, since: now });
    }
    enter(&mut progress, status);
    let news = news(&mut progress, event, now);
    let notification = news.map(|news| tell(&mut progress, news, now));
    progress.bound();
    Ok(Step { progress, notification, from, event: kind })
}

/// What the table says in words: who may release, how long a cancellation is possible, when a
/// correction is overdue.
fn guard(
    progress: &OrderProgress,
    event: &Event,
    now: OffsetDateTime,
) -> Result<(), TransitionError> {
    match event {
        Event::Released { by } => match &progress.hold {
            Some(hold) if hold.by != *by => Err(TransitionError::HeldByOther { by: hold.by }),
            _ => Ok(()),
        },
        Event::CancelledByBuyer { .. } if progress.is_past_point_of_no_return() => {
            Err(TransitionError::PastPointOfNoReturn)
        }
        Event::CorrectionOverdue if progress.correction_due.is_some_and(|due| now < due) => {
            Err(TransitionError::NotYetDue)
        }
        _ => Ok(()),
    }
}

fn outcome(progress: &OrderProgress, failed: &[ItemFailure]) -> OrderStatus {
    let lost = |item: &super::ItemProgress| failed.iter().any(|f| f.item == item.reference);
    match progress.items.iter().filter(|item| lost(item)).count() {
        0 => OrderStatus::Completed,
        all if all == progress.items.len() => OrderStatus::Failed,
        _ => OrderStatus::Partial,
    }
}

fn enter(progress: &mut OrderProgress, status: OrderStatus) {
    progress.status = status;
    if status != OrderStatus::Held {
        progress.hold = None;
    }
    if status != OrderStatus::Pending {
        progress.correction_due = None;
    }
    for item in progress.items.iter_mut().filter(|item| !item.status.is_final()) {
        item.status = status;
    }
}

fn news(progress: &mut OrderProgress, event: Event, now: OffsetDateTime) -> Option<News> {
    use NotificationType as Tell;
    let news = match event {
        Event::Accepted { warnings } => {
            progress.messages = warnings;
            return None;
        }
        Event::NotAccepted { messages } => {
            progress.messages.clone_from(&messages);
            News::of(Tell::Rejection, messages)
        }
        Event::TreatmentStarted | Event::Released { .. } => {
            News::of(Tell::StatusUpdate, progress.messages.clone())
        }
        Event::DateCommitted { expected } => {
            progress.expected_completion = Some(expected);
            News::of(Tell::Confirmation, Vec::new())
        }
        Event::Configured { assignments } => {
            progress.assignments.merge(&assignments);
            News { assignments: Some(assignments), ..News::of(Tell::Configuration, Vec::new()) }
        }
        Event::InformationNeeded { messages, due } => {
            progress.correction_due = Some(due);
            progress.messages.retain(|message| !message.correction_required);
            progress.messages.extend(messages);
            News::of(Tell::StatusUpdate, progress.messages.clone())
        }
        Event::NewerVersionReceived { warnings } => {
            progress.messages.clone_from(&warnings);
            News::of(Tell::StatusUpdate, warnings)
        }
        Event::Held { expected, messages, .. } => {
            let moves = expected.is_some() && expected != progress.expected_completion;
            if moves {
                jeopardy(progress, expected, messages)
            } else {
                News::of(Tell::StatusUpdate, messages)
            }
        }
        Event::DateAtRisk { expected, messages } => jeopardy(progress, expected, messages),
        Event::Finished { failed, completion } => finished(progress, failed, completion, now),
        event => cancelled(progress, event, now),
    };
    Some(news)
}

fn jeopardy(
    progress: &mut OrderProgress,
    expected: Option<CarrierDate>,
    mut messages: Vec<OrderMessage>,
) -> News {
    if expected.is_some() {
        progress.expected_completion = expected;
    }
    if messages.is_empty() {
        messages.push(registry::JEOPARDY.message());
    }
    News::of(NotificationType::Jeopardy, messages)
}

fn finished(
    progress: &mut OrderProgress,
    failed: Vec<ItemFailure>,
    completion: Option<CarrierDate>,
    now: OffsetDateTime,
) -> News {
    for item in &mut progress.items {
        let lost = failed.iter().any(|failure| failure.item == item.reference);
        item.status = if lost { OrderStatus::Failed } else { OrderStatus::Completed };
    }
    if progress.status != OrderStatus::Failed {
        progress.completion = Some(completion.unwrap_or_else(|| CarrierDate::of(now)));
    }
    if progress.status == OrderStatus::Completed {
        let assignments = Some(progress.assignments.clone());
        return News { assignments, ..News::of(NotificationType::Completion, Vec::new()) };
    }
    let about = |ItemFailure { item, reason }: ItemFailure| {
        registry::ITEM_FAILED.message().saying(reason).for_item(&item)
    };
    progress.messages = failed.into_iter().map(about).collect();
    News::of(NotificationType::StatusUpdate, progress.messages.clone())
}

/// All that is left: rows 8, 11, 12 and 13.
fn cancelled(progress: &mut OrderProgress, event: Event, now: OffsetDateTime) -> News {
    let (by, kind, reason) = match event {
        Event::CancelledByBuyer { who } => {
            let when = CarrierDate::of(now);
            let reason = format!("The order was cancelled by {who} at {when}");
            (Side::Buyer, registry::CANCELLED_BY_BUYER, reason)
        }
        Event::Unresolvable { reason } | Event::CancelledBySeller { reason } => {
            (Side::Seller, registry::CANCELLED_BY_SELLER, reason)
        }
        _ => {
            let reason = "The order was cancelled because no corrective order provided.";
            (Side::Seller, registry::CANCELLED_BY_SELLER, reason.to_owned())
        }
    };
    let reason: String = reason.chars().take(300).collect();
    let message = kind.message().saying(&reason);
    progress.cancellation = Some(Cancellation { by, at: now, reason });
    progress.messages = vec![message.clone()];
    News::of(NotificationType::Cancellation, vec![message])
}

fn tell(progress: &mut OrderProgress, news: News, now: OffsetDateTime) -> Notification {
    progress.notification_version += 1;
    Notification {
        version: progress.notification_version,
        kind: news.kind,
        at: now,
        status: progress.status,
        expected_completion: progress.expected_completion.clone(),
        completion: progress.completion.clone(),
        assignments: news.assignments,
        correction_due: progress.correction_due,
        cancellation: progress.cancellation.clone(),
        messages: news.messages,
    }
}

#[cfg(test)]
mod tests;
