//! The milestones of an order: TMF641 has them, TMF622 v4 has not.

use domain::{
    clock::rfc3339,
    service_order::{Face, OrderState, ServiceOrder},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// A milestone that an order has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// Its name, which is its id as well: an order reaches each once.
    pub name: &'static str,
    /// The status change with which it was reached.
    pub sequence: u64,
    /// When.
    pub at: OffsetDateTime,
}

impl Milestone {
    /// As it is shown.
    pub fn body(&self) -> Value {
        json!({
            "id": self.name,
            "name": self.name,
            "status": "achieved",
            "milestoneDate": rfc3339(self.at),
        })
    }
}

/// The milestones that an order has reached, oldest first: its placement, the beginning of its first
/// item, and its end.
pub fn milestones(order: &ServiceOrder) -> Vec<Milestone> {
    let reached = |name, is: fn(OrderState) -> bool| {
        let change = order.history.iter().find(|change| is(change.status))?;
        Some(Milestone { name, sequence: change.sequence, at: change.at })
    };
    if order.face == Face::Product {
        return Vec::new();
    }
    let all = [
        reached("accepted", |_| true),
        reached("begun", |state| state == OrderState::InProgress),
        reached("ended", OrderState::is_final),
    ];
    all.into_iter().flatten().collect()
}
