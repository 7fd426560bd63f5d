use std::{fmt, io, time::Duration};

use domain::{
    retry_after::RetryAfter,
    webhook::{Failure, Outcome},
};
use thiserror::Error;
use time::OffsetDateTime;

use crate::Reason;

/// How much of an answer's body came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// All of it.
    Complete,
    /// As much as is read; there was more.
    Cut,
    /// The time was over, or the connection broke, in the middle of it.
    Unfinished,
}

/// What a receiver answered. The status decides; it counts even if the body never ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its `Retry-After`.
    pub retry_after: Option<RetryAfter>,
    /// The first bytes of its body, at most [`Limits::body`](super::Limits::body). A stranger's:
    /// not shown by `Debug`, not to be logged.
    pub body: Vec<u8>,
    /// How much of the body that is.
    pub body_end: BodyEnd,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("body_length", &self.body.len())
            .field("body_end", &self.body_end)
            .finish()
    }
}

/// There was no answer.
#[derive(Debug, Error)]
pub enum SendError {
    /// No address for the name.
    #[error("no address for the name")]
    NameNotFound(#[source] Option<io::Error>),
    /// An address of it must not be called; none was connected to.
    #[error("address out of reach ({0})")]
    Forbidden(Reason),
    /// The headers make no legal request.
    #[error("not a legal request")]
    Request(#[from] http::Error),
    /// No connection to any of its addresses, or not in time.
    #[error("not connected")]
    NotConnected(#[source] io::Error),
    /// Its certificate is not to be trusted, or it does not speak TLS.
    #[error("not trusted")]
    NotTrusted(#[source] io::Error),
    /// The time was over before the status came.
    #[error("timed out")]
    TimedOut,
    /// The connection broke, or what came was not HTTP.
    #[error("broken answer")]
    Broken(#[source] hyper::Error),
}

impl SendError {
    /// The word for it in the delivery's outcome.
    pub const fn failure(&self) -> Failure {
        match self {
            Self::NameNotFound(_) => Failure::NameNotFound,
            Self::Forbidden(_) => Failure::Forbidden,
            Self::NotConnected(_) => Failure::NotConnected,
            Self::NotTrusted(_) => Failure::NotTrusted,
            Self::TimedOut => Failure::TimedOut,
            Self::Request(_) | Self::Broken(_) => Failure::Broken,
        }
    }
}

/// One attempt.
#[derive(Debug)]
pub struct Report {
    /// What came of it.
    pub result: Result<Answer, SendError>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// What it means for the delivery. `now` is when it ended: a `Retry-After` may be a date.
    pub fn outcome(&self, now: OffsetDateTime) -> Outcome {
        match &self.result {
            Ok(answer) => {
                let wait = answer.retry_after.map(|asked| asked.wait(now));
                Outcome::of_status(answer.status, wait)
            }
            Err(error) => Outcome::of_failure(error.failure()),
        }
    }
}
