//! What workers do to orders, without the workers.

use domain::{
    order::Lifecycle,
    provisioning::{Decision, Event, OrderNumber, OrderStatus},
};
use store::{Authority, Committed, DynamoWork, Leased, Table};
use time::{Duration, OffsetDateTime};

/// The event that ends an order in this status.
///
/// # Panics
/// No event leads to it.
pub fn ending(status: OrderStatus) -> Event {
    match status {
        OrderStatus::Completed => Event::Done,
        OrderStatus::Canceled => Event::Refused,
        OrderStatus::Provisioning => panic!("no end"),
    }
}

/// Ends a provisioning order as its worker does.
///
/// # Panics
/// It cannot be leased, or not ended.
pub async fn end_order(
    table: &Table,
    id: OrderNumber,
    status: OrderStatus,
    reason: Option<&str>,
    now: OffsetDateTime,
) {
    let work = DynamoWork::new(table.clone(), Duration::minutes(5));
    let leased = work.lease(id, "w".to_owned(), Duration::MINUTE, now).await.unwrap();
    let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
    let (event, reason) = (ending(status), reason.map(str::to_owned));
    let decision = Decision { event, reason, by: "network".to_owned() };
    let applied = order.apply(decision, now).unwrap();
    let committed = work.commit(&applied, Authority::Worker(&lease), &()).await.unwrap();
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
}
