use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    batch::{Batch, BatchId, BatchRequest, BatchStatus, NextStep, RequestStatus, batch_info},
    clock::{Clock, RandomSource, rfc3339},
    failure::Retryable,
    feed::Feed,
    idempotency::{Audience, Idempotency, IdempotentRequest, ResponseStore, StoredResponse},
    provisioning::{BatchOrigin, OrderNumber, OrderStatus},
};
use ecc::{CommandContext, CommandOutcome, PlaceOrderError, SubscriptionOrders};
use futures::future::join_all;
use lambda::{
    message::BatchMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::{SystemClock, SystemRandom},
    telemetry::{About, Metric, name_tenant},
};
use serde_json::Map;
use store::{
    DynamoBatchWork, DynamoOrders, DynamoPlacing, DynamoResponses, DynamoSubscriptions, FeedEvent,
    StoreError, Table,
};
use tracing::Instrument as _;

use crate::Config;

/// Requests that are executed concurrently.
const AT_ONCE: usize = 10;

/// Where a request is to go from its present state.
struct Settled {
    status: RequestStatus,
    info: Option<String>,
    order: Option<OrderNumber>,
}

impl Settled {
    fn new(status: RequestStatus, info: Option<String>) -> Self {
        Self { status, info, order: None }
    }

    fn processing(order: OrderNumber) -> Self {
        Self { status: RequestStatus::Processing, info: None, order: Some(order) }
    }
}

/// Moves one batch on at a time, as far as it goes.
///
/// What happens when the process dies: a request whose order was placed and not noted is executed
/// again under the same key, and gets the same order. An order that ends before it was noted
/// as under way is looked at once more right after. Whatever message is lost, the watchdog drives
/// the batch until it has ended, and each time every order under way is looked at.
pub struct BatchWorker {
    batches: DynamoBatchWork,
    orders: DynamoOrders,
    subscriptions: SubscriptionOrders,
    responses: DynamoResponses,
}

impl BatchWorker {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        Self {
            batches: DynamoBatchWork::new(table.clone()),
            orders: DynamoOrders::new(table.clone()),
            responses: DynamoResponses::new(table.clone(), Arc::new(SystemClock)),
            subscriptions: SubscriptionOrders {
                subscriptions: DynamoSubscriptions::new(table.clone()),
                placing: DynamoPlacing::new(table.clone()),
                services: config.services.clone(),
                sandbox: config.sandbox,
                watchdog: config.watchdog,
                clock: Arc::new(SystemClock),
                random: Arc::new(SystemRandom),
            },
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.subscriptions.clock = clock;
        self.subscriptions.random = random;
        self
    }

    async fn drive(&self, message: &BatchMessage) -> Result<Outcome, StoreError> {
        let id = message.batch_id;
        self.batches.begin(id).await?;
        let now = self.subscriptions.clock.now();
        // A message is sent after its batch was stored: the batch has expired.
        let Some(mut batch) = self.batches.get(id, now).await? else { return Ok(Outcome::Done) };
        name_tenant(batch.tenant.as_str());
        // Whose orders are looked at: the one that is said to have ended, or all.
        let mut look = match message.index {
            Some(index) => BTreeSet::from([usize::from(index)]),
            None => (0..batch.requests.len()).collect(),
        };
        loop {
            if !batch.status.is_open() {
                return Ok(Outcome::Done);
            }
            self.look_at_orders(&batch, &look).await?;
            batch = self.again(id).await?;
            match batch.next_step() {
                NextStep::Wait => return Ok(Outcome::Done),
                NextStep::CarryOut(places) => {
                    if !self.execute(&batch, &places).await? {
                        return Ok(Outcome::retry("a request could not be executed yet"));
                    }
                    look.extend(places);
                    batch = self.again(id).await?;
                }
                NextStep::GiveUp(places) => {
                    let why = Some("an earlier request of the batch did not complete".to_owned());
                    for place in places {
                        let given_up = Settled::new(RequestStatus::Canceled, why.clone());
                        self.settle(&batch, place, given_up).await?;
                    }
                    batch = self.again(id).await?;
                }
                NextStep::End(status) => {
                    self.end(&batch, status).await?;
                    return Ok(Outcome::Done);
                }
            }
        }
    }

    async fn again(&self, id: BatchId) -> Result<Batch, StoreError> {
        let found = self.batches.get(id, self.subscriptions.clock.now()).await?;
        found.ok_or_else(|| StoreError::Corrupt(format!("batch {id} is gone")))
    }

    /// Notes the end of every order under way, among those to look at, that has ended.
    async fn look_at_orders(
        &self,
        batch: &Batch,
        look: &BTreeSet<usize>,
    ) -> Result<(), StoreError> {
        for place in look {
            let Some(request) = batch.requests.get(*place) else { continue };
            let (RequestStatus::Processing, Some(number)) = (request.status, request.order) else {
                continue;
            };
            let Some(order) = self.orders.get(number).await? else { continue };
            let status = match order.status {
                OrderStatus::Provisioning => continue,
                OrderStatus::Completed => RequestStatus::Completed,
                OrderStatus::Canceled => RequestStatus::Canceled,
            };
            let ended = Settled::new(status, order.reason().map(|reason| batch_info(&reason)));
            self.settle(batch, *place, ended).await?;
            let (order_id, status) = (number.get(), order.status);
            tracing::info!(order_id, index = place, %status, "order of the batch has ended");
        }
        Ok(())
    }

    /// Executes requests, some at a time. False: some must be tried again later.
    async fn execute(&self, batch: &Batch, indexes: &[usize]) -> Result<bool, StoreError> {
        let mut all = true;
        for some in indexes.chunks(AT_ONCE) {
            // Each within a span of its own: it is about another order.
            let executed = some
                .iter()
                .map(|index| self.execute_one(batch, *index).instrument(about(batch).span()));
            for (index, settled) in some.iter().zip(join_all(executed).await) {
                match settled {
                    Some(settled) => self.settle(batch, *index, settled).await?,
                    None => all = false,
                }
            }
        }
        Ok(all)
    }

    /// The result of a request; none when it is not known yet.
    async fn execute_one(&self, batch: &Batch, index: usize) -> Option<Settled> {
        let request = &batch.requests[index];
        let command = match ecc::batch::command(&request.method, &request.resource, &request.body) {
            Ok(command) => command,
            Err(wrong) => {
                return Some(Settled::new(RequestStatus::Rejected, Some(batch_info(&wrong))));
            }
        };
        let idempotency = idempotency(batch, index)?;
        let origin = origin(batch, index, request);
        let context = CommandContext {
            tenant: &batch.tenant,
            correlation_id: &batch.correlation_id,
            idempotency: Some(&idempotency),
            batch: Some(&origin),
            parent: None,
        };
        let outcome = self.subscriptions.execute(&context, command).await;
        match self.known(batch, index, outcome).await {
            Ok(settled) => Some(settled),
            // The fault is not the request's: it is neither done nor failed.
            Err(error) => {
                tracing::warn!(index, %error, "not yet");
                None
            }
        }
    }

    /// What the outcome of a command says about its request. An error: nothing.
    async fn known(
        &self,
        batch: &Batch,
        index: usize,
        outcome: Result<CommandOutcome, PlaceOrderError>,
    ) -> Result<Settled, PlaceOrderError> {
        match outcome {
            Ok(CommandOutcome::Accepted(order)) => return Ok(Settled::processing(order)),
            Err(PlaceOrderError::KeyUsed(used)) => {
                return Ok(Settled::processing(placed_before(&used.response)?));
            }
            Err(error @ PlaceOrderError::Store(_)) => return Err(error),
            Err(error) if error.retryable() => return Err(error),
            _ => {}
        }
        // Executed again after its order has ended, a request finds nothing left to do, or no
        // subscription any more.
        if let Some(order) = self.placed(batch, index).await? {
            return Ok(Settled::processing(order));
        }
        Ok(match outcome {
            Err(error) => Settled::new(RequestStatus::Failed, Some(error.code().to_owned())),
            Ok(_) => Settled::new(RequestStatus::Completed, Some("nothing to change".to_owned())),
        })
    }

    /// The order that a request has placed already, if any.
    async fn placed(&self, batch: &Batch, index: usize) -> Result<Option<OrderNumber>, StoreError> {
        let Some(request) = idempotent_request(batch, index) else { return Ok(None) };
        let found = self.responses.get(&batch.tenant, &request.key).await;
        let found = found.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        found.as_ref().map(placed_before).transpose()
    }

    async fn settle(&self, batch: &Batch, place: usize, to: Settled) -> Result<(), StoreError> {
        let from = batch.requests[place].status;
        let Settled { status, info, order } = to;
        let place = u8::try_from(place).unwrap_or(u8::MAX);
        // Refused: somebody else moved it on, and reads the batch again as we do.
        self.batches.settle(batch.id, place, from, status, info.as_deref(), order).await.map(drop)
    }

    async fn end(&self, batch: &Batch, status: BatchStatus) -> Result<(), StoreError> {
        let now = self.subscriptions.clock.now();
        let mut body = Map::new();
        body.insert("time".to_owned(), rfc3339(now).into());
        body.insert("batchid".to_owned(), batch.id.to_string().into());
        body.insert("status".to_owned(), status.as_str().into());
        body.insert("type".to_owned(), "BatchEventInfo".into());
        let event = FeedEvent { tenant: batch.tenant.clone(), feed: Feed::Batch, body };
        if self.batches.end(batch.id, status, &event, now).await? {
            tracing::info!(status = status.as_str(), "batch ended");
            Metric::count("Batches", 1).by("outcome", status.as_str()).emit();
        }
        Ok(())
    }
}

fn about(batch: &Batch) -> About {
    About {
        batch_id: Some(batch.id.to_string()),
        correlation_id: Some(batch.correlation_id.clone()),
        tenant: Some(batch.tenant.to_string()),
        ..About::default()
    }
}

/// The key of a batch request: whoever executes it again gets the same order.
fn idempotent_request(batch: &Batch, index: usize) -> Option<IdempotentRequest> {
    let key = format!("batch {} {index}", batch.id);
    Some(IdempotentRequest { fingerprint: key.clone(), key: key.parse().ok()? })
}

/// What is stored with the order of a batch request: its number, for this worker alone.
fn idempotency(batch: &Batch, index: usize) -> Option<Idempotency<'static, OrderNumber>> {
    let request = idempotent_request(batch, index)?;
    let fingerprint = request.fingerprint.clone();
    let respond = move |order: &OrderNumber| {
        Ok(StoredResponse {
            fingerprint: fingerprint.clone(),
            status: 0,
            headers: BTreeMap::new(),
            body: order.to_string(),
            audience: Audience::Tenant,
        })
    };
    Some(Idempotency::new(batch.tenant.clone(), request, respond))
}

/// The order number in a stored response.
fn placed_before(stored: &StoredResponse) -> Result<OrderNumber, StoreError> {
    stored.body.parse().map_err(|_| StoreError::Corrupt("order number of a batch".to_owned()))
}

fn origin(batch: &Batch, place: usize, request: &BatchRequest) -> BatchOrigin {
    let index = u8::try_from(place).unwrap_or(u8::MAX);
    BatchOrigin { id: batch.id, index, requestid: request.requestid.clone() }
}

impl RecordHandler for BatchWorker {
    type Message = BatchMessage;

    async fn handle(&self, message: BatchMessage, _: &RecordContext) -> Outcome {
        self.drive(&message).await.unwrap_or_else(Outcome::from)
    }
}
