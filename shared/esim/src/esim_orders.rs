//! The service of the eSIM API: decides and places orders.

use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    esim::{
        Accepted, Customer, CustomerId, EsimFacts, EsimOrder, EsimOrderDetails, EsimOrderFilter,
        EsimOrderId, EsimOrderStatus, EsimRefusal, Fulfilment, PlanId, SentInput, decide,
    },
    failure::Retryable,
    idempotency::{Idempotency, KeyUsed, ResponseError},
    identity::Tenant,
    scenario::{ReservedValueError, Sandbox},
    service_order::ServiceOrderId,
};
use lambda::telemetry::Metric;
use store::{
    CancelOrderError, CanceledOrder, DynamoEsimOrders, EsimPlacing, GuardedError, KnownForOrder,
    OrderPage, OrderRange, PlacedEsimOrder, StoreError, escaped_len,
};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

/// Maximum attempts after a concurrent change of the eSIM or the customer.
const ATTEMPTS: usize = 4;

/// Who sent an order, and how.
#[derive(Debug, Clone, Copy)]
pub struct CommandContext<'a> {
    /// The owner of the order.
    pub tenant: &'a Tenant,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The caller's key, and the response to store with the order.
    pub idempotency: Option<&'a Idempotency<'a, EsimOrderId>>,
    /// The service order whose item the order executes.
    pub parent: Option<ServiceOrderId>,
}

/// An order as its caller sent it.
#[derive(Debug, Clone, Copy)]
pub struct NewEsimOrder<'a> {
    /// What is ordered.
    pub details: &'a EsimOrderDetails,
    /// The text that it was parsed from.
    pub input: &'a SentInput,
    /// When it arrived: [`EsimOrders::now`].
    pub at: OffsetDateTime,
}

/// Why an eSIM order was not placed.
#[derive(Debug, Error)]
pub enum PlaceEsimOrderError {
    /// The order cannot be accepted.
    #[error(transparent)]
    Refused(#[from] EsimRefusal),
    /// The customer's address has no meaning here.
    #[error(transparent)]
    Reserved(#[from] ReservedValueError),
    /// The eSIM or the customer changed concurrently at every attempt.
    #[error("the eSIM or the customer changed concurrently")]
    Contended,
    /// The idempotency key has been used.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The database failed; whether the order is placed is unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Retryable for PlaceEsimOrderError {
    /// Whether the same order may be placed later although nothing about it changes.
    fn retryable(&self) -> bool {
        match self {
            Self::Contended => true,
            Self::Store(error) => error.retryable(),
            Self::Refused(_) | Self::Reserved(_) | Self::KeyUsed(_) => false,
        }
    }
}

impl From<GuardedError> for PlaceEsimOrderError {
    fn from(error: GuardedError) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::Store(error),
        }
    }
}

impl From<ResponseError> for PlaceEsimOrderError {
    fn from(error: ResponseError) -> Self {
        Self::Store(error.into())
    }
}

/// Places and reads eSIM orders.
pub struct EsimOrders {
    /// The orders.
    pub orders: DynamoEsimOrders,
    /// Whether reserved values are accepted.
    pub sandbox: Sandbox,
    /// How long an order may be left alone.
    pub watchdog: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn RandomSource>,
}

impl EsimOrders {
    /// Now, in whole milliseconds as it is stored: an order is decided by the time that is read
    /// later.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000))
    }

    /// An order of this tenant. `None`: it has no such order.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(
        &self,
        tenant: &Tenant,
        id: EsimOrderId,
    ) -> Result<Option<EsimOrder>, StoreError> {
        Ok(self.orders.get(id).await?.filter(|order| order.tenant == *tenant))
    }

    /// A page of the tenant's orders, newest first.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        tenant: &Tenant,
        range: &OrderRange,
        filter: &EsimOrderFilter,
    ) -> Result<OrderPage<EsimOrder>, StoreError> {
        let matches = |order: &EsimOrder| filter.matches(order);
        let passes: Option<&(dyn Fn(&EsimOrder) -> bool + Sync)> =
            if filter.is_empty() { None } else { Some(&matches) };
        self.orders.list(tenant, range, passes, listed_size).await
    }

    /// Cancels an order of this tenant for which neither the SM-DP+ nor the network can have been
    /// called: a new eSIM that has no profile yet, or a top-up that no worker has taken. The order
    /// ends as FAILED, by its client, and the eSIM of a top-up is unlocked in the same transaction.
    ///
    /// Repeatable: an order that its client has canceled is returned as it is.
    ///
    /// # Errors
    /// Why it was not canceled.
    pub async fn cancel(
        &self,
        tenant: &Tenant,
        id: EsimOrderId,
        idempotency: Option<&Idempotency<'_, EsimOrder>>,
    ) -> Result<CanceledOrder<EsimOrder>, CancelOrderError<EsimOrderStatus>> {
        let work = self.orders.work(self.watchdog);
        let canceled = work.cancel(tenant, id, &(), idempotency, self.now()).await?;
        if canceled.is_new {
            tracing::info!(order_id = %id, "order canceled by its client");
            let outcome = canceled.order.status.as_str();
            Metric::count("Orders", 1).by("kind", "esim").by("outcome", outcome).emit();
        }
        Ok(canceled)
    }

    /// Decides whether an order can be accepted, and places it.
    ///
    /// Repeatable: under a key, the second execution finds the key used, or its eSIM locked, and
    /// places nothing.
    ///
    /// # Errors
    /// Why it was not placed.
    pub async fn place(
        &self,
        context: &CommandContext<'_>,
        new: NewEsimOrder<'_>,
    ) -> Result<EsimOrderId, PlaceEsimOrderError> {
        self.sandbox.check_customer(&new.details.customer.email)?;
        for _ in 0..ATTEMPTS {
            let known = self.orders.known_for(context.tenant, new.details).await?;
            if known.customer_is_being_erased {
                return Err(PlaceEsimOrderError::Contended);
            }
            let facts = EsimFacts {
                catalogue: &known.catalogue,
                customer: known.customer.as_ref(),
                esim: known.esim.as_ref(),
                now: new.at,
            };
            let accepted = decide(new.details, &facts)?;
            if let Some(order) = self.try_place(context, new, accepted, &known).await? {
                return Ok(order);
            }
        }
        Err(PlaceEsimOrderError::Contended)
    }

    /// One attempt at the transaction. None: decide again.
    async fn try_place(
        &self,
        context: &CommandContext<'_>,
        new: NewEsimOrder<'_>,
        accepted: Accepted,
        known: &KnownForOrder,
    ) -> Result<Option<EsimOrderId>, PlaceEsimOrderError> {
        let (order, customer) = self.order(context, new, accepted);
        let guard = context.idempotency.map(|key| key.guard(&order.id)).transpose()?;
        let placing = EsimPlacing {
            order: &order,
            customer: customer.as_ref(),
            esim: known.esim.as_ref(),
            parent: context.parent,
            watchdog: self.watchdog,
            guard: guard.as_ref(),
            now: new.at,
        };
        match self.orders.place(&placing).await? {
            PlacedEsimOrder::Done => {
                let (order_id, operation) = (order.id, order.details.operation.kind().as_str());
                tracing::info!(%order_id, operation, "order placed");
                Ok(Some(order.id))
            }
            PlacedEsimOrder::Outstanding(order) => {
                Err(EsimRefusal::OrderOutstanding { order }.into())
            }
            PlacedEsimOrder::Changed => Ok(None),
        }
    }

    /// The order, and its customer when that is new.
    fn order(
        &self,
        context: &CommandContext<'_>,
        new: NewEsimOrder<'_>,
        accepted: Accepted,
    ) -> (EsimOrder, Option<Customer>) {
        let (now, random, details) = (new.at, &self.random, new.details);
        let customer = accepted.customer.is_none().then(|| Customer {
            id: CustomerId::generate(now, random),
            tenant: context.tenant.clone(),
            details: details.customer.clone(),
        });
        let id = accepted.customer.or(customer.as_ref().map(|customer| customer.id));
        let order = EsimOrder {
            id: EsimOrderId::generate(now, random),
            tenant: context.tenant.clone(),
            customer: id.unwrap_or_else(|| CustomerId::generate(now, random)),
            plan_ids: details.plans.iter().map(|_| PlanId::generate(now, random)).collect(),
            details: details.clone(),
            profile_type: accepted.profile_type,
            input: new.input.clone(),
            status: EsimOrderStatus::Accepted,
            fulfilment: Fulfilment::START,
            failure: None,
            installation: None,
            order_date: now,
            history: Vec::new(),
            needs_intervention: None,
            correlation_id: context.correlation_id.to_owned(),
            attempts: 0,
            revision: 1,
        };
        (order, customer)
    }
}

/// The most bytes that an order takes on a page: its input as the gateway counts it, and what is
/// ours beside it.
fn listed_size(order: &EsimOrder) -> usize {
    let failure = order.failure.as_ref().map_or(0, |failure| escaped_len(&failure.message) * 2);
    escaped_len(&order.input.0) + failure + order.plan_ids.len() * 50 + 2_000
}
