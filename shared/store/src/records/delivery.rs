use domain::{
    carrier::{PartyId, Push},
    identity::Tenant,
    webhook::{
        Abandoned, Attempt, AttemptResult, Delivery, DeliveryState, EndpointId, Failure,
        LoggedAttempt, MessageId, OrderingKey,
    },
};
use serde::{Deserialize, Serialize};
use time::Duration;

use super::{from_millis, to_millis};
use crate::{StoredDelivery, deliveries::due_partition, error::StoreError, keys};

/// How long a delivery can be read and replayed.
pub(crate) const KEPT: Duration = Duration::days(30);
/// The attempts in the log: two whole rounds.
const LOGGED: usize = 20;

/// A message for an endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    tenant: Tenant,
    endpoint: EndpointId,
    message: MessageId,
    event: String,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    party: Option<PartyId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    order: Option<String>,
    #[serde(default)]
    sequence: u64,
    pub(crate) state: String,
    /// When it is due, or when it ended.
    pub(crate) at: i64,
    pub(crate) round: u32,
    pub(crate) number: u8,
    #[serde(default)]
    pub(crate) attempts: Vec<AttemptRecord>,
    created_at: i64,
    correlation_id: String,
    pub(crate) revision: u64,
    owner_key: String,
    owner_sort: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_at: Option<i64>,
    /// Who makes its first attempt, without a slot, and until when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) lease_owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) lease_until: Option<i64>,
    /// It and all deliveries of its order before it have arrived at their first attempts.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) settled: bool,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

/// One attempt in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptRecord {
    round: u32,
    number: u8,
    at: i64,
    took: i64,
    /// A status, or the word of a failure.
    result: String,
}

pub(crate) const WAITING: &str = "waiting";

/// State and time as they are stored.
pub(crate) fn state_words(state: &DeliveryState) -> (&'static str, i64) {
    match *state {
        DeliveryState::Waiting { next_at } => (WAITING, to_millis(next_at)),
        DeliveryState::Delivered { at } => ("delivered", to_millis(at)),
        DeliveryState::Exhausted { at } => ("exhausted", to_millis(at)),
        DeliveryState::Abandoned { at, why } => (why.as_str(), to_millis(at)),
    }
}

fn state_of(word: &str, at: i64) -> Result<DeliveryState, StoreError> {
    let at = from_millis(at)?;
    Ok(match word {
        WAITING => DeliveryState::Waiting { next_at: at },
        "delivered" => DeliveryState::Delivered { at },
        "exhausted" => DeliveryState::Exhausted { at },
        other => {
            let why = Abandoned::ALL.into_iter().find(|why| why.as_str() == other);
            let why = why.ok_or_else(|| StoreError::Corrupt("state of a delivery".to_owned()))?;
            DeliveryState::Abandoned { at, why }
        }
    })
}

impl From<&LoggedAttempt> for AttemptRecord {
    fn from(logged: &LoggedAttempt) -> Self {
        Self {
            round: logged.attempt.round,
            number: logged.attempt.number,
            at: to_millis(logged.at),
            took: i64::try_from(logged.took.whole_milliseconds()).unwrap_or(i64::MAX),
            result: match logged.result {
                AttemptResult::Answered(status) => status.to_string(),
                AttemptResult::Failed(word) => word.to_owned(),
            },
        }
    }
}

impl TryFrom<AttemptRecord> for LoggedAttempt {
    type Error = StoreError;

    fn try_from(record: AttemptRecord) -> Result<Self, StoreError> {
        let result = match record.result.parse() {
            Ok(status) => AttemptResult::Answered(status),
            Err(_) => AttemptResult::Failed(
                Failure::word(&record.result)
                    .ok_or_else(|| StoreError::Corrupt("result of an attempt".to_owned()))?,
            ),
        };
        Ok(Self {
            attempt: Attempt { round: record.round, number: record.number },
            at: from_millis(record.at)?,
            result,
            took: Duration::milliseconds(record.took),
        })
    }
}

/// The log with one more attempt, the oldest left out.
pub(crate) fn logged(attempts: &[LoggedAttempt], new: &LoggedAttempt) -> Vec<AttemptRecord> {
    let kept = attempts.len().saturating_sub(LOGGED - 1);
    attempts[kept..].iter().chain([new]).map(AttemptRecord::from).collect()
}

impl DeliveryRecord {
    pub(crate) fn new(stored: &StoredDelivery, due: time::OffsetDateTime) -> Self {
        let Delivery { message, endpoint, attempt, state } = &stored.delivery;
        let key = keys::delivery(endpoint, message);
        let (state, at) = state_words(state);
        let created = to_millis(stored.created_at);
        Self {
            tenant: stored.tenant.clone(),
            endpoint: endpoint.clone(),
            message: message.clone(),
            event: stored.event.as_str().to_owned(),
            body: stored.body.clone(),
            party: stored.push.as_ref().map(|push| push.party.clone()),
            path: stored.push.as_ref().map(|push| push.path.clone()),
            order: stored.ordering_key.as_ref().map(|key| key.order.clone()),
            sequence: stored.ordering_key.as_ref().map_or(0, |key| key.sequence),
            state: state.to_owned(),
            at,
            round: attempt.round,
            number: attempt.number,
            attempts: stored.attempts.iter().map(AttemptRecord::from).collect(),
            created_at: created,
            correlation_id: stored.correlation_id.clone(),
            revision: stored.revision,
            owner_key: keys::deliveries_of(endpoint),
            // Sorts by time, and by message within one millisecond.
            owner_sort: format!("{created:014}#{message}"),
            due_shard: Some(due_partition(endpoint, message)),
            due_at: Some(to_millis(due)),
            lease_owner: None,
            lease_until: None,
            settled: false,
            expires_at: (stored.created_at + KEPT).unix_timestamp(),
            pk: key.pk,
            sk: key.sk,
        }
    }
}

impl DeliveryRecord {
    /// A delivery whose first attempt begins, in no index of due items.
    pub(crate) fn leased(
        stored: &StoredDelivery,
        owner: &str,
        until: time::OffsetDateTime,
    ) -> Self {
        Self {
            lease_owner: Some(owner.to_owned()),
            lease_until: Some(to_millis(until)),
            due_shard: None,
            due_at: None,
            ..Self::new(stored, until)
        }
    }
}

impl TryFrom<DeliveryRecord> for StoredDelivery {
    type Error = StoreError;

    fn try_from(record: DeliveryRecord) -> Result<Self, StoreError> {
        let event = domain::webhook::EventType::of_word(&record.event)
            .ok_or_else(|| StoreError::Corrupt("event of a delivery".to_owned()))?;
        Ok(Self {
            delivery: Delivery {
                state: state_of(&record.state, record.at)?,
                message: record.message,
                endpoint: record.endpoint,
                attempt: Attempt { round: record.round, number: record.number },
            },
            tenant: record.tenant,
            event,
            ordering_key: record
                .order
                .map(|order| OrderingKey { order, sequence: record.sequence }),
            body: record.body,
            push: record.party.zip(record.path).map(|(party, path)| Push { party, path }),
            attempts: record
                .attempts
                .into_iter()
                .map(LoggedAttempt::try_from)
                .collect::<Result<_, _>>()?,
            created_at: from_millis(record.created_at)?,
            correlation_id: record.correlation_id,
            revision: record.revision,
            leased_until: record.lease_until.map(from_millis).transpose()?,
        })
    }
}
