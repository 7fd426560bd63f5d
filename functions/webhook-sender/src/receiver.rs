use domain::{
    carrier::party_of,
    webhook::{Abandoned, Concurrency, Endpoint, Health, Outcome},
};
use lambda::message::DeliveryMessage;
use store::{
    DynamoEndpoints, DynamoPushTargets, EndpointHealth, PushTarget, StoreError, StoredDelivery,
    Table,
};
use time::{Duration, OffsetDateTime};

use crate::Destination;

/// The receiver of a delivery.
pub(crate) enum Receiver {
    /// A client's endpoint.
    Endpoint(Endpoint),
    /// A party's own API.
    Party(PushTarget),
}

impl Receiver {
    fn health(&self) -> &Health {
        match self {
            Self::Endpoint(endpoint) => &endpoint.health,
            Self::Party(party) => &party.health,
        }
    }

    /// How many deliveries to it may be in flight at `now`.
    pub(crate) fn concurrency(&self, now: OffsetDateTime) -> Concurrency {
        self.health().concurrency(now)
    }

    /// Where to send a delivery. None: the party is not called any more.
    pub(crate) fn destination(&self, stored: &StoredDelivery) -> Option<Destination> {
        match (self, &stored.push) {
            (Self::Endpoint(endpoint), None) => Some(Destination::endpoint(endpoint)),
            (Self::Party(party), Some(push)) => {
                let (base, shown) = party.api.as_ref()?;
                Destination::party(base, push, shown)
            }
            _ => None,
        }
    }
}

/// Reads receivers, and stores how they respond.
pub(crate) struct Receivers {
    endpoints: DynamoEndpoints,
    parties: DynamoPushTargets,
}

impl Receivers {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            endpoints: DynamoEndpoints::new(table.clone()),
            parties: DynamoPushTargets::new(table),
        }
    }

    /// The receiver of a message, or why nothing is delivered to it. One call of the table.
    pub(crate) async fn get(
        &self,
        message: &DeliveryMessage,
    ) -> Result<Result<Receiver, Abandoned>, StoreError> {
        if let Some(party) = party_of(&message.endpoint_id) {
            return Ok(Ok(Receiver::Party(self.parties.get(&party).await?)));
        }
        let found = self.endpoints.find(&message.tenant, &message.endpoint_id).await?;
        Ok(match found {
            None => Err(Abandoned::EndpointDeleted),
            Some(endpoint) if endpoint.health.is_disabled() => Err(Abandoned::EndpointDisabled),
            Some(endpoint) => Ok(Receiver::Endpoint(endpoint)),
        })
    }

    /// Notes that a receiver does not respond promptly, while an attempt is in flight: its result
    /// comes later. A receiver that is not well already stays as it is.
    pub(crate) async fn lasts(
        &self,
        receiver: &Receiver,
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<EndpointHealth, StoreError> {
        // What a success after as long would make of it.
        self.attempted(receiver, &Outcome::Delivered, Health::SLOW, now, due).await
    }

    /// Stores the result of an attempt. A receiver whose attempts all succeed is not written.
    pub(crate) async fn attempted(
        &self,
        receiver: &Receiver,
        outcome: &Outcome,
        took: Duration,
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<EndpointHealth, StoreError> {
        match receiver {
            Receiver::Party(party) => {
                let health = self.parties.attempted(party, outcome, took, now).await?;
                Ok(EndpointHealth::Changed(health))
            }
            Receiver::Endpoint(endpoint) if endpoint.health.after(outcome, took, now).is_none() => {
                Ok(EndpointHealth::Changed(endpoint.health))
            }
            Receiver::Endpoint(endpoint) => {
                let (tenant, id) = (&endpoint.tenant, &endpoint.id);
                self.endpoints.attempted(tenant, id, (outcome, took), now, due).await
            }
        }
    }
}
