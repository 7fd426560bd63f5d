//! The service of carrier orders without HTTP: as a worker, a command of the operator or another
//! API uses it.

use std::sync::Arc;

use carrier::{
    CarrierError, CarrierOrders, Command, CommandContext, CommandOutcome, VisibleOrder,
    wire::{OrderRequest, read_order},
};
use domain::{
    carrier::{OrderId, OrderStatus, SellerOrderError},
    failure::Retryable,
    identity::{Identity, Role},
};
use serde_json::Value;
use time::Duration;

use crate::fixture::{Fixture, MANUAL, manual, newer};

fn caller(role: Role, party: &str) -> Identity {
    Identity {
        client: "operator".parse().unwrap(),
        tenant: "operator".parse().unwrap(),
        roles: [role].into(),
        parties: [party.to_owned()].into(),
    }
}

const fn context(caller: &Identity) -> CommandContext<'_> {
    CommandContext {
        caller,
        correlation_id: "correlation-1",
        expected: None,
        unexpected: &[],
        idempotency: None,
    }
}

fn request(order: &Value) -> OrderRequest {
    read_order(order.as_object().unwrap().clone()).unwrap()
}

struct Service {
    app: Fixture,
    orders: CarrierOrders,
    buyer: Identity,
}

impl Service {
    async fn new() -> Self {
        let app = Fixture::new().await;
        let (clock, random) = (Arc::new(app.clock.clone()), Arc::new(app.random.clone()));
        let orders = CarrierOrders::new(&app.db.table, Duration::minutes(5)).with(clock, random);
        Self { app, orders, buyer: caller(Role::Buyer, "Verizon") }
    }

    async fn placed(&self, order: &Value) -> OrderId {
        let outcome = self.orders.place(&context(&self.buyer), request(order)).await.unwrap();
        let CommandOutcome::Placed(placed) = outcome else { panic!("{outcome:?}") };
        placed.order.header.id
    }

    async fn execute(&self, by: &Identity, id: &OrderId, command: Command) -> VisibleOrder {
        let outcome = self.orders.execute(&context(by), id, &command).await.unwrap();
        let CommandOutcome::Changed(changed) = outcome else { panic!("{outcome:?}") };
        *changed
    }
}

#[tokio::test]
async fn an_order_is_placed_changed_and_cancelled_without_a_request() {
    let service = Service::new().await;
    let (buyer, order) = (&service.buyer, manual("PO-1"));
    let id = service.placed(&order).await;
    let held = service.execute(buyer, &id, Command::Hold).await;
    assert_eq!(held.order.progress.status, OrderStatus::Held);
    service.execute(buyer, &id, Command::Release).await;
    let replace = Command::Replace(Box::new(request(&newer(&order, "2"))));
    let replaced = service.execute(buyer, &id, replace).await;
    assert_eq!(replaced.order.header.version.as_str(), "2");
    let again = service.orders.place(&context(buyer), request(&newer(&order, "2"))).await.unwrap();
    assert!(matches!(again, CommandOutcome::Unchanged(_)), "{again:?}");
    let seller = caller(Role::Seller, MANUAL);
    let cancel = Command::Cancel { reason: Some("no duct".to_owned()) };
    let cancelled = service.execute(&seller, &id, cancel).await;
    assert_eq!(cancelled.order.progress.status, OrderStatus::Cancelled);
    let seen = service.app.call("cox", "GET", &format!("/orders/{id}")).await;
    assert_eq!(seen.body["orderStatus"], "CANCELLED");
}

#[tokio::test]
async fn what_is_refused_is_an_error_of_the_service() {
    let service = Service::new().await;
    let (buyer, order) = (&service.buyer, manual("PO-1"));
    let id = service.placed(&order).await;
    let stranger = caller(Role::Buyer, "Sprint");
    let refused = |by, expected, command| {
        let (service, id) = (&service, &id);
        async move {
            let context = CommandContext { expected, ..context(by) };
            service.orders.execute(&context, id, &command).await.unwrap_err()
        }
    };
    let error = refused(&stranger, None, Command::Hold).await;
    assert!(matches!(error, CarrierError::OrderNotFound), "{error}");
    let error = refused(buyer, Some(&[7][..]), Command::Hold).await;
    assert!(matches!(error, CarrierError::OtherVersion), "{error}");
    let error = refused(buyer, None, Command::Release).await;
    assert!(matches!(error, CarrierError::Refused(SellerOrderError::Transition(_))), "{error}");
    let seller = caller(Role::Seller, MANUAL);
    let error = refused(&seller, None, Command::Replace(Box::new(request(&order)))).await;
    assert!(matches!(error, CarrierError::NotAllowed) && !error.retryable(), "{error}");
    let mut other = order.clone();
    other["notes"] = "another".into();
    let error = service.orders.place(&context(buyer), request(&other)).await.unwrap_err();
    assert!(matches!(error, CarrierError::NumberTaken { order, .. } if order == id));
    assert_eq!(service.app.revision(id.as_str()).await, 1);
}
