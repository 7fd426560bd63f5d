//! The messages of the work queues.

use std::collections::BTreeMap;

use domain::{
    batch::BatchId,
    identity::Tenant,
    order::OrderKind,
    webhook::{Attempt, Delivery, EndpointId, MessageId},
};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64};

use crate::config::Environment;

/// An order has work to do. Holds no state of the order: the worker reads the current state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderMessage {
    /// The order's id, as text.
    pub order_id: String,
    /// The revision that caused the message; the order may be newer.
    pub revision: u64,
    /// Correlation id of the request that placed the order.
    pub correlation_id: String,
    /// The tenant that placed it, for the log; a message of before has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<Tenant>,
    /// For the fan-out: what it need not read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub publication: Option<Publication>,
}

/// A status change of an order, as its item says it: kind, status and time, and nothing that may be
/// personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusMessage {
    /// The kind of the order.
    pub kind: OrderKind,
    /// The status that it came to.
    pub status: String,
    /// The position of the status change, from 1.
    pub sequence: u64,
    /// When; in the message in milliseconds since 1970.
    #[serde(with = "milliseconds_i64")]
    pub at: OffsetDateTime,
}

/// The only pending status change of an order, and everybody who hears of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// The status change.
    #[serde(flatten)]
    pub change: StatusMessage,
    /// Whether the order has ended with it.
    pub is_final: bool,
    /// The endpoints that it is delivered to.
    pub endpoints: Vec<EndpointMessage>,
}

/// An endpoint that a status change is delivered to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointMessage {
    /// The endpoint.
    pub id: EndpointId,
    /// Its index among those of its tenant.
    pub index: u8,
    /// The status change of the order that was delivered to it before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<u64>,
}

impl EndpointMessage {
    /// The status change of an order that went to an endpoint before the one with this position:
    /// the last one if the endpoint was told of it. None: whether an earlier one went there is not
    /// known. `was_told` is none where the last one is not known itself.
    pub const fn before(sequence: u64, was_told: Option<bool>) -> Option<Option<u64>> {
        match (sequence, was_told) {
            (1, _) | (2, Some(false)) => Some(None),
            (_, Some(true)) => Some(Some(sequence - 1)),
            (_, Some(false) | None) => None,
        }
    }
}

/// `WORK_QUEUES`, checked: the URL of the work queue of each kind of order.
pub fn work_queues(
    queues: BTreeMap<OrderKind, String>,
    env: &mut Environment,
) -> BTreeMap<OrderKind, String> {
    for kind in OrderKind::ALL {
        if !queues.get(&kind).is_some_and(|url| url.starts_with("http")) {
            env.fault("WORK_QUEUES", format!("no URL of a queue for orders of kind {kind}"));
        }
    }
    queues
}

/// A delivery attempt is due. The attempt is the fence: a message for an attempt that was already
/// made has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryMessage {
    /// The tenant that owns the endpoint.
    pub tenant: Tenant,
    /// The endpoint.
    pub endpoint_id: EndpointId,
    /// The message's id, which identifies the delivery within its endpoint.
    pub message_id: MessageId,
    /// The round of the schedule.
    pub round: u32,
    /// The attempt within the round.
    pub number: u8,
    /// Whether it was dispatched from the backlog of its receiver: its sender dispatches the next
    /// delivery of the backlog when it is done.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub from_backlog: bool,
    /// Correlation id of the request that placed the order.
    pub correlation_id: String,
    /// The order that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order_id: Option<String>,
    /// The status change of the order that goes to this endpoint before, if it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<u64>,
    /// What is delivered, when the delivery is not stored before its first attempt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first: Option<FirstDelivery>,
}

/// A delivery that is not stored before its first attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstDelivery {
    /// What is delivered.
    #[serde(flatten)]
    pub change: StatusMessage,
    /// The endpoint's index among those of its tenant.
    pub index: u8,
    /// When the message was first sent; in milliseconds since 1970 as well.
    #[serde(with = "milliseconds_i64")]
    pub created_at: OffsetDateTime,
}

impl DeliveryMessage {
    /// The message for the delivery's next attempt.
    pub fn of(delivery: &Delivery, tenant: &Tenant, correlation_id: &str) -> Self {
        Self {
            order_id: delivery.message.order(),
            tenant: tenant.clone(),
            endpoint_id: delivery.endpoint.clone(),
            message_id: delivery.message.clone(),
            round: delivery.attempt.round,
            number: delivery.attempt.number,
            from_backlog: false,
            correlation_id: correlation_id.to_owned(),
            after: None,
            first: None,
        }
    }

    /// The same for a first attempt at an endpoint, of a delivery that is not stored before.
    #[must_use]
    pub fn first(self, change: StatusMessage, to: &EndpointMessage, now: OffsetDateTime) -> Self {
        let first = FirstDelivery { change, index: to.index, created_at: now };
        Self { after: to.after, first: Some(first), ..self }
    }

    /// The same, dispatched from the backlog of its receiver.
    #[must_use]
    pub fn from_backlog(self) -> Self {
        Self { from_backlog: true, ..self }
    }

    /// The attempt.
    pub const fn attempt(&self) -> Attempt {
        Attempt { round: self.round, number: self.number }
    }

    /// The JSON body of the queue message.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A batch has work to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchMessage {
    /// The batch.
    pub batch_id: BatchId,
    /// The index of the request whose order has ended; none for all requests.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<u8>,
    /// Correlation id of the request that created the batch.
    pub correlation_id: String,
}

impl BatchMessage {
    /// The JSON body of the queue message.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_order_needs_a_queue() {
        let queues = |kinds: &[OrderKind]| {
            let mut env = Environment::of::<&str, &str>([]);
            let url = |kind: &OrderKind| (*kind, format!("https://sqs.example.com/{kind}"));
            let queues = work_queues(kinds.iter().map(url).collect(), &mut env);
            env.finish(queues)
        };
        assert_eq!(queues(&OrderKind::ALL).unwrap().len(), OrderKind::ALL.len());
        assert!(queues(&OrderKind::ALL[1..]).is_err());
    }
}
