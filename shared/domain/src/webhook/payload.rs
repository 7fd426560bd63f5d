use serde_json::{Map, Value};
use time::{OffsetDateTime, UtcOffset};

use super::{DisableReason, EndpointId, EventType, UnknownState};
use crate::order::OrderKind;
use crate::service_order::ServiceOrderId;
use crate::text::texts;

texts! {
    /// Names a message for ever: the `webhook-id`, the same on every attempt and replay, and the
    /// name of its delivery within an endpoint. Without a dot, which separates what is signed.
    MessageId, 640, "A-Z a-z 0-9 _ -", "A-Za-z0-9_-", "msg_ECC-20144-2",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
}

/// In place of the kind, in messages of a hub.
const HUB: &str = "tmf";
/// The same of what no status change tells.
const HUB_NOTE: &str = "tmfnote";

impl MessageId {
    /// The message of a hub about an event of an order: `number` counts the events of the order
    /// from 1 without a gap.
    pub fn of_hub(order: ServiceOrderId, number: u64) -> Self {
        Self(format!("msg_{HUB}-{}-{number}", escaped(&order.to_string())))
    }

    /// The message of a hub about a write of an order that is no status change: its revision names
    /// it.
    pub fn of_hub_note(order: ServiceOrderId, revision: u64) -> Self {
        Self(format!("msg_{HUB_NOTE}-{}-{revision}", escaped(&order.to_string())))
    }

    /// The id without its last part: the same for all messages about one order, whose ids end
    /// with the sequence number.
    pub fn group(&self) -> &str {
        self.0.rsplit_once('-').map_or(self.as_str(), |(group, _)| group)
    }

    /// The id of the order that it is about, if it is about one: what stands between the first
    /// part and the last.
    pub fn order(&self) -> Option<String> {
        let (kind, id) = self.group().strip_prefix("msg_")?.split_once('-')?;
        let about = OrderKind::ALL.map(OrderKind::as_str);
        (about.contains(&kind) || ["note", "status", HUB, HUB_NOTE].contains(&kind))
            .then(|| unescaped(id))
    }
}

/// What a message says: `{"type", "timestamp", "data"}` (Standard Webhooks 1.0, *Payload
/// structure*).
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    id: MessageId,
    event: EventType,
    at: OffsetDateTime,
    data: Map<String, Value>,
}

impl Payload {
    /// An order has come to a state. `sequence` counts the messages of this order from 1 without
    /// a gap; `status` is the word that its own API shows.
    ///
    /// # Errors
    /// The kind has no such state.
    pub fn order(
        kind: OrderKind,
        order: &str,
        status: &str,
        sequence: u64,
        at: OffsetDateTime,
    ) -> Result<Self, UnknownState> {
        let mut data = Map::new();
        data.insert("kind".to_owned(), kind.as_str().into());
        data.insert("orderId".to_owned(), order.into());
        data.insert("status".to_owned(), status.into());
        data.insert("sequence".to_owned(), sequence.into());
        let id = MessageId(format!("msg_{kind}-{}-{sequence}", escaped(order)));
        Ok(Self { id, event: EventType::of_state(kind, status)?, at, data })
    }

    /// The owner of an endpoint tries it. `random` makes its id unique.
    pub fn test(endpoint: &EndpointId, random: u64, at: OffsetDateTime) -> Self {
        let id = MessageId(format!("msg_test-{random:016x}"));
        Self { id, event: EventType::WebhookTest, at, data: about(endpoint) }
    }

    /// An endpoint has been disabled, for the owner's other endpoints.
    pub fn disabled(endpoint: &EndpointId, why: DisableReason, at: OffsetDateTime) -> Self {
        let id = MessageId(format!("msg_disabled-{endpoint}-{}", at.unix_timestamp()));
        let mut data = about(endpoint);
        data.insert("reason".to_owned(), why.as_str().into());
        Self { id, event: EventType::WebhookDisabled, at, data }
    }

    /// With one more member of `data`. A member that is already there stays as it is.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.entry(name).or_insert_with(|| value.into());
        self
    }

    /// The message's id.
    pub const fn id(&self) -> &MessageId {
        &self.id
    }

    /// What it is about.
    pub const fn event(&self) -> EventType {
        self.event
    }

    /// The body: JSON, byte for byte the same whenever it is made from the same payload.
    pub fn to_body(&self) -> String {
        let mut body = Map::new();
        body.insert("type".to_owned(), self.event.as_str().into());
        body.insert("timestamp".to_owned(), timestamp(self.at).into());
        body.insert("data".to_owned(), Value::Object(self.data.clone()));
        Value::Object(body).to_string()
    }
}

fn about(endpoint: &EndpointId) -> Map<String, Value> {
    Map::from_iter([("endpointId".to_owned(), endpoint.as_str().into())])
}

/// RFC 3339, UTC, milliseconds.
fn timestamp(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

/// Two orders never become one text: foreign ids may hold signs that a header may not.
fn escaped(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("_{byte:02x}"));
        }
    }
    text
}

/// The id that became this text.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('_');
    let mut id = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        id.extend(u8::from_str_radix(digits, 16));
        id.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&id).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::macros::datetime;

    use super::*;

    const AT: OffsetDateTime = datetime!(2026-11-21 12:00:01.5 +1);

    #[test]
    fn an_order_is_told_in_the_documented_shape() {
        let payload = Payload::order(OrderKind::Ecc, "20144", "COMPLETED", 2, AT).unwrap();
        assert_eq!(
            payload.with("reason", "done").with("status", "other").to_body(),
            concat!(
                r#"{"type":"order.completed","timestamp":"2026-11-21T11:00:01.500Z","#,
                r#""data":{"kind":"ecc","orderId":"20144","status":"COMPLETED","sequence":2,"#,
                r#""reason":"done"}}"#
            )
        );
    }

    #[test]
    fn the_same_happening_has_the_same_message_id() {
        let once = || Payload::order(OrderKind::Carrier, "ORD-1", "HELD", 3, AT).unwrap();
        assert_eq!(once().id(), once().id());
        assert_eq!(once().id().as_str(), "msg_carrier-ORD-1-3");
    }

    #[test]
    fn no_two_happenings_share_a_message_id() {
        let orders = ["1", "1-2", "1_2", "1.2", "1 2", "_2e", "a_5f", "ä", "1-2-3", ""];
        let mut ids = BTreeSet::new();
        for order in orders {
            for sequence in [1, 2, 21] {
                let payload =
                    Payload::order(OrderKind::Esim, order, "FAILED", sequence, AT).unwrap();
                assert_eq!(payload.id().as_str().parse().as_ref(), Ok(payload.id()), "{order}");
                assert!(ids.insert(payload.id().clone()), "{order} {sequence}");
                assert_eq!(payload.id().order().as_deref(), Some(order));
            }
        }
    }

    #[test]
    fn messages_of_a_hub_name_their_order_and_are_their_own() {
        let order = ServiceOrderId(uuid::Uuid::nil());
        let state = Payload::order(OrderKind::Service, &order.to_string(), "failed", 1, AT);
        let ids = [MessageId::of_hub(order, 1), MessageId::of_hub_note(order, 1)];
        assert_eq!(BTreeSet::from_iter(ids.iter().chain([state.unwrap().id()])).len(), 3);
        for id in ids {
            assert_eq!(id.as_str().parse().as_ref(), Ok(&id));
            assert_eq!(id.order(), Some(order.to_string()));
        }
    }

    #[test]
    fn the_longest_foreign_id_still_makes_a_message_id() {
        let longest = "\u{10ffff}".repeat(45);
        let payload = Payload::order(OrderKind::Carrier, &longest, "FAILED", u64::MAX, AT).unwrap();
        assert_eq!(payload.id().as_str().parse().as_ref(), Ok(payload.id()));
    }
}
