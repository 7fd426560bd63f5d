use time::{Duration, OffsetDateTime};

/// What is due on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextAction {
    /// Its worker has something to do.
    Work {
        /// Not before; none is at once.
        after: Option<OffsetDateTime>,
        /// If nothing has happened by then, the worker is called again: the order is late.
        by: OffsetDateTime,
    },
    /// Nothing before `until`; its worker is called then. The order waits, and is not late.
    Wait {
        /// When.
        until: OffsetDateTime,
    },
    /// Another party must act; nothing is due here.
    AwaitOthers,
    /// Nothing is due any more.
    Finished,
}

impl NextAction {
    /// When the watchdog calls the worker, if it ever does.
    pub const fn due(self) -> Option<OffsetDateTime> {
        match self {
            Self::Work { by, .. } => Some(by),
            Self::Wait { until } => Some(until),
            Self::AwaitOthers | Self::Finished => None,
        }
    }

    /// Before when the worker has nothing to do, if that is not at once. The same as
    /// [`due`](Self::due): the order waits.
    pub const fn not_before(self) -> Option<OffsetDateTime> {
        match self {
            Self::Work { after, .. } => after,
            Self::Wait { until } => Some(until),
            Self::AwaitOthers | Self::Finished => None,
        }
    }
}

/// The times that a next action is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The present time.
    pub now: OffsetDateTime,
    /// How long work may take before the worker is called again.
    pub watchdog: Duration,
}

impl Timing {
    /// The end of the watchdog's time, from now.
    pub fn deadline(self) -> OffsetDateTime {
        self.now + self.watchdog
    }

    /// Work at once.
    pub fn work(self) -> NextAction {
        NextAction::Work { after: None, by: self.deadline() }
    }

    /// Work after a delay.
    pub fn work_after(self, delay: Duration) -> NextAction {
        let after = self.now + delay;
        NextAction::Work { after: Some(after), by: after + self.watchdog }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn work_is_late_once_the_watchdogs_time_is_over_counted_from_its_delay() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let timing = Timing { now, watchdog: Duration::minutes(5) };
        assert_eq!(timing.work().due(), Some(now + Duration::minutes(5)));
        let delayed = timing.work_after(Duration::minutes(1));
        assert_eq!(delayed.due(), Some(now + Duration::minutes(6)));
        assert_eq!(
            (timing.work().not_before(), delayed.not_before()),
            (None, Some(now + Duration::minutes(1)))
        );
        let waits = NextAction::Wait { until: now };
        assert_eq!((waits.due(), waits.not_before()), (Some(now), Some(now)));
        assert_eq!(NextAction::AwaitOthers.due(), None);
        assert_eq!(NextAction::Finished.due(), None);
    }
}
