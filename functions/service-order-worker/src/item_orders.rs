//! The orders of items: placed under a key of the item, and read until they end.

mod canceling;

use std::{collections::BTreeMap, fmt::Display, str::FromStr, sync::Arc};

use domain::{
    clock::{Clock, RandomSource},
    esim::{EsimOrder, EsimOrderId, EsimOrderStatus},
    failure::Retryable,
    idempotency::{Audience, Idempotency, IdempotentRequest, ResponseStore, StoredResponse},
    order::{Cancelable as _, Intervention, OrderKind},
    provisioning::{Operation, OrderNumber, OrderStatus, ProvisioningOrder},
    scenario::ReservedValueError,
    service_order::{Item, ItemOrder, ItemUpdate, ServiceOrder},
};
use ecc::{Command, CommandOutcome, PlaceOrderError, ProvisioningOrders, SubscriptionOrders};
use esim::{EsimOrders, NewEsimOrder, PlaceEsimOrderError, wire::read_esim_order};
use lambda::system::{SystemClock, SystemRandom};
use serde_json::Value;
use store::{
    DynamoEsimOrders, DynamoPlacing, DynamoResponses, DynamoSubscriptions, StoreError, Table,
};
use time::OffsetDateTime;

use crate::{
    Config,
    plan::{SERVICE_ID, failure},
};

/// What is stored under the key of an item whose order must not be placed any more.
const WITHDRAWN: &str = "withdrawn";

/// What came of placing the order of an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Placed {
    /// This has become of the item.
    Update(ItemUpdate),
    /// Another order must end first.
    Blocked(&'static str),
}

/// Places and reads the orders of items.
pub(crate) struct ItemOrders {
    provisioning: ProvisioningOrders,
    subscriptions: SubscriptionOrders,
    esim: EsimOrders,
    responses: DynamoResponses,
}

impl ItemOrders {
    pub(crate) fn new(table: &Table, config: &Config) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let random: Arc<dyn RandomSource> = Arc::new(SystemRandom);
        Self {
            provisioning: ProvisioningOrders::new(
                table.clone(),
                config.limits.watchdog,
                Arc::clone(&clock),
            ),
            subscriptions: SubscriptionOrders {
                subscriptions: DynamoSubscriptions::new(table.clone()),
                placing: DynamoPlacing::new(table.clone()),
                services: config.services.clone(),
                sandbox: config.sandbox,
                watchdog: config.limits.watchdog,
                clock: Arc::clone(&clock),
                random: Arc::clone(&random),
            },
            esim: EsimOrders {
                orders: DynamoEsimOrders::new(table.clone()),
                sandbox: config.sandbox,
                watchdog: config.limits.watchdog,
                clock: Arc::clone(&clock),
                random,
            },
            responses: DynamoResponses::new(table.clone(), clock),
        }
    }

    pub(crate) fn with(mut self, clock: &Arc<dyn Clock>, random: &Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(Arc::clone(clock));
        self.provisioning.clock = Arc::clone(clock);
        (self.subscriptions.clock, self.esim.clock) = (Arc::clone(clock), Arc::clone(clock));
        (self.subscriptions.random, self.esim.random) = (Arc::clone(random), Arc::clone(random));
        self
    }

    /// What has become of an item since its order was placed. None: nothing new.
    pub(crate) async fn look(
        &self,
        item: &Item,
        order: &ItemOrder,
    ) -> Result<Option<ItemUpdate>, StoreError> {
        let missing = || StoreError::Corrupt(format!("order {} of an item is gone", order.id));
        match order.kind {
            OrderKind::Esim => {
                let found = self.esim.orders.get(&order.id).await?.ok_or_else(missing)?;
                let mark = found.needs_intervention.as_ref();
                Ok(of_esim(&found).or_else(|| alerted(item, mark)))
            }
            OrderKind::Ecc => {
                let found =
                    self.provisioning.work.orders().get(&order.id).await?.ok_or_else(missing)?;
                let mark = found.needs_intervention.as_ref();
                Ok(of_provisioning(&found).or_else(|| alerted(item, mark)))
            }
            OrderKind::Carrier | OrderKind::Service => Err(missing()),
        }
    }

    /// Places the order of a command on a subscription, or finds it placed.
    ///
    /// Dies before the order is placed: the next attempt places it. Dies after it: the next attempt
    /// finds the key of the item used, and the order by it.
    pub(crate) async fn subscription(
        &self,
        order: &ServiceOrder,
        item: &Item,
        command: Command,
    ) -> Result<Placed, StoreError> {
        let key = idempotency::<OrderNumber>(order, item)?;
        let context = ecc::CommandContext {
            tenant: &order.tenant,
            correlation_id: &order.correlation_id,
            idempotency: Some(&key),
            batch: None,
            parent: Some(order.id),
        };
        let refused = match self.subscriptions.execute(&context, command).await {
            Ok(CommandOutcome::Accepted(number)) => return Ok(ordered(OrderKind::Ecc, number)),
            Ok(CommandOutcome::Unchanged) => None,
            Err(PlaceOrderError::KeyUsed(used)) => {
                return Ok(ordered(OrderKind::Ecc, placed_before::<OrderNumber>(&used.response)?));
            }
            Err(PlaceOrderError::Store(error)) => return Err(error),
            Err(error) if error.retryable() => {
                return Ok(Placed::Blocked("the subscription changes"));
            }
            Err(error) => Some(error),
        };
        // Executed again after its order has ended, a command finds nothing left to do, or no
        // subscription any more.
        if let Some(number) = self.placed::<OrderNumber>(order, item).await? {
            return Ok(ordered(OrderKind::Ecc, number));
        }
        Ok(match refused {
            None => Placed::Update(ItemUpdate::Completed(Vec::new())),
            Some(PlaceOrderError::OrderOutstanding(_)) => {
                Placed::Blocked("the subscription has an outstanding order")
            }
            Some(error) => {
                let why = failure(error.code(), error.to_string());
                Placed::Update(ItemUpdate::Rejected(why))
            }
        })
    }

    /// Places an eSIM order, or finds it placed.
    pub(crate) async fn esim(
        &self,
        order: &ServiceOrder,
        item: &Item,
        request: &Value,
    ) -> Result<Placed, StoreError> {
        let at = self.esim.now();
        let new = match read_esim_order(request.to_string().as_bytes(), at) {
            Ok(new) => new,
            Err(wrong) => {
                // An activation date passes: the order may have been placed before.
                if let Some(id) = self.placed::<EsimOrderId>(order, item).await? {
                    return Ok(ordered(OrderKind::Esim, id));
                }
                let why = failure("INVALID_PARAMETER", wrong.to_string());
                return Ok(Placed::Update(ItemUpdate::Rejected(why)));
            }
        };
        let key = idempotency::<EsimOrderId>(order, item)?;
        let context = esim::CommandContext {
            tenant: &order.tenant,
            correlation_id: &order.correlation_id,
            idempotency: Some(&key),
            parent: Some(order.id),
        };
        let new = NewEsimOrder { details: &new.details, input: &new.input, at };
        let refused = match self.esim.place(&context, new).await {
            Ok(id) => return Ok(ordered(OrderKind::Esim, id)),
            Err(PlaceEsimOrderError::KeyUsed(used)) => {
                return Ok(ordered(OrderKind::Esim, placed_before::<EsimOrderId>(&used.response)?));
            }
            Err(PlaceEsimOrderError::Store(error)) => return Err(error),
            Err(PlaceEsimOrderError::Contended) => return Ok(Placed::Blocked("the eSIM changes")),
            Err(PlaceEsimOrderError::Reserved(error)) => {
                let why = failure(ReservedValueError::CODE, error.to_string());
                return Ok(Placed::Update(ItemUpdate::Rejected(why)));
            }
            Err(PlaceEsimOrderError::Refused(why)) => why,
        };
        if let Some(id) = self.placed::<EsimOrderId>(order, item).await? {
            return Ok(ordered(OrderKind::Esim, id));
        }
        Ok(match refused {
            domain::esim::EsimRefusal::OrderOutstanding { .. } => {
                Placed::Blocked("the eSIM has an outstanding order")
            }
            why => {
                let messages = api::problem::messages(&why.violations());
                let message =
                    if messages.is_empty() { why.to_string() } else { messages.join("; ") };
                Placed::Update(ItemUpdate::Rejected(failure(why.error_type(), message)))
            }
        })
    }

    /// The order that an item has placed already, if any.
    async fn placed<T: FromStr>(
        &self,
        order: &ServiceOrder,
        item: &Item,
    ) -> Result<Option<T>, StoreError> {
        let request = key_of(order, item)?;
        let found = self.responses.get(&order.tenant, &request.key).await;
        let found = found.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        found.as_ref().map(placed_before).transpose()
    }
}

fn ordered(kind: OrderKind, id: impl Display) -> Placed {
    Placed::Update(ItemUpdate::Ordered(ItemOrder { kind, id: id.to_string() }))
}

/// The key of an item: whoever places its order again gets the same one.
fn key_of(order: &ServiceOrder, item: &Item) -> Result<IdempotentRequest, StoreError> {
    let text = format!("item {} {}", order.id, item.id.as_str());
    let key = text.parse();
    let key = key.map_err(|_| StoreError::Corrupt(format!("item of order {}", order.id)))?;
    Ok(IdempotentRequest { key, fingerprint: text })
}

/// What is stored with the order of an item: its id, for this worker alone.
fn idempotency<T: Display>(
    order: &ServiceOrder,
    item: &Item,
) -> Result<Idempotency<'static, T>, StoreError> {
    let request = key_of(order, item)?;
    let fingerprint = request.fingerprint.clone();
    let respond = move |id: &T| {
        Ok(StoredResponse {
            fingerprint: fingerprint.clone(),
            status: 0,
            headers: BTreeMap::new(),
            body: id.to_string(),
            audience: Audience::Tenant,
        })
    };
    Ok(Idempotency::new(order.tenant.clone(), request, respond))
}

/// The id in a stored response.
fn placed_before<T: FromStr>(stored: &StoredResponse) -> Result<T, StoreError> {
    if stored.body == WITHDRAWN {
        // The lease is another worker's: what this one commits would be refused.
        return Err(StoreError::Unavailable("the item was cancelled".to_owned()));
    }
    stored.body.parse().map_err(|_| StoreError::Corrupt("order id of an item".to_owned()))
}

fn alerted(item: &Item, mark: Option<&Intervention>) -> Option<ItemUpdate> {
    let since: Option<OffsetDateTime> = mark.map(|mark| mark.since);
    (item.alert != since).then_some(ItemUpdate::Alerted(since))
}

fn result(name: &str, value: impl Display) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn of_provisioning(order: &ProvisioningOrder) -> Option<ItemUpdate> {
    match order.status {
        OrderStatus::Provisioning => None,
        OrderStatus::Completed => {
            let made = (order.operation == Operation::Create)
                .then(|| result(SERVICE_ID, format!("iccid:{}", order.iccid)));
            Some(ItemUpdate::Completed(made.into_iter().collect()))
        }
        OrderStatus::Canceled if order.is_canceled_by_client() => Some(ItemUpdate::Cancelled),
        OrderStatus::Canceled => {
            let reason = order.reason().unwrap_or("the order was canceled without effect");
            Some(ItemUpdate::Failed(failure(order.status.as_str(), reason)))
        }
    }
}

fn of_esim(order: &EsimOrder) -> Option<ItemUpdate> {
    match order.status {
        EsimOrderStatus::Completed => {
            let output = order.output()?;
            let mut results = vec![result("iccid", &output.iccid)];
            if let Some(activation) = &output.activation {
                results.push(result("lpa_url", activation));
                results.push(result("matchingId", &activation.matching_id));
            }
            Some(ItemUpdate::Completed(results))
        }
        EsimOrderStatus::Failed if order.is_canceled_by_client() => Some(ItemUpdate::Cancelled),
        EsimOrderStatus::Failed => {
            let why = order.failure.as_ref();
            let (code, message) =
                why.map_or(("FAILED", ""), |why| (why.kind.as_str(), why.message.as_str()));
            Some(ItemUpdate::Failed(failure(code, message)))
        }
        _ => None,
    }
}
