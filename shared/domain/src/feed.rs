//! Feeds: what has happened, for clients that ask (`contracts/ecc.md`, *Events*).

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A type of events. Each client has one row of numbers for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// An order has come to a state.
    Order,
    /// A subscription has come to a state.
    StateChange,
    /// A batch has ended.
    Batch,
}

impl Feed {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Order, Self::StateChange, Self::Batch];

    /// The word in the path.
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

/// The word is no type of events that is kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a type of events: use order, state-change or batch")]
pub struct ParseFeedError;

impl FromStr for Feed {
    type Err = ParseFeedError;

    fn from_str(word: &str) -> Result<Self, ParseFeedError> {
        Self::ALL.into_iter().find(|feed| feed.as_str() == word).ok_or(ParseFeedError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_read_by_the_word_it_is_written_with() {
        for feed in Feed::ALL {
            assert_eq!(feed.as_str().parse(), Ok(feed));
        }
        assert_eq!("Order".parse::<Feed>(), Err(ParseFeedError));
    }
}
