//! How long an order waits for an outside that is away.

use time::{Duration, OffsetDateTime};

use super::Lifecycle;

/// How long an order is tried again while its outside is away, counted from its last status change:
/// an order may have waited for stock before.
const PATIENCE: Duration = Duration::DAY;
/// The waits between two attempts: a quarter of the time the order has waited, within these.
const SHORTEST_WAIT: Duration = Duration::minutes(2);
const LONGEST_WAIT: Duration = Duration::minutes(30);

/// When an order whose outside is away is tried again, if its message has used up its attempts, or
/// has waited for long: one attempt is enough then. None: its message is tried again, or the order
/// has waited for a day and needs intervention.
pub fn next_attempt<L: Lifecycle>(
    order: &L,
    is_last_receive: bool,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let placed = || order.placement().map(|placement| placement.at);
    let since = order.history().last().map(|change| change.at).or_else(placed)?;
    let waited = now - since;
    let waits = (is_last_receive || waited > LONGEST_WAIT) && waited <= PATIENCE;
    let wait: Duration = waited / 4;
    waits.then(|| now + wait.clamp(SHORTEST_WAIT, LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        provisioning::{Operation, OrderNumber, ProvisioningOrder},
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
            next_attempt(&order, last, NOW + waited).map(|at| (at - NOW - waited).whole_minutes())
        };
        assert_eq!(wait(false, Duration::minutes(7)), None, "its message has attempts left");
        assert_eq!(wait(true, Duration::minutes(7)), Some(2));
        assert_eq!(wait(true, Duration::minutes(20)), Some(5));
        assert_eq!(wait(false, Duration::hours(1)), Some(15));
        assert_eq!(wait(false, Duration::hours(23)), Some(30));
        assert_eq!(wait(true, Duration::hours(25)), None);
    }
}
