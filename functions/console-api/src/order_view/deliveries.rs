use domain::webhook::{AttemptResult, DeliveryState, Endpoint};
use futures::future::try_join_all;
use lambda::dispatch::Dispatch;
use store::{OpenOrder, StoreError, StoredDelivery};

use super::{Event, Lane};
use crate::ConsoleApi;

/// Deliveries of an endpoint that are looked through for those about an order, the newest first.
const LOOKED_AT: usize = 100;

/// How an attempt ended, in words.
pub(crate) fn result(result: AttemptResult) -> String {
    match result {
        AttemptResult::Answered(status) => format!("answered {status}"),
        AttemptResult::Failed(why) => why.to_owned(),
    }
}

/// Where a delivery stands, in a word.
pub(crate) fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting { .. } => "waiting",
        DeliveryState::Delivered { .. } => "delivered",
        DeliveryState::Exhausted { .. } => "exhausted",
        DeliveryState::Abandoned { .. } => "abandoned",
    }
}

impl<D: Dispatch> ConsoleApi<D> {
    /// The attempts at deliveries about an order, among the newest deliveries of the endpoints of
    /// its tenant: no index has them by order.
    pub(super) async fn deliveries_of(&self, order: &OpenOrder) -> Result<Vec<Event>, StoreError> {
        let Some(tenant) = &order.tenant else { return Ok(Vec::new()) };
        let endpoints = self.webhooks.endpoints.all(tenant).await?;
        let lists = endpoints.iter().map(|endpoint| async move {
            let listed = self.webhooks.deliveries.list(&endpoint.id, LOOKED_AT, None).await;
            listed.map(|(deliveries, _)| (endpoint, deliveries))
        });
        let mut events = Vec::new();
        for (endpoint, deliveries) in try_join_all(lists).await? {
            let about = |stored: &&StoredDelivery| {
                stored.delivery.message.order().as_ref() == Some(&order.id)
            };
            for stored in deliveries.iter().filter(about) {
                events.extend(attempts(endpoint, stored));
            }
        }
        Ok(events)
    }
}

fn attempts(endpoint: &Endpoint, stored: &StoredDelivery) -> Vec<Event> {
    let event = |at, more: String| Event {
        at,
        lane: Lane::Delivery,
        what: stored.event.as_str().to_owned(),
        more: format!("to {}: {more}", endpoint.id),
    };
    let attempts = stored.attempts.iter().map(|logged| event(logged.at, result(logged.result)));
    let mut events: Vec<Event> = attempts.collect();
    if events.is_empty() {
        events.push(event(stored.created_at, state(stored.delivery.state).to_owned()));
    }
    events
}
