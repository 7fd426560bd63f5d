use time::Duration;

/// Why an attempt did not count. The words go into the owner's delivery log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// A response, but not 2xx: its status. A redirect is one of these and never followed.
    Status(u16),
    /// No address for the name.
    NameNotFound,
    /// The URL or one of its addresses must not be called.
    Forbidden,
    /// No connection within its time.
    NotConnected,
    /// No trust: wrong name, unknown issuer, expired, no TLS.
    NotTrusted,
    /// The time was over before the status came.
    TimedOut,
    /// The connection broke, or what came was not HTTP.
    Broken,
}

impl Failure {
    /// The word of a failure without a status, when `text` is one.
    pub fn word(text: &str) -> Option<&'static str> {
        [
            Self::NameNotFound,
            Self::Forbidden,
            Self::NotConnected,
            Self::NotTrusted,
            Self::TimedOut,
            Self::Broken,
        ]
        .into_iter()
        .map(Self::as_str)
        .find(|word| *word == text)
    }

    /// A word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status(300..=399) => "redirect",
            Self::Status(_) => "status",
            Self::NameNotFound => "name_not_found",
            Self::Forbidden => "forbidden",
            Self::NotConnected => "not_connected",
            Self::NotTrusted => "not_trusted",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx: the receiver has it.
    Delivered,
    /// 410: the receiver wants nothing more, ever.
    Gone,
    /// Anything else.
    Failed {
        /// What.
        why: Failure,
        /// How long the receiver asks to be left alone (`Retry-After` of a 429 or 503).
        retry_after: Option<Duration>,
    },
}

impl Outcome {
    /// The outcome of a response. `retry_after` is what its header of that name asked for; it
    /// counts only with 429 and 503.
    pub const fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            429 | 503 => Self::Failed { why: Failure::Status(status), retry_after },
            _ => Self::Failed { why: Failure::Status(status), retry_after: None },
        }
    }

    /// The outcome of an attempt without a response.
    pub const fn of_failure(why: Failure) -> Self {
        Self::Failed { why, retry_after: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_classified() {
        let hour = Some(Duration::HOUR);
        for status in 100..=999 {
            let failed =
                |retry_after| Outcome::Failed { why: Failure::Status(status), retry_after };
            let expected = match status {
                200..=299 => Outcome::Delivered,
                410 => Outcome::Gone,
                429 | 503 => failed(hour),
                _ => failed(None),
            };
            assert_eq!(Outcome::of_status(status, hour), expected, "{status}");
        }
    }

    #[test]
    fn a_redirect_is_a_failure_of_its_own_name() {
        assert_eq!(Failure::Status(302).as_str(), "redirect");
        assert_eq!(Failure::Status(500).as_str(), "status");
    }
}
