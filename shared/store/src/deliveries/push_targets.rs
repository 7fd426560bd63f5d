//! Parties as receivers of pushes: where their API is, what we show it, and how it has responded.

use domain::{
    carrier::{PartyCredentials, PartyId, Push},
    webhook::{EndpointId, Health, Outcome},
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::Write,
    keys,
    records::{PartyCredentialsRecord, PartyRecord, from_millis, to_millis},
};

/// A party whose API is called.
#[derive(Debug, Clone)]
pub struct PushTarget {
    /// The base of its API and what we show it. None: it is not called (any more).
    pub api: Option<(String, PartyCredentials)>,
    /// The results of the latest pushes.
    pub health: Health,
    endpoint: EndpointId,
    /// Of the stored health; 0: none is stored.
    revision: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HealthRecord {
    pk: String,
    sk: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failing_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    slow_since: Option<i64>,
    revision: u64,
}

/// Reads push targets, and stores how they respond.
#[derive(Debug, Clone)]
pub struct DynamoPushTargets {
    table: Table,
}

impl DynamoPushTargets {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A party as a receiver, in one call.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get(&self, party: &PartyId) -> Result<PushTarget, StoreError> {
        let endpoint = Push { party: party.clone(), path: String::new() }.endpoint();
        let keys =
            [keys::party(party), keys::party_credentials(party), keys::push_health(&endpoint)];
        let [of_party, of_credentials, _] = keys.each_ref().map(|key| key.sk.clone());
        let (mut base, mut credentials, mut health) = (None, None, None);
        for item in self.table.items(keys, true).await? {
            let sort = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
            if sort.as_ref() == Some(&of_party) {
                base = from_item::<PartyRecord>(item)?.party.callback_base;
            } else if sort.as_ref() == Some(&of_credentials) {
                let record: PartyCredentialsRecord = from_item(item)?;
                credentials = Some(PartyCredentials::try_from(record)?);
            } else {
                health = Some(from_item::<HealthRecord>(item)?);
            }
        }
        let time = |at: Option<i64>| at.map(from_millis).transpose();
        Ok(PushTarget {
            api: base.zip(credentials),
            health: Health {
                failing_since: time(health.as_ref().and_then(|record| record.failing_since))?,
                slow_since: time(health.as_ref().and_then(|record| record.slow_since))?,
                disabled: None,
            },
            endpoint,
            revision: health.map_or(0, |record| record.revision),
        })
    }

    /// Stores the result of a push, if it changes the health that was read. Of two results at
    /// once one is stored: the next attempt corrects it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn attempted(
        &self,
        read: &PushTarget,
        outcome: &Outcome,
        took: Duration,
        now: OffsetDateTime,
    ) -> Result<Health, StoreError> {
        let Some(health) = read.health.after_push(outcome, took, now) else {
            return Ok(read.health);
        };
        let key = keys::push_health(&read.endpoint);
        let record = HealthRecord {
            pk: key.pk,
            sk: key.sk,
            failing_since: health.failing_since.map(to_millis),
            slow_since: health.slow_since.map(to_millis),
            revision: read.revision + 1,
        };
        let condition = match read.revision {
            0 => Condition::Absent,
            revision => Condition::AsRead { revision },
        };
        self.table.put(Write::put(to_item(record)?, condition)).await?;
        Ok(health)
    }
}
