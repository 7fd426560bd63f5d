//! Service orders and product orders (TMF641, TMF622): several items, each executed by an order of
//! its own (`infra/docs/contracts/tmf-orders.md`).
//!
//! The state of an order is a function of the states of its items and of its open cancel task
//! ([`order_state`]): nothing else decides it.

mod cancel;
mod item;
mod lifecycle;
mod relation;
mod state;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use uuid::Uuid;

pub use cancel::{CancelTask, CancelTaskId, MAX_CANCEL_TASKS, ParseCancelTaskIdError, TaskState};
pub use item::{
    Item, ItemAction, ItemFailure, ItemId, ItemOrder, ItemState, ItemUpdate, MAX_ITEMS, NewItem,
};
pub use lifecycle::{Amendment, Assessment, CancelRequest, ServiceOrderError, ServiceOrderEvent};
pub use relation::{RelationError, check_relations};
pub use state::{OrderState, order_state};

use crate::{
    clock::RandomSource,
    esim::time_ordered_uuid,
    identity::Tenant,
    order::{Intervention, StatusChange},
    text::hyphenated,
};

/// An order's id: a UUID of version 7, time-ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceOrderId(pub Uuid);

/// The text is no order's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a UUID with hyphens")]
pub struct ParseServiceOrderIdError;

impl ServiceOrderId {
    /// An id for an order placed `at`.
    pub fn generate(at: OffsetDateTime, random: &impl RandomSource) -> Self {
        Self(time_ordered_uuid(at, random))
    }
}

impl fmt::Display for ServiceOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for ServiceOrderId {
    type Err = ParseServiceOrderIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hyphenated(text).map(Self).ok_or(ParseServiceOrderIdError)
    }
}

/// Which API an order belongs to: the other one does not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Face {
    /// TMF641.
    Service,
    /// TMF622.
    Product,
}

impl Face {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Service, Self::Product];

    /// The value in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Product => "product",
        }
    }
}

/// What the client that placed an order may order: its worker acts for it later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Mobile subscriptions.
    pub ecc: bool,
    /// eSIMs.
    pub esim: bool,
}

/// A service order or product order. What the client wrote is a document beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOrder {
    /// Its id, unique for ever.
    pub id: ServiceOrderId,
    /// Which API it belongs to.
    pub face: Face,
    /// Who placed it.
    pub tenant: Tenant,
    /// What the client may order.
    pub rights: Rights,
    /// The client's id of it, unique for a tenant and an API.
    pub external_id: Option<String>,
    /// When it was placed.
    pub order_date: OffsetDateTime,
    /// No item begins before this (`requestedStartDate`).
    pub start_at: Option<OffsetDateTime>,
    /// Its items, nested ones included, in the order of the document; at least one.
    pub items: Vec<Item>,
    /// The requests to cancel it, oldest first. At most the last one is open.
    pub cancel_tasks: Vec<CancelTask>,
    /// What has happened to it, oldest first; the placement is the first.
    pub history: Vec<StatusChange<OrderState>>,
    /// Set while it waits for a person.
    pub needs_intervention: Option<Intervention>,
    /// Follows the request through logs, messages and outgoing calls.
    pub correlation_id: String,
    /// Rises by one on each write.
    pub revision: u64,
}

/// An order as it is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServiceOrder {
    /// Which API it belongs to.
    pub face: Face,
    /// Who places it.
    pub tenant: Tenant,
    /// What the client may order.
    pub rights: Rights,
    /// The client's id of it.
    pub external_id: Option<String>,
    /// No item begins before this.
    pub start_at: Option<OffsetDateTime>,
    /// Its items, at least one, whose relationships are checked.
    pub items: Vec<NewItem>,
    /// Follows the request.
    pub correlation_id: String,
}

impl NewServiceOrder {
    /// The order under this id.
    pub fn into_order(self, id: ServiceOrderId, at: OffsetDateTime) -> ServiceOrder {
        let starts_later = self.start_at.is_some_and(|start| start > at);
        let items = self.items.into_iter().map(|item| item.into_item(starts_later));
        let mut order = ServiceOrder {
            id,
            face: self.face,
            tenant: self.tenant,
            rights: self.rights,
            external_id: self.external_id,
            order_date: at,
            start_at: self.start_at,
            items: items.collect(),
            cancel_tasks: Vec::new(),
            history: Vec::new(),
            needs_intervention: None,
            correlation_id: self.correlation_id,
            revision: 1,
        };
        let status = order.state();
        order.history.push(StatusChange { sequence: 1, status, at, reason: None, by: None });
        order
    }
}

impl ServiceOrder {
    /// The state that its items and its open cancel task give it.
    pub fn state(&self) -> OrderState {
        let items: Vec<ItemState> = self.items.iter().map(|item| item.state).collect();
        order_state(&items, self.open_task().map(|task| task.state))
    }

    /// The request to cancel it that is not decided.
    pub fn open_task(&self) -> Option<&CancelTask> {
        self.cancel_tasks.last().filter(|task| !task.state.is_final())
    }

    /// The item with this id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// When it began, ended or was cancelled: when it came to such a state first.
    pub fn came_to(&self, is: impl Fn(OrderState) -> bool) -> Option<OffsetDateTime> {
        self.history.iter().find(|change| is(change.status)).map(|change| change.at)
    }
}
