use std::{collections::BTreeSet, sync::Arc};

use api::Problem;
use domain::{
    batch::{Batch, BatchId, BatchRequest, BatchStatus, NextStep, RequestStatus},
    clock::{Clock, RandomSource, rfc3339},
    feed::Feed,
    idempotency::Once,
    provisioning::{BatchOrigin, OrderNumber, OrderStatus},
};
use ecc::{Asked, Carried, OrderDesk};
use futures::future::join_all;
use lambda::{
    message::BatchMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::{SystemClock, SystemRandom},
    telemetry::Metric,
};
use serde_json::Map;
use store::{
    DynamoBatchWork, DynamoOrders, DynamoPlacing, DynamoSubscriptions, FeedEvent, StoreError, Table,
};

use crate::Config;

/// Requests that are carried out at the same moment.
const AT_ONCE: usize = 10;

/// Where a request is to go from its present state.
struct Settled {
    status: RequestStatus,
    info: Option<String>,
    order: Option<OrderNumber>,
}

impl Settled {
    fn so(status: RequestStatus, info: Option<String>) -> Self {
        Self { status, info, order: None }
    }
}

/// Moves one batch on at a time, as far as it goes.
///
/// What happens when the process dies: a request whose order was placed and not noted is carried
/// out again under the same key, and gets the same order. An order that ends before it was noted
/// as under way is looked at once more right after. Whatever message is lost, the watchdog drives
/// the batch until it has ended, and each time every order under way is looked at.
pub struct BatchWorker {
    batches: DynamoBatchWork,
    orders: DynamoOrders,
    desk: OrderDesk,
}

impl BatchWorker {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        Self {
            batches: DynamoBatchWork::new(table.clone()),
            orders: DynamoOrders::new(table.clone()),
            desk: OrderDesk {
                subscriptions: DynamoSubscriptions::new(table.clone()),
                placing: DynamoPlacing::new(table.clone()),
                services: config.services.clone(),
                watchdog: config.watchdog,
                clock: Arc::new(SystemClock),
                random: Arc::new(SystemRandom),
            },
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.desk.clock = clock;
        self.desk.random = random;
        self
    }

    async fn drive(&self, message: &BatchMessage) -> Result<Outcome, StoreError> {
        let id = message.batch_id;
        self.batches.begin(id).await?;
        let Some(mut batch) = self.batches.get(id).await? else {
            return Ok(Outcome::poison("no such batch"));
        };
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
                    if !self.carry_out(&batch, &places).await? {
                        return Ok(Outcome::retry("a request could not be carried out yet"));
                    }
                    look.extend(places);
                    batch = self.again(id).await?;
                }
                NextStep::GiveUp(places) => {
                    let why = Some("an earlier request of the batch did not complete".to_owned());
                    for place in places {
                        let given_up = Settled::so(RequestStatus::Canceled, why.clone());
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
        let found = self.batches.get(id).await?;
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
            let ended = Settled::so(status, order.reason().map(str::to_owned));
            self.settle(batch, *place, ended).await?;
        }
        Ok(())
    }

    /// Carries requests out, some at a time. False: some must be tried again later.
    async fn carry_out(&self, batch: &Batch, places: &[usize]) -> Result<bool, StoreError> {
        let mut all = true;
        for some in places.chunks(AT_ONCE) {
            let carried = some.iter().map(|place| self.carry_out_one(batch, *place));
            for (place, settled) in some.iter().zip(join_all(carried).await) {
                match settled {
                    Some(settled) => self.settle(batch, *place, settled).await?,
                    None => all = false,
                }
            }
        }
        Ok(all)
    }

    /// What comes of a request; none when nobody knows yet.
    async fn carry_out_one(&self, batch: &Batch, place: usize) -> Option<Settled> {
        let request = &batch.requests[place];
        let command = match ecc::batch::command(&request.method, &request.resource, &request.body) {
            Ok(command) => command,
            Err(wrong) => {
                return Some(Settled::so(RequestStatus::Rejected, Some(wrong.to_string())));
            }
        };
        let (once, origin) = (once(batch, place), origin(batch, place, request));
        let asked = Asked {
            tenant: &batch.tenant,
            correlation_id: &batch.correlation_id,
            once: once.as_ref(),
            batch: Some(&origin),
        };
        match self.desk.carry(asked, command).await {
            Ok(Carried::Nothing) => {
                let why = Some("nothing to change".to_owned());
                Some(Settled::so(RequestStatus::Completed, why))
            }
            Ok(carried) => Some(Settled {
                status: RequestStatus::Processing,
                info: None,
                order: carried.order(),
            }),
            Err(problem) if is_ours(&problem) => {
                tracing::warn!(batch_id = %batch.id, place, code = problem.code(), "not yet");
                None
            }
            Err(problem) => {
                let why = Some(problem.code().to_owned());
                Some(Settled::so(RequestStatus::Failed, why))
            }
        }
    }

    async fn settle(&self, batch: &Batch, place: usize, to: Settled) -> Result<(), StoreError> {
        let from = batch.requests[place].status;
        let Settled { status, info, order } = to;
        let place = u8::try_from(place).unwrap_or(u8::MAX);
        // Refused: somebody else moved it on, and reads the batch again as we do.
        self.batches.settle(batch.id, place, from, status, info.as_deref(), order).await.map(drop)
    }

    async fn end(&self, batch: &Batch, status: BatchStatus) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        let mut body = Map::new();
        body.insert("time".to_owned(), rfc3339(now).into());
        body.insert("batchid".to_owned(), batch.id.to_string().into());
        body.insert("status".to_owned(), status.as_str().into());
        body.insert("type".to_owned(), "BatchEventInfo".into());
        let event = FeedEvent { tenant: batch.tenant.clone(), feed: Feed::Batch, body };
        if self.batches.end(batch.id, status, &event, now).await? {
            tracing::info!(batch_id = %batch.id, status = status.as_str(), "batch ended");
            Metric::count("Batches", 1).by("outcome", status.as_str()).emit();
        }
        Ok(())
    }
}

/// The key of a request: whoever carries it out again gets the order that it got.
fn once(batch: &Batch, place: usize) -> Option<Once> {
    let key = format!("batch {} {place}", batch.id);
    Some(Once { fingerprint: key.clone(), key: key.parse().ok()? })
}

fn origin(batch: &Batch, place: usize, request: &BatchRequest) -> BatchOrigin {
    let index = u8::try_from(place).unwrap_or(u8::MAX);
    BatchOrigin { id: batch.id, index, requestid: request.requestid.clone() }
}

/// Whether the fault is not the request's.
fn is_ours(problem: &Problem) -> bool {
    problem.status().is_server_error() || matches!(problem, Problem::Throttled { .. })
}

impl RecordHandler for BatchWorker {
    type Message = BatchMessage;

    async fn handle(&self, message: BatchMessage, _: &RecordContext) -> Outcome {
        self.drive(&message).await.unwrap_or_else(Outcome::from)
    }
}
