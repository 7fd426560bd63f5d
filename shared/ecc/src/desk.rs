//! Placing the order that a change needs: the one way every change goes.

use std::sync::Arc;

use api::Problem;
use domain::{
    clock::{Clock, RandomSource},
    idempotency::{Once, Remembered},
    identity::Tenant,
    provisioning::{BatchOrigin, Operation, OrderNumber, ProvisioningOrder},
    subscription::{
        ChangeRequest, MAX_TAGS, NewSubscription, ServiceError, ServiceId, Subscription,
        SubscriptionId, SubscriptionRef,
    },
};
use store::{DynamoPlacing, DynamoSubscriptions, Placed, Placing};
use time::Duration;
use uuid::Uuid;

use crate::{Command, OrderPlaced};

/// How often a change is worked out anew because the subscription was no more as read, or another
/// order number is generated.
const ATTEMPTS: usize = 4;

/// Who asks, and by which request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Whose subscriptions they are.
    pub tenant: &'a Tenant,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The caller's key, if it brought one.
    pub once: Option<&'a Once>,
    /// The request of a batch that this is.
    pub batch: Option<&'a BatchOrigin>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// An order was placed, now or when the key was used first: the answer.
    Accepted {
        /// Status, `Location` and body.
        answer: Remembered,
        /// Whether it is the answer to an earlier request under the same key.
        replayed: bool,
    },
    /// Everything is so already.
    Nothing,
}

impl Carried {
    /// The order.
    pub fn order(&self) -> Option<OrderNumber> {
        let Self::Accepted { answer, .. } = self else { return None };
        answer.location.as_ref()?.rsplit_once('/')?.1.parse().ok()
    }
}

/// What a change comes to, once the subscription has been read.
enum Wanted {
    Order(Operation),
    Nothing,
}

/// Places orders on subscriptions.
pub struct OrderDesk {
    /// The subscriptions.
    pub subscriptions: DynamoSubscriptions,
    /// Where orders are placed.
    pub placing: DynamoPlacing,
    /// The services that clients may assign.
    pub services: Vec<ServiceId>,
    /// How long an order may be left alone.
    pub watchdog: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn RandomSource>,
}

impl OrderDesk {
    /// Places the order that a command needs.
    ///
    /// # Errors
    /// What is wrong with it, as the API says it.
    pub async fn carry(&self, asked: Asked<'_>, command: Command) -> Result<Carried, Problem> {
        match command {
            Command::Create(new) => self.create(asked, &new).await,
            Command::Delete(reference) => {
                self.place(asked, &reference, |_| Ok(Wanted::Order(Operation::Delete))).await
            }
            Command::Change(reference, change) => {
                self.assignable(&change)?;
                self.place(asked, &reference, |subscription| wanted(subscription, &change)).await
            }
        }
    }

    fn assignable(&self, change: &ChangeRequest) -> Result<(), Problem> {
        let ChangeRequest::AddServices(services) = change else { return Ok(()) };
        if services.iter().all(|service| self.services.contains(&service.id)) {
            return Ok(());
        }
        let info = "the client may not assign such a service";
        Err(Problem::bad_request("UNKNOWN_SERVICE", info))
    }

    async fn create(&self, asked: Asked<'_>, new: &NewSubscription) -> Result<Carried, Problem> {
        // Both are kept for every attempt: an attempt whose answer was lost is not made twice.
        let id = SubscriptionId(Uuid::now_v7());
        for _ in 0..ATTEMPTS {
            let number = self.generate();
            let subscription = new.clone().into_subscription(id, asked.tenant.clone(), number);
            let order = self.order(asked, &subscription, number, Operation::Create);
            if let Some(carried) = self.attempt(asked, &order, &subscription).await? {
                return Ok(carried);
            }
        }
        Err(Problem::Unavailable { retry_after_seconds: 1, cause: None })
    }

    /// Places an order on an existing subscription, as `wanted` says when it has seen it.
    async fn place(
        &self,
        asked: Asked<'_>,
        reference: &SubscriptionRef,
        wanted: impl Fn(&Subscription) -> Result<Wanted, Problem>,
    ) -> Result<Carried, Problem> {
        match self.try_to_place(asked, reference, wanted).await {
            Ok(done @ Carried::Accepted { .. }) => Ok(done),
            // Sent again after the first was carried out, a request finds nothing left to do, or
            // no subscription any more. Only then is it worth a read to see whether it was.
            other => match self.earlier(asked).await? {
                Some(earlier) => earlier,
                None => other,
            },
        }
    }

    async fn try_to_place(
        &self,
        asked: Asked<'_>,
        reference: &SubscriptionRef,
        wanted: impl Fn(&Subscription) -> Result<Wanted, Problem>,
    ) -> Result<Carried, Problem> {
        for _ in 0..ATTEMPTS {
            let found =
                self.subscriptions.find(asked.tenant, reference).await.map_err(Problem::failed)?;
            let subscription = found.ok_or(Problem::NotFound)?;
            // First: while an order is outstanding, nobody knows what is so already.
            if let Some(order) = subscription.outstanding_order {
                return Err(outstanding(order));
            }
            let Wanted::Order(operation) = wanted(&subscription)? else {
                return Ok(Carried::Nothing);
            };
            let order = self.order(asked, &subscription, self.generate(), operation);
            if let Some(carried) = self.attempt(asked, &order, &subscription).await? {
                return Ok(carried);
            }
        }
        Err(Problem::Unavailable { retry_after_seconds: 1, cause: None })
    }

    /// One attempt at the transaction. None: to be worked out anew.
    async fn attempt(
        &self,
        asked: Asked<'_>,
        order: &ProvisioningOrder,
        subscription: &Subscription,
    ) -> Result<Option<Carried>, Problem> {
        let now = order.order_date;
        let answer = remembered(order.id, asked.once)?;
        let placing = Placing {
            order,
            subscription,
            watchdog: self.watchdog,
            once: asked.once.map(|once| (once, &answer)),
            now,
        };
        match self.placing.place(&placing).await.map_err(Problem::failed)? {
            Placed::Done => {
                let (order_id, operation) = (order.id.get(), order.operation.as_str());
                tracing::info!(order_id, operation, "order placed");
                Ok(Some(Carried::Accepted { answer, replayed: false }))
            }
            Placed::Repeated(earlier) => match asked.once {
                Some(once) => repeat(once, earlier).map(Some),
                None => Err(Problem::internal("repeated without a key")),
            },
            Placed::Outstanding(order) => Err(outstanding(order)),
            Placed::SimInUse => {
                Err(Problem::conflict("SIM_IN_USE", "the SIM is in use or no longer valid"))
            }
            Placed::MsisdnInUse => Err(Problem::conflict("MSISDN_IN_USE", "the number is in use")),
            Placed::Changed | Placed::NumberTaken => Ok(None),
        }
    }

    /// The answer to an earlier request under the same key, if there was one.
    async fn earlier(&self, asked: Asked<'_>) -> Result<Option<Result<Carried, Problem>>, Problem> {
        let Some(once) = asked.once else { return Ok(None) };
        let now = self.clock.now();
        let found = self.placing.remembered(asked.tenant, once, now).await;
        Ok(found.map_err(Problem::failed)?.map(|earlier| repeat(once, earlier)))
    }

    fn generate(&self) -> OrderNumber {
        OrderNumber::generate(self.clock.now(), self.random.generate())
    }

    fn order(
        &self,
        asked: Asked<'_>,
        on: &Subscription,
        number: OrderNumber,
        operation: Operation,
    ) -> ProvisioningOrder {
        // Stored in milliseconds: what is answered now is what will be read later.
        let now = self.clock.now();
        let now = now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000));
        let correlation = asked.correlation_id.to_owned();
        ProvisioningOrder {
            batch: asked.batch.cloned(),
            ..ProvisioningOrder::placed(number, on, operation, now, correlation)
        }
    }
}

fn wanted(subscription: &Subscription, change: &ChangeRequest) -> Result<Wanted, Problem> {
    let difference = subscription.difference(change.clone()).map_err(service_problem)?;
    let adds_tag = matches!(change, ChangeRequest::AddTag(_));
    if adds_tag && difference.tags.as_ref().is_some_and(|tags| tags.len() > MAX_TAGS) {
        return Err(Problem::invalid("path/tag", format!("at most {MAX_TAGS} tags")));
    }
    Ok(if difference.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Order(Operation::Change(Box::new(difference)))
    })
}

fn service_problem(error: ServiceError) -> Problem {
    match error {
        ServiceError::NotAssigned(_) => {
            Problem::bad_request("UNKNOWN_SERVICE", "the subscription does not have this service")
        }
        ServiceError::TooMany => Problem::invalid("/services", error.to_string()),
    }
}

fn outstanding(order: OrderNumber) -> Problem {
    Problem::conflict("ORDER_OUTSTANDING", "the subscription has an outstanding order")
        .with("orderId", order.get())
}

/// The answer to a placed order, in the form in which a repeated request gets it again.
fn remembered(order: OrderNumber, once: Option<&Once>) -> Result<Remembered, Problem> {
    let body = serde_json::to_string(&OrderPlaced::new(order)).map_err(Problem::internal)?;
    Ok(Remembered {
        fingerprint: once.map(|once| once.fingerprint.clone()).unwrap_or_default(),
        status: 202,
        location: Some(format!("/ecc/v1/orders/{order}")),
        body,
    })
}

fn repeat(once: &Once, earlier: Remembered) -> Result<Carried, Problem> {
    if once.fingerprint == earlier.fingerprint {
        return Ok(Carried::Accepted { answer: earlier, replayed: true });
    }
    let info = "the key was used for another request";
    Err(Problem::unprocessable("IDEMPOTENCY_KEY_REUSED", info))
}
