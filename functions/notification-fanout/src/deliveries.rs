use domain::{
    order::StatusChange,
    webhook::{Delivery, Endpoint, EventType, OrderingKey, Payload},
};
use lambda::message::{DeliveryMessage, FirstDelivery, OrderMessage, Publication, StatusMessage};
use store::{PendingPublication, StoredDelivery, Subject};
use time::OffsetDateTime;

/// A delivery of a status change to an endpoint.
pub(crate) enum Planned {
    /// Its message says all that is delivered: it is stored when its attempt begins.
    InMessage(DeliveryMessage),
    /// It is stored before its message is sent.
    Stored(Box<StoredDelivery>, Option<u64>),
}

/// Milliseconds since 1970.
fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The messages of a publication whose message says all.
pub(crate) fn of_publication(
    message: &OrderMessage,
    publication: &Publication,
    now: OffsetDateTime,
) -> Option<Vec<DeliveryMessage>> {
    let tenant = message.tenant.as_ref()?;
    let StatusMessage { kind, status, sequence, at } = &publication.change;
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(*at) * 1_000_000).ok()?;
    let payload = Payload::order(*kind, &message.order_id, status, *sequence, at).ok()?;
    let to_message = |to: &lambda::message::EndpointMessage| {
        let delivery = Delivery::planned(payload.id().clone(), to.id.clone(), now);
        let (change, index) = (publication.change.clone(), to.index);
        DeliveryMessage {
            after: to.after,
            first: Some(FirstDelivery { change, index, created_at: millis(now) }),
            ..DeliveryMessage::of(&delivery, tenant, &message.correlation_id)
        }
    };
    Some(publication.endpoints.iter().map(to_message).collect())
}

/// A status change of an order for one endpoint; `before` is the status change before it, if it is
/// known.
///
/// The message says all only where it cannot have personal data, which dead letters must not
/// have: not the reason of a change, nor what else is told of a carrier order.
pub(crate) fn planned(
    pending: &PendingPublication,
    (before, change): (Option<&StatusChange<String>>, &StatusChange<String>),
    payload: &Payload,
    (index, endpoint): &(u8, Endpoint),
    now: OffsetDateTime,
) -> Planned {
    let (kind, sequence) = (pending.kind, change.sequence);
    let was_told = |before: &StatusChange<String>| {
        EventType::of_state(kind, &before.status).is_ok_and(|event| endpoint.wants(event))
    };
    let told_before = before.filter(|before| was_told(before)).map(|before| before.sequence);
    // Whether an earlier one was told is not known here.
    let is_known =
        sequence == 1 || told_before.is_some() || before.is_some_and(|before| before.sequence == 1);
    let correlation = &pending.correlation_id;
    let is_told_by_itself =
        change.reason.is_none() && !matches!(pending.subject, Subject::Carrier(_));
    if is_known && is_told_by_itself {
        let delivery = Delivery::planned(payload.id().clone(), endpoint.id.clone(), now);
        let status = change.status.clone();
        let change = StatusMessage { kind, status, sequence, at: millis(change.at) };
        return Planned::InMessage(DeliveryMessage {
            after: told_before,
            first: Some(FirstDelivery { change, index: *index, created_at: millis(now) }),
            ..DeliveryMessage::of(&delivery, &endpoint.tenant, correlation)
        });
    }
    let order = format!("{kind}-{}", pending.id);
    let key = Some(OrderingKey { order, sequence });
    let stored = StoredDelivery::planned(endpoint, payload, key, correlation, now);
    // The deliveries of a carrier order are all stored, in their order.
    let after = told_before.filter(|_| !matches!(pending.subject, Subject::Carrier(_)));
    Planned::Stored(Box::new(stored), after)
}
