//! The outbox: turns changes of orders into messages (`infra/docs/architecture.md`, *Outbox*).
//!
//! The relay knows no kinds of orders: the item says whether its worker is called and after what
//! delay, and its kind names the queue. What has happened to an order goes to the fan-out if
//! somebody is to be told. That is read after it has happened: whoever began to listen before is
//! found.
//!
//! Dies before sending: the stream gives the records again. Dies after it: they are sent twice,
//! and the worker finds the second message's work done. A record that cannot be relayed goes to
//! the on-failure queue, and its order is driven again by the sweeper.

mod start;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domain::{clock::Clock, feed::Feed, identity::Tenant, order::OrderKind, webhook::EventType};
use futures::future::join_all;
use lambda::{
    Deadline,
    dispatch::Dispatch,
    message::{EndpointMessage, OrderMessage, Publication, StatusMessage},
    stream_batch::{EventRecord, StreamHandler},
    system::SystemClock,
    telemetry::About,
};
use store::{
    DynamoSubscribers, Interest, News, OnlyChange, OrderChange, StoreError, Subscribers, Table,
};
use time::OffsetDateTime;

pub use start::start;

/// The relay: sends the work of each kind of order to the queue of its worker.
pub struct Relay<D> {
    work: BTreeMap<OrderKind, D>,
    events: D,
    subscribers: DynamoSubscribers,
    clock: Arc<dyn Clock>,
}

/// The subscribers of the tenants that some changes concern. Those of a tenant that could not be
/// read are missing: the fan-out will see.
type Known = BTreeMap<Tenant, Subscribers>;

/// A message to a queue, and what it is about.
struct Message {
    about: About,
    body: String,
    delay: Duration,
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    /// To the worker for orders of this kind.
    Worker(OrderKind),
    /// To the fan-out, which publishes.
    Fanout,
}

fn change(record: &EventRecord) -> Result<Option<OrderChange>, StoreError> {
    OrderChange::of(record.change.old_image.clone(), record.change.new_image.clone())
}

/// Whether somebody is to be told of a change, as far as is known.
fn publishes(change: &OrderChange, known: &Known) -> bool {
    let subscribers = change.tenant.as_ref().and_then(|tenant| known.get(tenant));
    change.news.is_some() && subscribers.is_none_or(|known| change.concerns(known))
}

/// What the fan-out need not read, where the image of the order and the subscribers say all.
fn publication(change: &OrderChange, known: &Known) -> Option<Publication> {
    let only = change.only.as_ref()?;
    let subscribers = known.get(change.tenant.as_ref()?)?;
    if subscribers.feeds.iter().any(|feed| *feed != Feed::Batch) {
        return None;
    }
    // The fan-out makes the events of a hub from the order.
    if change.kind == OrderKind::Service && subscribers.have_hub() {
        return None;
    }
    let event = EventType::of_state(change.kind, &change.status).ok()?;
    let told = subscribers.endpoints.iter().filter(|to| to.events.matches(event));
    let endpoints = told.map(|to| endpoint(to, only, change.kind)).collect::<Option<_>>()?;
    Some(Publication {
        change: StatusMessage {
            kind: change.kind,
            status: change.status.clone(),
            sequence: only.sequence,
            at: only.at,
        },
        is_final: only.is_final,
        endpoints,
    })
}

/// An endpoint, and which status change was delivered to it before, where that is known.
fn endpoint(to: &Interest, only: &OnlyChange, kind: OrderKind) -> Option<EndpointMessage> {
    let was_told = |status: &String| {
        EventType::of_state(kind, status).is_ok_and(|event| to.events.matches(event))
    };
    let after = EndpointMessage::before(only.sequence, only.previous.as_ref().map(was_told))?;
    Some(EndpointMessage { id: to.id.clone(), index: to.index, after })
}

/// What a change calls for: nothing, work, publishing, or both.
fn messages(
    change: OrderChange,
    known: &Known,
    now: OffsetDateTime,
) -> Result<Vec<(To, Message)>, StoreError> {
    let (publishes, work, kind) = (publishes(&change, known), change.work(now), change.kind);
    let publication = if publishes { publication(&change, known) } else { None };
    let parent = change.parent.clone();
    let message = OrderMessage {
        order_id: change.id,
        revision: change.revision,
        correlation_id: change.correlation_id,
        tenant: change.tenant,
        publication: None,
    };
    let mut messages = Vec::with_capacity(3);
    if publishes {
        let message = OrderMessage { publication, ..message.clone() };
        messages.push((To::Fanout, Message::of(&message, Duration::ZERO)?));
    }
    if let Some(delay) = work {
        messages.push((To::Worker(kind), Message::of(&message, delay)?));
    }
    if let Some(parent) = parent {
        // No revision: its dead letter says nothing of the other order, which has a watchdog.
        let call = OrderMessage { order_id: parent, revision: 0, ..message };
        messages.push((To::Worker(OrderKind::Service), Message::of(&call, Duration::ZERO)?));
    }
    Ok(messages)
}

impl Message {
    fn of(message: &OrderMessage, delay: Duration) -> Result<Self, StoreError> {
        let OrderMessage { order_id, correlation_id, tenant, .. } = message;
        let about = About::order(order_id, correlation_id, tenant.as_ref().map(Tenant::as_str));
        let body = serde_json::to_string(message);
        let body = body.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Self { about, body, delay })
    }

    /// One line an order: what was sent of it, or that it will be sent again.
    fn log(&self, to: To, sent: bool) {
        let seconds = self.delay.as_secs();
        let to = match to {
            To::Worker(kind) => kind.as_str(),
            To::Fanout => "fanout",
        };
        self.about.span().in_scope(|| match sent {
            true => tracing::info!(to, seconds, "message sent"),
            false => tracing::warn!(to, "message not sent"),
        });
    }
}

impl<D: Dispatch> Relay<D> {
    /// Sends the work of each kind to its queue, and what has to be published to subscribers in
    /// `table` to `events`.
    pub fn new(work: BTreeMap<OrderKind, D>, events: D, table: Table) -> Self {
        let subscribers = DynamoSubscribers::new(table);
        Self { work, events, subscribers, clock: Arc::new(SystemClock) }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The subscribers of the tenants that changes concern, each read once.
    async fn known<'c>(
        &self,
        changes: impl Iterator<Item = &'c OrderChange>,
        now: OffsetDateTime,
    ) -> Known {
        // Of what is certain, too, where the fan-out then need not read them.
        let asks = |change: &&OrderChange| match change.news {
            Some(News::Status | News::Statuses) => true,
            Some(News::Certain) => change.only.is_some(),
            None => false,
        };
        let tenants: BTreeSet<&Tenant> =
            changes.filter(asks).filter_map(|change| change.tenant.as_ref()).collect();
        let read =
            tenants.into_iter().map(async |tenant| match self.subscribers.of(tenant, now).await {
                Ok(found) => Some((tenant.clone(), found)),
                Err(error) => {
                    tracing::warn!(%tenant, %error, "subscribers not known");
                    None
                }
            });
        join_all(read).await.into_iter().flatten().collect()
    }

    /// Sends messages to one queue. Returns the indexes of those that were not taken.
    async fn send(&self, to: To, messages: Vec<Message>) -> Vec<usize> {
        let queue = match to {
            To::Worker(kind) => self.work.get(&kind),
            To::Fanout => Some(&self.events),
        };
        let bodies = messages.iter().map(|message| (message.body.clone(), message.delay)).collect();
        let unsent = match queue {
            Some(queue) => queue.send(bodies).await,
            None => {
                tracing::error!(?to, "no queue for this kind of order");
                (0..messages.len()).collect()
            }
        };
        for (index, message) in messages.iter().enumerate() {
            message.log(to, !unsent.contains(&index));
        }
        unsent
    }
}

impl<D: Dispatch> StreamHandler for Relay<D> {
    async fn handle(&self, records: &[EventRecord], _: Deadline) -> Vec<usize> {
        let (now, mut failed) = (self.clock.now(), Vec::new());
        let mut batches: BTreeMap<To, (Vec<usize>, Vec<Message>)> = BTreeMap::new();
        let changes: Vec<_> = records.iter().map(change).collect();
        let known = self.known(changes.iter().flatten().flatten(), now).await;
        for (position, (record, change)) in records.iter().zip(changes).enumerate() {
            let found = change
                .and_then(|change| change.map_or(Ok(Vec::new()), |it| messages(it, &known, now)));
            match found {
                Ok(found) => {
                    for (to, message) in found {
                        let (positions, messages) = batches.entry(to).or_default();
                        positions.push(position);
                        messages.push(message);
                    }
                }
                Err(error) => {
                    let order_id = OrderChange::id_in(&record.change.new_image);
                    tracing::error!(position, order_id, %error, "order not readable");
                    failed.push(position);
                }
            }
        }
        for (to, (positions, messages)) in batches {
            let unsent = self.send(to, messages).await;
            failed.extend(unsent.into_iter().filter_map(|index| positions.get(index).copied()));
        }
        failed
    }
}
