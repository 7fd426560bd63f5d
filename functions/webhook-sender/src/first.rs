use std::sync::{Mutex, PoisonError};

use domain::webhook::{Delivery, MessageId, OrderingKey, Payload};
use lambda::{
    dispatch::Dispatch,
    message::{DeliveryMessage, FirstDelivery, StatusMessage},
    sqs_batch::Outcome,
};
use store::{Begun, HeldSlots, Predecessor, StoreError, StoredDelivery};
use time::Duration;
use uuid::Uuid;

use crate::{
    DeliveryTransport, Destination, WebhookSender,
    handler::{LEASE, Manner, PAUSE},
    receiver::Receiver,
    timing::preceding,
};

/// How old a message may be for a first attempt without a slot. Younger than every message behind
/// which another may have gone first: that one holds a slot, which this one would not see.
const FRESH: Duration = Duration::seconds(3);
/// How long, in milliseconds, a message waits for its turn after the one before: an attempt takes
/// milliseconds where the receiver is well, and a receive of the queue a second.
const TURNS: [u64; 6] = [10, 20, 40, 80, 160, 320];

/// The delivery of a message that says all of it; none when the message cannot be.
pub(crate) fn planned(message: &DeliveryMessage, first: &FirstDelivery) -> Option<StoredDelivery> {
    let StatusMessage { kind, status, sequence, at } = &first.change;
    let (order, created_at) = (message.order_id.as_ref()?, first.created_at);
    let payload = Payload::order(*kind, order, status, *sequence, *at).ok()?;
    let names = (message.message_id.clone(), message.endpoint_id.clone());
    Some(StoredDelivery {
        delivery: Delivery::planned(names.0, names.1, created_at),
        tenant: message.tenant.clone(),
        event: payload.event(),
        ordering_key: Some(OrderingKey { order: format!("{kind}-{order}"), sequence: *sequence }),
        body: payload.to_body(),
        push: None,
        attempts: Vec::new(),
        created_at,
        correlation_id: message.correlation_id.clone(),
        revision: 1,
        leased_until: None,
    })
    .filter(|_| *payload.id() == message.message_id)
}

impl<T: DeliveryTransport, D: Dispatch> WebhookSender<T, D> {
    /// Makes the first attempt of a delivery that is not stored, if its receiver is well and all
    /// before it has arrived. None: it has to wait or to hold a slot, like any other delivery.
    ///
    /// What happens when the process dies: before the delivery is stored, nothing was done, and
    /// the message is received again. After it, the message finds the delivery waiting, and once
    /// the lease has ended the attempt is made under a slot, perhaps for a second time. After the
    /// result is stored, the message finds the delivery ended, or waiting for its second attempt.
    pub(crate) async fn send_first(
        &self,
        message: &DeliveryMessage,
        index: u8,
        planned: &StoredDelivery,
    ) -> Result<Option<Outcome>, StoreError> {
        let names = (&message.endpoint_id, index);
        let before = message.after.and_then(|sequence| preceding(&message.message_id, sequence));
        for turn in TURNS {
            if self.clock.now() - planned.created_at > FRESH {
                return Ok(None);
            }
            let (endpoint, predecessor) =
                self.sending.before_first(&message.tenant, names, before.as_ref()).await?;
            let Some(endpoint) = endpoint.filter(|endpoint| endpoint.health.is_well()) else {
                return Ok(None);
            };
            match predecessor {
                Predecessor::Settled => {
                    return self.begin_first(planned, Receiver::Endpoint(endpoint)).await;
                }
                Predecessor::Pending => {
                    tokio::time::sleep(std::time::Duration::from_millis(turn)).await;
                }
                Predecessor::Unsettled => return Ok(None),
            }
        }
        Ok(Some(Outcome::retry_after("an earlier message goes first", PAUSE)))
    }

    async fn begin_first(
        &self,
        planned: &StoredDelivery,
        receiver: Receiver,
    ) -> Result<Option<Outcome>, StoreError> {
        let Some(destination) = receiver.destination(planned) else { return Ok(None) };
        let (now, owner) = (self.clock.now(), Uuid::new_v4().simple().to_string());
        match self.sending.begin(planned, &owner, now + LEASE, now).await? {
            Begun::Mine => self.attempt_first(planned, &receiver, &destination, &owner).await,
            Begun::Held => Ok(Some(Outcome::retry_after("attempt in flight", PAUSE))),
            Begun::Ended => Ok(Some(Outcome::Done)),
            Begun::Waits => Ok(None),
        }
    }

    async fn attempt_first(
        &self,
        planned: &StoredDelivery,
        receiver: &Receiver,
        destination: &Destination,
        owner: &str,
    ) -> Result<Option<Outcome>, StoreError> {
        let Delivery { endpoint, message, .. } = &planned.delivery;
        let held = Mutex::new(None);
        let lasting = self.hold(planned, receiver, owner, &held);
        let body = planned.body.clone();
        let attempted =
            self.transport.deliver(destination, message, body, self.clock.now(), lasting).await;
        let finished = self.store_attempt(planned, receiver, attempted, Manner::First).await;
        let held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held {
            // As after an attempt under a slot: somebody may wait for it by now.
            let mark = self.sending.release(&held).await.ok().flatten();
            if mark.is_some() {
                let serves = |next: &MessageId| held.serves(next);
                self.dispatch_next(endpoint, serves, mark.as_ref(), 1).await;
            }
        }
        Ok(Some(finished?.outcome))
    }

    /// What an attempt has to hold that lasts: a slot of its receiver, which counts as slow from
    /// here on, so that no other first attempt begins. False: there is no slot, and the attempt
    /// is given up. So a receiver that hangs holds any number of senders for two seconds, and
    /// eight for longer.
    async fn hold(
        &self,
        planned: &StoredDelivery,
        receiver: &Receiver,
        owner: &str,
        held: &Mutex<Option<HeldSlots>>,
    ) -> bool {
        let now = self.clock.now();
        let Delivery { endpoint, message, .. } = &planned.delivery;
        let slow = self.receivers.lasts(receiver, now, now + self.watchdog).await;
        if let Err(error) = slow {
            tracing::warn!(%error, "slow endpoint not marked");
        }
        let slots = self.sending.acquire_any((endpoint, message), owner, LEASE, now).await;
        let slots = slots.unwrap_or_else(|error| {
            tracing::warn!(%error, "slot of a lasting attempt not acquired");
            None
        });
        let is_held = slots.is_some();
        *held.lock().unwrap_or_else(PoisonError::into_inner) = slots;
        is_held
    }
}
