//! What APIs and workers do to orders, without the functions.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use domain::{
    clock::RandomSource,
    esim::{
        ActivationDate, CustomerDetails, CustomerId, Device, DeviceType, EsimOperation, EsimOrder,
        EsimOrderDetails, EsimOrderId, EsimOrderStatus, Fulfilment, PlanId, PlanRequest, SentInput,
    },
    order::Lifecycle,
    provisioning::{Decision, Event, Operation, OrderNumber, OrderStatus, ProvisioningOrder},
    subscription::{NewSubscription, OdbProfile, SubscriptionId},
};
use store::{Authority, Committed, DynamoPlacing, DynamoWork, Leased, Placed, Placing, Table};
use time::{Duration, OffsetDateTime};

use crate::numbers;

/// What a new eSIM is ordered with: one plan, at once.
pub fn esim_details(now: OffsetDateTime) -> EsimOrderDetails {
    EsimOrderDetails {
        operation: EsimOperation::NewEsim,
        country: "PT".parse().unwrap(),
        customer: CustomerDetails {
            email: "john@doe.com".parse().unwrap(),
            first_name: None,
            last_name: None,
            language: None,
            country_of_residence: None,
        },
        device: Device { kind: DeviceType::Ios, id: None, model: None, make: None, eid: None },
        plans: vec![PlanRequest {
            product: "P".parse().unwrap(),
            activation: ActivationDate::immediate(now),
            money: None,
        }],
    }
}

/// An eSIM order of tenant `t` as it is accepted, of profile type `consumer`.
pub fn esim_order(
    details: EsimOrderDetails,
    random: &impl RandomSource,
    now: OffsetDateTime,
) -> EsimOrder {
    EsimOrder {
        id: EsimOrderId::generate(now, random),
        tenant: "t".parse().unwrap(),
        customer: CustomerId::generate(now, random),
        details,
        profile_type: Some("consumer".parse().unwrap()),
        plan_ids: vec![PlanId::generate(now, random)],
        input: SentInput("{}".to_owned()),
        status: EsimOrderStatus::Accepted,
        fulfilment: Fulfilment::START,
        failure: None,
        installation: None,
        order_date: now,
        history: Vec::new(),
        needs_intervention: None,
        correlation_id: "c".to_owned(),
        attempts: 0,
        revision: 1,
    }
}

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

/// Places the order that creates the subscription with SIM and number `n` for tenant `t`, as the
/// API does. It is overdue after five minutes.
///
/// # Panics
/// It cannot be placed.
pub async fn place_order(
    table: &Table,
    n: u64,
    random: &dyn RandomSource,
    now: OffsetDateTime,
) -> OrderNumber {
    let number = OrderNumber::generate(now, random.generate());
    let new = NewSubscription {
        iccid: numbers::iccid(n),
        msisdn: Some(numbers::msisdn(n)),
        imsi: None,
        odb_profile: OdbProfile::default(),
    };
    let id = SubscriptionId::new(now, &numbers::iccid(n));
    let subscription = new.into_subscription(id, "t".parse().unwrap(), number);
    let correlation_id = format!("correlation-{n}");
    let order =
        ProvisioningOrder::placed(number, &subscription, Operation::Create, now, correlation_id);
    let watchdog = Duration::minutes(5);
    let placing = Placing {
        order: &order,
        subscription: &subscription,
        parent: None,
        watchdog,
        guard: None,
        now,
    };
    let placed = DynamoPlacing::new(table.clone()).place(&placing).await.unwrap();
    assert_eq!(placed, Placed::Done);
    number
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
    let leased = work.lease(id, "w".to_owned(), Duration::MINUTE, now).await.expect("a table");
    let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
    let (event, reason) = (ending(status), reason.map(str::to_owned));
    let decision = Decision { event, reason, by: "network".to_owned() };
    let applied = order.apply(decision, now).expect("an open order");
    let committed = work.commit(&applied, Authority::Worker(&lease), &()).await.expect("a table");
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
}
