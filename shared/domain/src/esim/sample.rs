//! What the tests of this module order.

use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    ActivationDate, Customer, CustomerDetails, CustomerId, Device, DeviceType, Esim, EsimOperation,
    EsimOrderDetails, EsimPlan, Money, PlanId, PlanRequest,
};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

pub(super) fn topup() -> EsimOperation {
    EsimOperation::Topup { iccid: "123456789".parse().unwrap() }
}

pub(super) fn money(price: &str, currency: &str) -> Money {
    Money { price: price.parse().unwrap(), currency: currency.parse().unwrap() }
}

pub(super) fn details(operation: EsimOperation, products: &[&str]) -> EsimOrderDetails {
    let plan = |product: &&str| PlanRequest {
        product: product.parse().unwrap(),
        activation: ActivationDate::immediate(NOW),
        money: None,
    };
    EsimOrderDetails {
        operation,
        country: "PT".parse().unwrap(),
        customer: person(),
        device: Device {
            kind: DeviceType::Ios,
            id: Some("123456789".to_owned()),
            model: Some("iPhone".to_owned()),
            make: None,
            eid: Some("89049032123451234512345678901235".parse().unwrap()),
        },
        plans: products.iter().map(plan).collect(),
    }
}

fn person() -> CustomerDetails {
    CustomerDetails {
        email: "john@doe.com".parse().unwrap(),
        first_name: None,
        last_name: None,
        language: None,
        country_of_residence: Some("US".parse().unwrap()),
    }
}

pub(super) fn customer(n: u128) -> Customer {
    Customer { id: CustomerId(Uuid::from_u128(n)), tenant: "t".parse().unwrap(), details: person() }
}

pub(super) fn esim(owner: CustomerId, plans: u128) -> Esim {
    let plan = |n| EsimPlan {
        id: PlanId(Uuid::from_u128(n)),
        product: "A".parse().unwrap(),
        activation: ActivationDate::immediate(NOW),
        ended: None,
    };
    Esim {
        iccid: "123456789".parse().unwrap(),
        tenant: "t".parse().unwrap(),
        customer: owner,
        plans: (0..plans).map(plan).collect(),
        outstanding_order: None,
        installation: None,
        revision: 1,
    }
}
