//! Events of TM Forum's hubs (TMF630, *Notification*): what an endpoint hears that was registered by
//! `POST hub` of one of the two APIs.

use std::fmt;

use crate::service_order::Face;

/// What has happened, whichever of the two APIs tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HubEventKind {
    /// An order was placed.
    OrderCreated,
    /// An order came to another state.
    OrderStateChanged,
    /// An order reached a milestone.
    MilestoneReached,
    /// A request to cancel an order was stored.
    CancelCreated,
    /// A request to cancel an order came to another state.
    CancelStateChanged,
    /// The client has changed an order.
    AttributeChanged,
    /// An order was deleted.
    OrderDeleted,
    /// The order of an item needs intervention.
    JeopardyRaised,
}

/// A type of event of one of the two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubEvent {
    /// The API.
    pub face: Face,
    /// What has happened.
    pub kind: HubEventKind,
}

/// Every type and its name. TMF622 v4 has neither milestones nor jeopardy.
const NAMES: [(Face, HubEventKind, &str); 14] = {
    use Face::{Product, Service};
    use HubEventKind::{
        AttributeChanged, CancelCreated, CancelStateChanged, JeopardyRaised, MilestoneReached,
        OrderCreated, OrderDeleted, OrderStateChanged,
    };
    [
        (Service, OrderCreated, "ServiceOrderCreateEvent"),
        (Service, OrderStateChanged, "ServiceOrderStateChangeEvent"),
        (Service, MilestoneReached, "ServiceOrderMilestoneEvent"),
        (Service, AttributeChanged, "ServiceOrderAttributeValueChangeEvent"),
        (Service, OrderDeleted, "ServiceOrderDeleteEvent"),
        (Service, JeopardyRaised, "ServiceOrderJeopardyEvent"),
        (Service, CancelCreated, "CancelServiceOrderCreateEvent"),
        (Service, CancelStateChanged, "CancelServiceOrderStateChangeEvent"),
        (Product, OrderCreated, "ProductOrderCreateEvent"),
        (Product, OrderStateChanged, "ProductOrderStateChangeEvent"),
        (Product, AttributeChanged, "ProductOrderAttributeValueChangeEvent"),
        (Product, OrderDeleted, "ProductOrderDeleteEvent"),
        (Product, CancelCreated, "CancelProductOrderCreateEvent"),
        (Product, CancelStateChanged, "CancelProductOrderStateChangeEvent"),
    ]
};

impl HubEvent {
    /// Every type that an API has.
    pub fn all(face: Face) -> impl Iterator<Item = Self> {
        let of_face = NAMES.into_iter().filter(move |(of, ..)| *of == face);
        of_face.map(|(face, kind, _)| Self { face, kind })
    }

    /// Its name, if the API has it.
    pub fn as_str(self) -> &'static str {
        let found = NAMES.iter().find(|(face, kind, _)| (*face, *kind) == (self.face, self.kind));
        found.map_or("", |(.., name)| name)
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = NAMES.into_iter().find(|(.., of)| *of == name);
        found.map(|(face, kind, _)| Self { face, kind })
    }
}

impl fmt::Display for HubEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name_which_no_other_has() {
        let all: Vec<HubEvent> = Face::ALL.into_iter().flat_map(HubEvent::all).collect();
        assert_eq!(all.len(), NAMES.len());
        for event in all {
            assert_eq!(HubEvent::from_name(event.as_str()), Some(event));
            assert!(event.as_str().ends_with("Event"));
        }
        assert_eq!(HubEvent::from_name(""), None);
    }
}
