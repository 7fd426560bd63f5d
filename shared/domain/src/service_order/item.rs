use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::{order::OrderKind, text::texts};

/// The most items of an order, nested ones included.
pub const MAX_ITEMS: usize = 100;

texts! {
    /// The client's id of an item, unique within its order.
    ItemId, 100, "ASCII but #", " -\"$-~", "1",
        |b| (b' '..=b'~').contains(&b) && b != b'#';
}

/// What an item does to its service or product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ItemAction {
    /// Brings it into being.
    Add,
    /// Changes it.
    Modify,
    /// Ends it.
    Delete,
    /// Nothing: it is named for its relationships.
    NoChange,
}

/// The word is no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("add, modify, delete or noChange")]
pub struct ParseActionError;

impl ItemAction {
    /// Every action, by its word.
    pub const WORDS: [(&str, Self); 4] = [
        ("add", Self::Add),
        ("modify", Self::Modify),
        ("delete", Self::Delete),
        ("noChange", Self::NoChange),
    ];
}

impl FromStr for ItemAction {
    type Err = ParseActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::WORDS.into_iter().find(|(word, _)| *word == text);
        found.map(|(_, action)| action).ok_or(ParseActionError)
    }
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ItemState {
    /// It may begin.
    Acknowledged,
    /// It waits for a date or for another item.
    Pending,
    /// It has begun: its order is placed, or is about to be.
    InProgress,
    /// Final: done.
    Completed,
    /// Final: it could not be done.
    Failed,
    /// Final: it cannot be ordered like this.
    Rejected,
    /// Final: it has not begun and never will, or its order was cancelled.
    Cancelled,
}

impl ItemState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Acknowledged,
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
        Self::Rejected,
        Self::Cancelled,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Pending => "pending",
            Self::InProgress => "inProgress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Rejected | Self::Cancelled)
    }

    /// Whether it can no longer be amended.
    pub const fn has_begun(self) -> bool {
        !matches!(self, Self::Acknowledged | Self::Pending)
    }
}

/// The order that executes an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOrder {
    /// Its kind.
    pub kind: OrderKind,
    /// Its id, as text.
    pub id: String,
}

/// Why an item was not done, for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFailure {
    /// For programs.
    pub code: String,
    /// In words.
    pub message: String,
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// What it does.
    pub action: ItemAction,
    /// The item that it is nested in. It begins when that one is done, and one at a time.
    pub within: Option<ItemId>,
    /// The items that must be done before it begins.
    pub after: Vec<ItemId>,
    /// Where it stands.
    pub state: ItemState,
    /// When it began. Its order is placed under a key of its own from then on.
    pub begun: Option<OffsetDateTime>,
    /// Its order, once placed.
    pub order: Option<ItemOrder>,
    /// Why it was not done.
    pub failure: Option<ItemFailure>,
    /// What it has produced: names and values, shown as characteristics.
    pub results: Vec<(String, String)>,
    /// Since when its order needs intervention.
    pub alert: Option<OffsetDateTime>,
}

/// An item as it is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Its id.
    pub id: ItemId,
    /// What it does.
    pub action: ItemAction,
    /// The item that it is nested in.
    pub within: Option<ItemId>,
    /// The items that must be done before.
    pub after: Vec<ItemId>,
}

impl NewItem {
    /// The item of an order that begins at a date, or at once.
    pub fn into_item(self, starts_later: bool) -> Item {
        let waits = starts_later || self.within.is_some() || !self.after.is_empty();
        Item {
            id: self.id,
            action: self.action,
            within: self.within,
            after: self.after,
            state: if waits { ItemState::Pending } else { ItemState::Acknowledged },
            begun: None,
            order: None,
            failure: None,
            results: Vec::new(),
            alert: None,
        }
    }
}

/// What has become of an item that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemUpdate {
    /// Its order is placed.
    Ordered(ItemOrder),
    /// It is done, with these results.
    Completed(Vec<(String, String)>),
    /// It could not be done.
    Failed(ItemFailure),
    /// It cannot be ordered like this.
    Rejected(ItemFailure),
    /// Its order is cancelled, or will never be placed.
    Cancelled,
    /// Its order needs intervention since then, or does not any more.
    Alerted(Option<OffsetDateTime>),
}

impl Item {
    /// The items that must be done before it begins.
    pub fn awaited(&self) -> impl Iterator<Item = &ItemId> {
        self.within.iter().chain(&self.after)
    }

    /// Takes an update over.
    pub(super) fn update(&mut self, update: ItemUpdate) {
        let ended = |state| (state, None);
        match update {
            ItemUpdate::Ordered(order) => self.order = Some(order),
            ItemUpdate::Alerted(since) => self.alert = since,
            ItemUpdate::Completed(results) => {
                self.results = results;
                (self.state, self.alert) = ended(ItemState::Completed);
            }
            ItemUpdate::Cancelled => (self.state, self.alert) = ended(ItemState::Cancelled),
            ItemUpdate::Failed(failure) => {
                self.failure = Some(failure);
                (self.state, self.alert) = ended(ItemState::Failed);
            }
            ItemUpdate::Rejected(failure) => {
                self.failure = Some(failure);
                (self.state, self.alert) = ended(ItemState::Rejected);
            }
        }
    }

    /// Ends an item that has not begun.
    pub(super) fn cancel(&mut self, failure: Option<ItemFailure>) {
        self.state = ItemState::Cancelled;
        self.failure = failure;
    }
}
