use domain::{
    order::StatusChange,
    scenario::Sandbox,
    webhook::{Delivery, Endpoint, EventType, OrderingKey, Payload},
};
use lambda::message::{DeliveryMessage, EndpointMessage, OrderMessage, Publication, StatusMessage};
use store::{PendingPublication, StoredDelivery, Subject};
use time::{Duration, OffsetDateTime};

/// A delivery of a status change to an endpoint.
pub(crate) enum Planned {
    /// Its message says all that is delivered: it is stored when its attempt begins.
    InMessage(DeliveryMessage),
    /// It is stored before its message is sent.
    Stored(Box<StoredDelivery>, Option<u64>),
}

/// The messages of a publication whose message says all.
pub(crate) fn of_publication(
    message: &OrderMessage,
    Publication { change, endpoints, .. }: &Publication,
    now: OffsetDateTime,
) -> Option<Vec<DeliveryMessage>> {
    let tenant = message.tenant.as_ref()?;
    let StatusMessage { kind, status, sequence, at } = change;
    let payload = Payload::order(*kind, &message.order_id, status, *sequence, *at).ok()?;
    let to_message = |to: &EndpointMessage| {
        let delivery = Delivery::planned(payload.id().clone(), to.id.clone(), now);
        DeliveryMessage::of(&delivery, tenant, &message.correlation_id).first(
            change.clone(),
            to,
            now,
        )
    };
    Some(endpoints.iter().map(to_message).collect())
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
    let known = EndpointMessage::before(sequence, before.map(was_told));
    let is_carrier = matches!(pending.subject, Subject::Carrier(_));
    let correlation = &pending.correlation_id;
    if let Some(after) = known
        && change.reason.is_none()
        && !is_carrier
    {
        let to = EndpointMessage { id: endpoint.id.clone(), index: *index, after };
        let delivery = Delivery::planned(payload.id().clone(), to.id.clone(), now);
        let status = change.status.clone();
        let change = StatusMessage { kind, status, sequence, at: change.at };
        let message = DeliveryMessage::of(&delivery, &endpoint.tenant, correlation);
        return Planned::InMessage(message.first(change, &to, now));
    }
    let order = format!("{kind}-{}", pending.id);
    let key = Some(OrderingKey { order, sequence });
    let stored = StoredDelivery::planned(endpoint, payload, key, correlation, now);
    // The deliveries of a carrier order are all stored, in their order.
    let after = known.flatten().filter(|_| !is_carrier);
    Planned::Stored(Box::new(stored), after)
}

/// How much later the scenario of an order lets endpoints be told. Outside a sandbox, not at all.
pub(crate) fn told_after(sandbox: Sandbox, pending: &PendingPublication) -> Duration {
    let Subject::Ecc(order) = &pending.subject else { return Duration::ZERO };
    let scenario = sandbox.of_subscription(order);
    scenario.map_or(Duration::ZERO, |scenario| scenario.course.told_after())
}
