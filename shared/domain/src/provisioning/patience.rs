//! How long an order waits for a network that is away.

use time::{Duration, OffsetDateTime};

use super::ProvisioningOrder;

/// How long an order is tried again while the network is away, counted from its placement.
const PATIENCE: Duration = Duration::DAY;
/// The waits between two attempts: a quarter of the time the order has waited, within these.
const SHORTEST_WAIT: Duration = Duration::minutes(2);
const LONGEST_WAIT: Duration = Duration::minutes(30);

impl ProvisioningOrder {
    /// When an order whose network is away is tried again, if its message has used up its
    /// attempts, or has waited for long: one attempt is enough then. None: its message is tried
    /// again, or the order has waited for a day and needs intervention.
    pub fn next_attempt(
        &self,
        is_last_receive: bool,
        now: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let waited = now - self.order_date;
        let waits = (is_last_receive || waited > LONGEST_WAIT) && waited <= PATIENCE;
        let wait: Duration = waited / 4;
        waits.then(|| now + wait.clamp(SHORTEST_WAIT, LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        provisioning::{Operation, OrderNumber},
        subscription::{NewSubscription, OdbProfile, SubscriptionId},
    };

    const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

    #[test]
    fn the_waits_grow_to_half_an_hour_and_end_after_a_day() {
        let number = OrderNumber::generate(NOW, 0);
        let subscription = NewSubscription {
            iccid: "89461177710001700003".parse().unwrap(),
            msisdn: None,
            imsi: None,
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(SubscriptionId(uuid::Uuid::nil()), "t".parse().unwrap(), number);
        let order =
            ProvisioningOrder::placed(number, &subscription, Operation::Create, NOW, String::new());
        let wait = |last: bool, waited: Duration| {
            order.next_attempt(last, NOW + waited).map(|at| (at - NOW - waited).whole_minutes())
        };
        assert_eq!(wait(false, Duration::minutes(7)), None, "its message has attempts left");
        assert_eq!(wait(true, Duration::minutes(7)), Some(2));
        assert_eq!(wait(true, Duration::minutes(20)), Some(5));
        assert_eq!(wait(false, Duration::hours(1)), Some(15));
        assert_eq!(wait(false, Duration::hours(23)), Some(30));
        assert_eq!(wait(true, Duration::hours(25)), None);
    }
}
