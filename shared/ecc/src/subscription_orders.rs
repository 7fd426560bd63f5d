//! The service of the ECC API: executes commands on subscriptions, each as a provisioning order.

use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    idempotency::Idempotency,
    identity::Tenant,
    provisioning::{BatchOrigin, Operation, OrderNumber, ProvisioningOrder},
    scenario::{ReservedValueError, Sandbox},
    service_order::ServiceOrderId,
    subscription::{
        ChangeRequest, MAX_TAGS, NewSubscription, ServiceId, Subscription, SubscriptionId,
        SubscriptionRef,
    },
};
use store::{DynamoPlacing, DynamoSubscriptions, Placed, Placing};
use time::{Duration, OffsetDateTime};

use crate::{Command, PlaceOrderError};

/// Maximum attempts after a concurrent change or an order-number collision.
const ATTEMPTS: usize = 4;

/// Who sent a command, and how.
#[derive(Debug, Clone, Copy)]
pub struct CommandContext<'a> {
    /// The owner of the subscriptions.
    pub tenant: &'a Tenant,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The caller's key, and the response to store with the order.
    pub idempotency: Option<&'a Idempotency<'a, OrderNumber>>,
    /// The batch request that the command comes from.
    pub batch: Option<&'a BatchOrigin>,
    /// The service order whose item the command executes.
    pub parent: Option<ServiceOrderId>,
}

/// The outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// This order was placed. With a key, its response is stored.
    Accepted(OrderNumber),
    /// The subscription has the requested values already; nothing is stored.
    Unchanged,
}

/// What a change needs, given the subscription.
enum Plan {
    Order(Operation),
    Nothing,
}

/// Places orders on subscriptions.
pub struct SubscriptionOrders {
    /// The subscriptions.
    pub subscriptions: DynamoSubscriptions,
    /// Where orders are placed.
    pub placing: DynamoPlacing,
    /// The services that clients may assign.
    pub services: Vec<ServiceId>,
    /// Whether reserved values are accepted.
    pub sandbox: Sandbox,
    /// How long an order may be left alone.
    pub watchdog: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn RandomSource>,
}

/// A new order's number, and the time that it begins with.
#[derive(Debug, Clone, Copy)]
struct NewNumber {
    number: OrderNumber,
    at: OffsetDateTime,
}

impl SubscriptionOrders {
    /// Places the order that a command needs.
    ///
    /// Repeatable: under a key, the second execution finds the key used and places nothing. One
    /// that finds nothing left to do, or no subscription any more, may be a repetition, too: the
    /// caller looks for the stored response then.
    ///
    /// # Errors
    /// Why no order was placed.
    pub async fn execute(
        &self,
        context: &CommandContext<'_>,
        command: Command,
    ) -> Result<CommandOutcome, PlaceOrderError> {
        self.check_reserved(&command)?;
        match command {
            Command::Create(new) => self.create(context, &new).await,
            Command::Delete(reference) => {
                self.change(context, &reference, |_| Ok(Plan::Order(Operation::Delete))).await
            }
            Command::Change(reference, change) => {
                self.check_assignable(&change)?;
                self.change(context, &reference, |subscription| plan(subscription, &change)).await
            }
        }
    }

    /// Whether the values that a command gives may be used here. Those of the subscription have
    /// been checked when it got them.
    fn check_reserved(&self, command: &Command) -> Result<(), ReservedValueError> {
        let (iccid, msisdn) = match command {
            Command::Create(new) => (Some(&new.iccid), new.msisdn.as_ref()),
            Command::Change(_, ChangeRequest::Values(change)) => {
                (change.iccid.as_ref(), change.msisdn.as_ref())
            }
            Command::Change(..) | Command::Delete(_) => (None, None),
        };
        self.sandbox.check_subscription(iccid, msisdn)
    }

    fn check_assignable(&self, change: &ChangeRequest) -> Result<(), PlaceOrderError> {
        let ChangeRequest::AddServices(services) = change else { return Ok(()) };
        if services.iter().all(|service| self.services.contains(&service.id)) {
            return Ok(());
        }
        Err(PlaceOrderError::ServiceNotAssignable)
    }

    async fn create(
        &self,
        context: &CommandContext<'_>,
        new: &NewSubscription,
    ) -> Result<CommandOutcome, PlaceOrderError> {
        let id = SubscriptionId::new(self.clock.now(), &new.iccid);
        for _ in 0..ATTEMPTS {
            let new_number = self.generate_number();
            let (tenant, number) = (context.tenant.clone(), new_number.number);
            let subscription = new.clone().into_subscription(id, tenant, number);
            let order = order(context, &subscription, new_number, Operation::Create);
            if self.try_place(context, &order, &subscription).await? {
                return Ok(CommandOutcome::Accepted(number));
            }
        }
        Err(PlaceOrderError::Contended)
    }

    /// Places an order on an existing subscription, as `plan` decides from its current state.
    async fn change(
        &self,
        context: &CommandContext<'_>,
        reference: &SubscriptionRef,
        plan: impl Fn(&Subscription) -> Result<Plan, PlaceOrderError>,
    ) -> Result<CommandOutcome, PlaceOrderError> {
        for _ in 0..ATTEMPTS {
            let found = self.subscriptions.find(context.tenant, reference).await?;
            let subscription = found.ok_or(PlaceOrderError::SubscriptionNotFound)?;
            // First: while an order is outstanding, the current values are not final.
            if let Some(order) = subscription.outstanding_order {
                return Err(PlaceOrderError::OrderOutstanding(order));
            }
            let Plan::Order(operation) = plan(&subscription)? else {
                return Ok(CommandOutcome::Unchanged);
            };
            let order = order(context, &subscription, self.generate_number(), operation);
            if self.try_place(context, &order, &subscription).await? {
                return Ok(CommandOutcome::Accepted(order.id));
            }
        }
        Err(PlaceOrderError::Contended)
    }

    /// One attempt at the transaction. False: read the subscription again, or take another number.
    async fn try_place(
        &self,
        context: &CommandContext<'_>,
        order: &ProvisioningOrder,
        subscription: &Subscription,
    ) -> Result<bool, PlaceOrderError> {
        let now = order.order_date;
        let guard = context.idempotency.map(|key| key.guard(&order.id)).transpose()?;
        let (parent, watchdog, guard) = (context.parent, self.watchdog, guard.as_ref());
        let placing = Placing { order, subscription, parent, watchdog, guard, now };
        match self.placing.place(&placing).await? {
            Placed::Done => {
                let (order_id, operation) = (order.id.get(), order.operation.as_str());
                tracing::info!(order_id, operation, "order placed");
                Ok(true)
            }
            Placed::Outstanding(order) => Err(PlaceOrderError::OrderOutstanding(order)),
            Placed::SimInUse => Err(PlaceOrderError::SimInUse),
            Placed::MsisdnInUse => Err(PlaceOrderError::MsisdnInUse),
            Placed::Changed | Placed::NumberTaken => Ok(false),
        }
    }

    fn generate_number(&self) -> NewNumber {
        // Stored in milliseconds: the response shows the time that will be read later.
        let now = self.clock.now();
        let at = now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000));
        NewNumber { number: OrderNumber::generate(at, self.random.generate()), at }
    }
}

/// The order date is the time in the number, by which lists find it.
fn order(
    context: &CommandContext<'_>,
    on: &Subscription,
    NewNumber { number, at }: NewNumber,
    operation: Operation,
) -> ProvisioningOrder {
    let correlation = context.correlation_id.to_owned();
    ProvisioningOrder {
        batch: context.batch.cloned(),
        ..ProvisioningOrder::placed(number, on, operation, at, correlation)
    }
}

fn plan(subscription: &Subscription, change: &ChangeRequest) -> Result<Plan, PlaceOrderError> {
    let difference = subscription.difference(change.clone())?;
    let adds_tag = matches!(change, ChangeRequest::AddTag(_));
    if adds_tag && difference.tags.as_ref().is_some_and(|tags| tags.len() > MAX_TAGS) {
        return Err(PlaceOrderError::TooManyTags);
    }
    Ok(if difference.is_empty() {
        Plan::Nothing
    } else {
        Plan::Order(Operation::Change(Box::new(difference)))
    })
}
