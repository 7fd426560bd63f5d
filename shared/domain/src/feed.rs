//! Event feeds that clients poll (`infra/docs/contracts/ecc.md`, *Events*).

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A type of events. Each tenant has one sequence of numbers per type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// The status of an order changed.
    Order,
    /// The state of a subscription changed.
    StateChange,
    /// A batch ended.
    Batch,
}

impl Feed {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Order, Self::StateChange, Self::Batch];

    /// The value in the path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::StateChange => "state-change",
            Self::Batch => "batch",
        }
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a type of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a type of events: use order, state-change or batch")]
pub struct ParseFeedError;

impl FromStr for Feed {
    type Err = ParseFeedError;

    fn from_str(text: &str) -> Result<Self, ParseFeedError> {
        Self::ALL.into_iter().find(|feed| feed.as_str() == text).ok_or(ParseFeedError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_parsed_from_its_wire_value() {
        for feed in Feed::ALL {
            assert_eq!(feed.as_str().parse(), Ok(feed));
        }
        assert_eq!("Order".parse::<Feed>(), Err(ParseFeedError));
    }
}
