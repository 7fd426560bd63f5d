//! The service behind both APIs.

use std::sync::Arc;

use api::{json::parse_object, schema::Members};
use domain::{
    clock::{Clock, RandomSource},
    idempotency::Idempotency,
    identity::{Identity, Role, Tenant},
    order::Lifecycle as _,
    service_order::{
        CancelTaskId, Face, NewServiceOrder, Rights, ServiceOrder, ServiceOrderEvent,
        ServiceOrderId,
    },
    webhook::HubEventKind,
};
use serde_json::Value;
use store::{
    Committed, DeletedServiceOrder, DynamoServiceOrders, DynamoServiceWork, DynamoSubscribers,
    PlacedServiceOrder, ServicePlacing, StoreError, StoredDelivery, Table,
};
use time::{Duration, OffsetDateTime};

use crate::{
    TmfError,
    events::notes,
    wire::{Cancellation, Change, NewDocument, cancel_task_body, change, fingerprint, order_body},
};

/// Maximum attempts after a concurrent change of the order: its worker writes several times in a
/// row.
const ATTEMPTS: usize = 10;

/// Who sent a command, and how.
#[derive(Debug, Clone, Copy)]
pub struct CommandContext<'a> {
    /// The caller.
    pub caller: &'a Identity,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The caller's key, and the response to store with the effect.
    pub idempotency: Option<&'a Idempotency<'a, Whole>>,
}

/// An order and what its client wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// The order.
    pub order: ServiceOrder,
    /// The document.
    pub document: Members,
}

impl Whole {
    pub(crate) fn read((order, document): (ServiceOrder, String)) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::Corrupt(format!("document of order {}", order.id));
        let document = parse_object(document.as_bytes()).map_err(corrupt)?;
        Ok(Self { order, document })
    }

    /// The order as its client reads it.
    pub fn body(&self) -> Members {
        order_body(&self.order, self.document.clone())
    }
}

/// The outcome of placing an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Placed {
    /// It is placed.
    New(Whole),
    /// The same request has placed it before, with the same `externalId`.
    Known(Whole),
}

/// Places, reads and changes the orders of one API.
pub struct ServiceOrders {
    /// Which API.
    pub face: Face,
    /// The orders.
    pub orders: DynamoServiceOrders,
    /// Where changes are committed.
    pub work: DynamoServiceWork,
    /// Who is told of what is no status change.
    pub subscribers: DynamoSubscribers,
    /// How long an order may be left alone.
    pub watchdog: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn RandomSource>,
}

impl ServiceOrders {
    /// Of one API, over this table.
    pub fn new(
        face: Face,
        table: &Table,
        watchdog: Duration,
        (clock, random): (Arc<dyn Clock>, Arc<dyn RandomSource>),
    ) -> Self {
        let orders = DynamoServiceOrders::new(table.clone());
        let work = DynamoServiceWork::new(table.clone(), watchdog);
        let subscribers = DynamoSubscribers::new(table.clone());
        Self { face, orders, work, subscribers, watchdog, clock, random }
    }

    /// Now, in whole milliseconds as it is stored.
    fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000))
    }

    /// Places an order.
    ///
    /// Repeatable: under a key, the second execution finds the key used; with an `externalId`, the
    /// order that it has.
    ///
    /// # Errors
    /// Why it was not placed.
    pub async fn create(
        &self,
        context: &CommandContext<'_>,
        new: NewDocument,
    ) -> Result<Placed, TmfError> {
        let now = self.now();
        let NewDocument { document, items, external_id, start_at, .. } = new;
        let order = NewServiceOrder {
            face: self.face,
            tenant: context.caller.tenant.clone(),
            rights: rights(context.caller),
            external_id,
            start_at,
            items,
            correlation_id: context.correlation_id.to_owned(),
        };
        let order = order.into_order(ServiceOrderId::generate(now, &self.random), now);
        let whole = Whole { order, document };
        let guard = context.idempotency.map(|key| key.guard(&whole)).transpose()?;
        let placing = ServicePlacing {
            order: &whole.order,
            document: &text(&whole.document),
            fingerprint: &fingerprint(&whole.document),
            watchdog: self.watchdog,
            guard: guard.as_ref(),
            now,
        };
        match self.orders.place(&placing).await? {
            PlacedServiceOrder::Done => {
                tracing::info!(order_id = %whole.order.id, "order placed");
                Ok(Placed::New(whole))
            }
            PlacedServiceOrder::ExternalIdTaken { order, fingerprint }
                if fingerprint == placing.fingerprint =>
            {
                // None: it was deleted meanwhile, and the next attempt places a new one.
                let known = self.orders.get_whole(order).await?.ok_or(TmfError::Contended)?;
                Ok(Placed::Known(Whole::read(known)?))
            }
            PlacedServiceOrder::ExternalIdTaken { order, .. } => {
                Err(TmfError::ExternalIdTaken(order))
            }
        }
    }

    /// An order of this tenant and API.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub async fn get(&self, tenant: &Tenant, id: ServiceOrderId) -> Result<Whole, TmfError> {
        let found = self.orders.get_whole(id).await?;
        let found = found.filter(|(order, _)| self.is_visible(tenant, order));
        Ok(Whole::read(found.ok_or(TmfError::NotFound)?)?)
    }

    pub(crate) fn is_visible(&self, tenant: &Tenant, order: &ServiceOrder) -> bool {
        order.tenant == *tenant && order.face == self.face
    }

    /// Changes an order. `check` says whether the caller knows it as it is.
    ///
    /// # Errors
    /// Why it was not changed.
    pub async fn patch(
        &self,
        context: &CommandContext<'_>,
        id: ServiceOrderId,
        patch: &Members,
        check: impl Fn(&Whole) -> Result<(), TmfError>,
    ) -> Result<(Whole, bool), TmfError> {
        for _ in 0..ATTEMPTS {
            let whole = self.get(&context.caller.tenant, id).await?;
            check(&whole)?;
            let changed = change(self.face, &whole.order, &whole.document, patch.clone())?;
            let Some(Change { document, amendment }) = changed else { return Ok((whole, false)) };
            let event = ServiceOrderEvent::Amended(amendment);
            let applied = whole.order.apply(event, self.now())?;
            let new = Whole { order: applied.order().clone(), document };
            let guard = context.idempotency.map(|key| key.guard(&new)).transpose()?;
            let told = self.notes(&new.order, HubEventKind::AttributeChanged).await?;
            let document = text(&new.document);
            let done = self.work.commit_change(&applied, Some(&document), &told, guard.as_ref());
            let done = done.await?;
            if let Committed::Done(_) = done {
                return Ok((new, true));
            }
        }
        Err(TmfError::Contended)
    }

    async fn notes(
        &self,
        order: &ServiceOrder,
        kind: HubEventKind,
    ) -> Result<Vec<StoredDelivery>, StoreError> {
        notes(&self.subscribers, order, kind, self.now()).await
    }

    /// Deletes an order that has ended.
    ///
    /// # Errors
    /// Why it was not deleted.
    pub async fn delete(
        &self,
        tenant: &Tenant,
        id: ServiceOrderId,
        guard: Option<&domain::idempotency::IdempotencyGuard>,
        check: impl Fn(&Whole) -> Result<(), TmfError>,
    ) -> Result<(), TmfError> {
        for _ in 0..ATTEMPTS {
            let whole = self.get(tenant, id).await?;
            check(&whole)?;
            let state = whole.order.state();
            if !state.is_final() {
                return Err(TmfError::NotEnded(state));
            }
            // Its last write may have been told of under its revision.
            let deleted = whole.order.revision + 1;
            let gone = ServiceOrder { revision: deleted, ..whole.order.clone() };
            let told = self.notes(&gone, HubEventKind::OrderDeleted).await?;
            match self.orders.delete(&whole.order, &told, guard, self.now()).await? {
                DeletedServiceOrder::Done => return Ok(()),
                DeletedServiceOrder::Changed => {}
            }
        }
        Err(TmfError::Contended)
    }

    /// Stores a request to cancel an order, which its worker decides.
    ///
    /// # Errors
    /// Why it was not stored.
    pub async fn cancel(
        &self,
        context: &CommandContext<'_>,
        Cancellation { order, request }: Cancellation,
    ) -> Result<Whole, TmfError> {
        let id = order.ok_or(TmfError::NotFound)?;
        for _ in 0..ATTEMPTS {
            let Whole { order, document } = self.get(&context.caller.tenant, id).await?;
            let event = ServiceOrderEvent::CancelRequested(request.clone());
            let applied = order.apply(event, self.now())?;
            let new = Whole { order: applied.order().clone(), document };
            let guard = context.idempotency.map(|key| key.guard(&new)).transpose()?;
            let done = self.work.commit_cancel_request(&applied, guard.as_ref()).await?;
            if let Committed::Done(_) = done {
                return Ok(new);
            }
        }
        Err(TmfError::Contended)
    }

    /// A request to cancel an order of this tenant and API.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub async fn cancel_task(
        &self,
        tenant: &Tenant,
        id: CancelTaskId,
    ) -> Result<Members, TmfError> {
        let Whole { order, .. } = self.get(tenant, id.order).await?;
        let task = order.cancel_tasks.iter().find(|task| task.number == id.number);
        Ok(cancel_task_body(&order, task.ok_or(TmfError::NotFound)?))
    }
}

/// What a client may order.
fn rights(caller: &Identity) -> Rights {
    let has = |role| caller.roles.contains(&role);
    Rights { ecc: has(Role::Ecc), esim: has(Role::Reseller) || has(Role::AccountManager) }
}

pub(crate) fn text(members: &Members) -> String {
    Value::Object(members.clone()).to_string()
}
