use domain::{
    clock::rfc3339,
    order::{OrderKind, Status},
    text::printable,
};
use serde::de::DeserializeOwned;
use store::{Awaits, OpenOrder};
use time::OffsetDateTime;

/// What must happen before an order goes on, in words.
pub fn waits_for(order: &OpenOrder, now: OffsetDateTime) -> String {
    match order.awaits(now) {
        Awaits::Worker { until } => format!("the worker that has it, until {}", rfc3339(until)),
        Awaits::Stock(kind) => format!("profiles of type {} in the pool", printable(&kind)),
        Awaits::Intervention => {
            "the operator: `order resolve` or `dead-letters redrive`".to_owned()
        }
        Awaits::Time { at } => format!("{}: its worker is called then", rfc3339(at)),
        Awaits::Attempt { at, or } => {
            let (at, or) = (rfc3339(at), rfc3339(or));
            format!("its next attempt at {at}; if that message is lost, the sweeper's at {or}")
        }
        Awaits::Publication => "the publication of its last change".to_owned(),
        Awaits::Nothing if has_ended(order.kind, &order.status) => {
            "nothing: it has ended".to_owned()
        }
        Awaits::Nothing => "another party: its Buyer or its Seller must act".to_owned(),
    }
}

/// Whether a status of this kind is final.
pub fn has_ended(kind: OrderKind, status: &str) -> bool {
    fn read<S: DeserializeOwned + Status>(status: &str) -> bool {
        serde_json::from_value(status.into()).is_ok_and(S::is_final)
    }
    match kind {
        OrderKind::Ecc => read::<domain::provisioning::OrderStatus>(status),
        OrderKind::Carrier => read::<domain::carrier::OrderStatus>(status),
        OrderKind::Esim => read::<domain::esim::EsimOrderStatus>(status),
        OrderKind::Service => read::<domain::service_order::OrderState>(status),
    }
}
