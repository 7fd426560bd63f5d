use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::{EndpointId, LONGEST_QUEUE_DELAY, MessageId, Outcome, delay_before, told_to_wait};

/// One attempt of one delivery. It travels in the queue's message, and the result is stored only
/// while the delivery still waits for this very attempt: a repeated message and a late worker
/// change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    /// 1, and one more with every replay.
    pub round: u32,
    /// Within its round, from 1.
    pub number: u8,
}

/// Why a delivery ended without having been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abandoned {
    /// The receiver answered 410.
    Gone,
    /// Its endpoint is disabled.
    EndpointDisabled,
    /// Its endpoint was deleted.
    EndpointDeleted,
}

impl Abandoned {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Gone, Self::EndpointDisabled, Self::EndpointDeleted];

    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::EndpointDeleted => "endpoint_deleted",
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The next attempt is due at this time.
    Waiting {
        /// When.
        next_at: OffsetDateTime,
    },
    /// The receiver has it.
    Delivered {
        /// Since when.
        at: OffsetDateTime,
    },
    /// Every attempt of the schedule failed.
    Exhausted {
        /// When the last one did.
        at: OffsetDateTime,
    },
    /// It will not be tried any more, though the schedule is not over.
    Abandoned {
        /// Since when.
        at: OffsetDateTime,
        /// Why.
        why: Abandoned,
    },
}

/// Where the next attempt waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// In the queue, with a delay of so many seconds, 0 to 900.
    Queue {
        /// `DelaySeconds`.
        seconds: u16,
    },
    /// In the table, until the sweeper finds it due.
    Table {
        /// When.
        next_at: OffsetDateTime,
    },
}

/// One message for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: MessageId,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The attempt that is due next, under way, or that was the last.
    pub attempt: Attempt,
    /// Where it stands.
    pub state: DeliveryState,
}

/// An attempt that was made, for the owner of the endpoint to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedAttempt {
    /// Which.
    pub attempt: Attempt,
    /// When it ended.
    pub at: OffsetDateTime,
    /// How it ended.
    pub result: AttemptResult,
    /// How long it took.
    pub took: Duration,
}

/// How an attempt ended, in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult {
    /// With a response of this status.
    Answered(u16),
    /// Without one; the word of a [`Failure`](super::Failure).
    Failed(&'static str),
}

/// What orders the messages about one order to one endpoint: at most one of them is in flight,
/// and a message waits until the one before it was attempted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderingKey {
    /// Kind and id of the order.
    pub order: String,
    /// The sequence number of the message within the order, from 1.
    pub sequence: u64,
}

/// The delivery does not wait for this attempt (any more): what it brought is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the delivery waits for another attempt, or has ended")]
pub struct StaleAttempt;

impl Delivery {
    /// A new delivery, due at once.
    pub const fn planned(message: MessageId, endpoint: EndpointId, now: OffsetDateTime) -> Self {
        let attempt = Attempt { round: 1, number: 1 };
        Self { message, endpoint, attempt, state: DeliveryState::Waiting { next_at: now } }
    }

    /// The attempt to make now, if one is due.
    pub fn due(&self, now: OffsetDateTime) -> Option<Attempt> {
        match self.state {
            DeliveryState::Waiting { next_at } if next_at <= now => Some(self.attempt),
            _ => None,
        }
    }

    /// The delivery after an attempt that ended `now`. `random` spreads the next one.
    ///
    /// # Errors
    /// It does not wait for this attempt.
    pub fn finished(
        &self,
        attempt: Attempt,
        outcome: &Outcome,
        now: OffsetDateTime,
        random: u64,
    ) -> Result<Self, StaleAttempt> {
        if attempt != self.attempt || !matches!(self.state, DeliveryState::Waiting { .. }) {
            return Err(StaleAttempt);
        }
        let ended = |state| Ok(Self { state, ..self.clone() });
        let retry_after = match *outcome {
            Outcome::Delivered => return ended(DeliveryState::Delivered { at: now }),
            Outcome::Gone => {
                return ended(DeliveryState::Abandoned { at: now, why: Abandoned::Gone });
            }
            Outcome::Failed { retry_after, .. } => retry_after,
        };
        let number = attempt.number.saturating_add(1);
        let Some(scheduled) = delay_before(number, random) else {
            return ended(DeliveryState::Exhausted { at: now });
        };
        let delay = retry_after.map_or(scheduled, |asked| told_to_wait(scheduled, asked, random));
        let state = DeliveryState::Waiting { next_at: now + delay };
        Ok(Self { attempt: Attempt { number, ..attempt }, state, ..self.clone() })
    }

    /// The delivery after its endpoint was disabled or deleted; none when it had ended before.
    pub fn abandoned(&self, why: Abandoned, now: OffsetDateTime) -> Option<Self> {
        matches!(self.state, DeliveryState::Waiting { .. })
            .then(|| Self { state: DeliveryState::Abandoned { at: now, why }, ..self.clone() })
    }

    /// The whole schedule once more, from now, wherever it stands. Same message, same id; an
    /// attempt that is under way is of no use any more.
    #[must_use]
    pub fn replayed(&self, now: OffsetDateTime) -> Self {
        let attempt = Attempt { round: self.attempt.round.saturating_add(1), number: 1 };
        Self { attempt, state: DeliveryState::Waiting { next_at: now }, ..self.clone() }
    }

    /// Where to put the next attempt; none when there is none.
    pub fn waits(&self, now: OffsetDateTime) -> Option<Wait> {
        let DeliveryState::Waiting { next_at } = self.state else { return None };
        let delay = (next_at - now).max(Duration::ZERO);
        if delay > LONGEST_QUEUE_DELAY {
            return Some(Wait::Table { next_at });
        }
        // Rounded up: a message that arrives before its time would be put off again. At most
        // 900, which fits.
        let seconds = delay.whole_seconds() + i64::from(delay.subsec_nanoseconds() > 0);
        Some(Wait::Queue { seconds: u16::try_from(seconds).unwrap_or(900) })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{super::Failure, *};

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
    const FAILED: Outcome = Outcome::of_failure(Failure::Status(500));

    fn planned() -> Delivery {
        Delivery::planned("msg_1".parse().unwrap(), "we_1".parse().unwrap(), NOW)
    }

    fn waiting_until(next_at: OffsetDateTime) -> Delivery {
        Delivery { state: DeliveryState::Waiting { next_at }, ..planned() }
    }

    fn ended(outcome: Outcome) -> Delivery {
        planned().finished(planned().attempt, &outcome, NOW, 0).unwrap()
    }

    #[test]
    fn a_new_delivery_is_due_at_once_and_never_early() {
        assert_eq!(planned().due(NOW), Some(Attempt { round: 1, number: 1 }));
        assert_eq!(planned().due(NOW - Duration::MILLISECOND), None);
        assert_eq!(planned().waits(NOW), Some(Wait::Queue { seconds: 0 }));
    }

    #[test]
    fn the_tenth_failure_is_the_last() {
        let mut delivery = planned();
        for number in 1..=10 {
            assert_eq!(delivery.attempt, Attempt { round: 1, number });
            delivery = delivery.finished(delivery.attempt, &FAILED, NOW, 200).unwrap();
        }
        assert_eq!(delivery.state, DeliveryState::Exhausted { at: NOW });
        assert_eq!(delivery.finished(delivery.attempt, &FAILED, NOW, 0), Err(StaleAttempt));
    }

    #[test]
    fn the_result_of_another_attempt_changes_nothing() {
        let second = planned().finished(planned().attempt, &FAILED, NOW, 0).unwrap();
        let late = Attempt { round: 1, number: 1 };
        assert_eq!(second.finished(late, &Outcome::Delivered, NOW, 0), Err(StaleAttempt));
        let replayed = planned().replayed(NOW);
        assert_eq!(replayed.finished(late, &Outcome::Delivered, NOW, 0), Err(StaleAttempt));
        let delivered = ended(Outcome::Delivered);
        assert_eq!(delivered.finished(late, &FAILED, NOW, 0), Err(StaleAttempt));
    }

    #[test]
    fn a_410_ends_the_delivery() {
        let gone = DeliveryState::Abandoned { at: NOW, why: Abandoned::Gone };
        assert_eq!(ended(Outcome::Gone).state, gone);
        assert_eq!(ended(Outcome::Gone).due(NOW), None);
    }

    #[test]
    fn what_has_ended_is_not_abandoned() {
        assert_eq!(ended(Outcome::Delivered).abandoned(Abandoned::EndpointDeleted, NOW), None);
        let abandoned = planned().abandoned(Abandoned::EndpointDisabled, NOW).unwrap();
        assert_eq!(abandoned.due(NOW), None);
        assert_eq!(abandoned.waits(NOW), None);
    }

    #[test]
    fn a_replay_begins_the_schedule_anew_under_the_same_id() {
        for outcome in [Outcome::Delivered, Outcome::Gone, FAILED] {
            let replayed = ended(outcome).replayed(NOW);
            assert_eq!(replayed.due(NOW), Some(Attempt { round: 2, number: 1 }));
            assert_eq!(replayed.message, planned().message);
        }
    }

    #[test]
    fn up_to_15_minutes_wait_in_the_queue_and_more_in_the_table() {
        let minutes = |n| NOW + Duration::minutes(n);
        let tick = Duration::nanoseconds(1);
        for (next_at, expected) in [
            (NOW - Duration::HOUR, Wait::Queue { seconds: 0 }),
            (NOW + tick, Wait::Queue { seconds: 1 }),
            (NOW + Duration::milliseconds(4_001), Wait::Queue { seconds: 5 }),
            (minutes(15), Wait::Queue { seconds: 900 }),
            (minutes(15) + tick, Wait::Table { next_at: minutes(15) + tick }),
            (minutes(24), Wait::Table { next_at: minutes(24) }),
        ] {
            assert_eq!(waiting_until(next_at).waits(NOW), Some(expected), "{next_at}");
        }
    }

    #[test]
    fn retry_after_puts_the_next_attempt_off() {
        let busy = Outcome::of_status(503, Some(Duration::HOUR));
        let state = DeliveryState::Waiting { next_at: NOW + Duration::HOUR };
        assert_eq!(ended(busy).state, state);
    }
}
