//! Which provisioning orders a list shows.

use super::{Operation, OrderStatus, ProvisioningOrder};
use crate::numbering::{Iccid, Msisdn};

/// The filters of a list: all that are given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// In this status.
    pub status: Option<OrderStatus>,
    /// About this number: what the subscription had when the order was placed, or gets by it.
    pub msisdn: Option<Msisdn>,
    /// About this SIM, in the same sense.
    pub iccid: Option<Iccid>,
    /// Placed by a request with this correlation id.
    pub correlation_id: Option<String>,
}

impl OrderFilter {
    /// Whether every order matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an order matches.
    pub fn matches(&self, order: &ProvisioningOrder) -> bool {
        let change = match &order.operation {
            Operation::Change(change) => Some(&**change),
            _ => None,
        };
        let new_number = change.and_then(|change| change.msisdn.as_ref());
        let new_sim = change.and_then(|change| change.iccid.as_ref());
        self.status.is_none_or(|status| order.status == status)
            && self.msisdn.as_ref().is_none_or(|number| {
                order.msisdn.as_ref() == Some(number) || new_number == Some(number)
            })
            && self.iccid.as_ref().is_none_or(|sim| order.iccid == *sim || new_sim == Some(sim))
            && self.correlation_id.as_ref().is_none_or(|id| order.correlation_id == *id)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        provisioning::OrderNumber,
        subscription::{Change, NewSubscription, OdbProfile, SubscriptionId},
    };

    const SIM: &str = "89461177710001700003";
    const NEW_SIM: &str = "89461177710001700011";

    fn order(operation: Operation) -> ProvisioningOrder {
        let at = datetime!(2026-11-21 12:00 UTC);
        let number = OrderNumber::generate(at, 0);
        let subscription = NewSubscription {
            iccid: SIM.parse().unwrap(),
            msisdn: Some("4612312312".parse().unwrap()),
            imsi: None,
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(SubscriptionId(uuid::Uuid::nil()), "t".parse().unwrap(), number);
        ProvisioningOrder::placed(number, &subscription, operation, at, "c-1".to_owned())
    }

    fn moved() -> ProvisioningOrder {
        order(Operation::Change(Box::new(Change {
            msisdn: Some("4699999999".parse().unwrap()),
            iccid: Some(NEW_SIM.parse().unwrap()),
            ..Change::default()
        })))
    }

    #[test]
    fn an_order_is_found_by_the_number_it_takes_and_by_the_one_it_gives_in_any_spelling() {
        let by = |text: &str| OrderFilter { msisdn: text.parse().ok(), ..OrderFilter::default() };
        for text in ["4612312312", "+4612312312", "4699999999", "+4699999999"] {
            assert!(by(text).matches(&moved()), "{text}");
        }
        assert!(!by("4699999999").matches(&order(Operation::Delete)));
        let by = |text: &str| OrderFilter { iccid: text.parse().ok(), ..OrderFilter::default() };
        for sim in [SIM, NEW_SIM] {
            for text in [sim.to_owned(), format!("{sim}F"), format!("{sim}ff")] {
                assert!(by(&text).matches(&moved()), "{text}");
            }
        }
        assert!(!by(NEW_SIM).matches(&order(Operation::Create)));
    }

    #[test]
    fn all_filters_must_match() {
        let order = order(Operation::Create);
        assert!(OrderFilter::default().matches(&order) && OrderFilter::default().is_empty());
        let both = OrderFilter {
            status: Some(OrderStatus::Provisioning),
            correlation_id: Some("c-1".to_owned()),
            ..OrderFilter::default()
        };
        assert!(both.matches(&order) && !both.is_empty());
        let other = OrderFilter { correlation_id: Some("c-2".to_owned()), ..both.clone() };
        let ended = OrderFilter { status: Some(OrderStatus::Completed), ..both };
        assert!(!other.matches(&order) && !ended.matches(&order));
    }
}
