use time::Duration;

/// The wait before each attempt, counted from the one before it. Together 75 h 35 min 5 s: long
/// enough for a weekend and the Monday morning after it.
pub const DELAYS: [Duration; 10] = [
    Duration::ZERO,
    Duration::seconds(5),
    Duration::minutes(5),
    Duration::minutes(30),
    Duration::hours(2),
    Duration::hours(5),
    Duration::hours(10),
    Duration::hours(14),
    Duration::hours(20),
    Duration::hours(24),
];

/// The longest wait, whatever a receiver asks for: one response must not silence it for a month.
pub const LONGEST_DELAY: Duration = Duration::hours(24);

/// The longest delay SQS knows. What waits longer waits in the table.
pub const LONGEST_QUEUE_DELAY: Duration = Duration::minutes(15);

/// The wait before attempt `number` (the first is 1), 80 to 120 % of its entry in [`DELAYS`] as
/// `random` decides; none when that was the last.
///
/// Without the spread, all that failed in one outage would come back in one second.
pub fn delay_before(number: u8, random: u64) -> Option<Duration> {
    let delay = *DELAYS.get(usize::from(number).checked_sub(1)?)?;
    Some(spread(delay, 800 + random % 401))
}

/// The wait that a receiver's `Retry-After` makes of the scheduled one: never shorter than
/// scheduled, never sooner than asked, up to 20 % later, at most [`LONGEST_DELAY`] unless the
/// schedule itself waits longer.
pub fn told_to_wait(scheduled: Duration, asked: Duration, random: u64) -> Duration {
    let asked = asked.clamp(Duration::ZERO, LONGEST_DELAY);
    scheduled.max(spread(asked, 1000 + random % 201).min(LONGEST_DELAY))
}

/// `thousandths` of a delay.
fn spread(delay: Duration, thousandths: u64) -> Duration {
    let millis = delay.whole_milliseconds().unsigned_abs() * u128::from(thousandths) / 1000;
    Duration::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_lasts_some_76_hours() {
        let whole: Duration = DELAYS.iter().sum();
        assert_eq!(whole, Duration::hours(75) + Duration::minutes(35) + Duration::seconds(5));
    }

    #[test]
    fn every_wait_is_within_a_fifth_of_its_place() {
        for (n, delay) in (1..).zip(DELAYS) {
            assert_eq!(delay_before(n, 0), Some(delay * 8 / 10));
            assert_eq!(delay_before(n, 400), Some(delay * 12 / 10));
            assert_eq!(delay_before(n, 200), Some(delay));
            for random in (0..5000).chain([u64::MAX]) {
                let drawn = delay_before(n, random).unwrap();
                assert!(drawn >= delay * 8 / 10 && drawn <= delay * 12 / 10, "{n} {random}");
            }
        }
        assert_eq!(delay_before(0, 0), None);
        assert_eq!(delay_before(11, 0), None);
    }

    #[test]
    fn retry_after_makes_a_wait_longer_and_never_shorter() {
        let scheduled = Duration::minutes(5);
        assert_eq!(told_to_wait(scheduled, Duration::SECOND, 0), scheduled);
        assert_eq!(told_to_wait(scheduled, Duration::seconds(-9), 0), scheduled);
        assert_eq!(told_to_wait(scheduled, Duration::HOUR, 0), Duration::HOUR);
        assert_eq!(told_to_wait(scheduled, Duration::HOUR, 200), Duration::minutes(72));
        for forever in [Duration::days(30), Duration::MAX] {
            assert_eq!(told_to_wait(scheduled, forever, 200), LONGEST_DELAY);
        }
        let last = Duration::hours(28);
        assert_eq!(told_to_wait(last, Duration::days(30), 0), last);
    }
}
