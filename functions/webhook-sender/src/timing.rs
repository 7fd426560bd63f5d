use domain::webhook::{Delivery, MessageId, Wait};
use lambda::sqs_batch::Outcome;
use store::StoredDelivery;
use time::OffsetDateTime;

/// A message that arrived before its time, or of a delivery that has ended.
pub(crate) fn too_early(delivery: &Delivery, now: OffsetDateTime) -> Outcome {
    match delivery.waits(now) {
        Some(Wait::Queue { seconds }) => {
            let delay = std::time::Duration::from_secs(u64::from(seconds).max(1));
            Outcome::retry_after("before its time", delay)
        }
        // The sweeper's.
        Some(Wait::Table { .. }) | None => Outcome::Done,
    }
}

/// The id of the message of an earlier status change of the order.
pub(crate) fn preceding(message: &MessageId, sequence: u64) -> Option<MessageId> {
    format!("{}-{sequence}", message.group()).parse().ok()
}

/// The id of the message of the previous status change of the order: ids end with the sequence.
pub(crate) fn predecessor(stored: &StoredDelivery) -> Option<MessageId> {
    let sequence = stored.ordering_key.as_ref()?.sequence;
    let group = stored.delivery.message.group();
    (sequence > 1).then(|| format!("{group}-{}", sequence - 1).parse().ok()).flatten()
}
