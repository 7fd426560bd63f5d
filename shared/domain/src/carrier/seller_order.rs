//! The order of a Seller here: its events, the steps of the Seller's automation, and what is due.

mod event;

use time::{Duration, OffsetDateTime};

use super::{
    CarrierDate, CarrierOrder, CarrierSide, Event, FulfilmentPolicy, Notification, OrderStatus,
    Party, Step, replace,
};
use crate::order::{Applied, Intervention, Lifecycle, NextAction, OrderKind, StatusChange, Timing};

pub use event::{SellerOrderError, SellerOrderEvent};

/// An order of a Seller here, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerOrder {
    /// What both sides have.
    pub order: CarrierOrder,
    /// Whether it has ended and holds S-VLAN ids that must still be released.
    pub holds_resources: bool,
}

/// What the Seller's automation does with an order now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SellerStep {
    /// Treatment begins; the Seller's own systems go on.
    Begin,
    /// Treatment begins, and a date is committed.
    BeginAndCommitDate,
    /// A date is committed.
    CommitDate,
    /// Identifiers and S-VLAN ids are assigned.
    Configure,
    /// Everything is done.
    Finish,
    /// The correction did not come.
    Expire,
    /// The resources that the order holds are released.
    ReleaseResources,
    /// Another party must act.
    Nothing,
}

impl SellerOrder {
    /// An order that is new.
    pub const fn new(order: CarrierOrder) -> Self {
        Self { order, holds_resources: false }
    }

    /// The step that the Seller's automation takes next. A Seller that is not registered is
    /// treated like one with systems of its own: it gets the order, and must go on itself.
    pub fn next_step(&self, seller: Option<&Party>, now: OffsetDateTime) -> SellerStep {
        if self.holds_resources {
            return SellerStep::ReleaseResources;
        }
        let automatic = seller.is_some_and(|s| s.fulfilment == FulfilmentPolicy::Automatic);
        let progress = &self.order.progress;
        match progress.status {
            OrderStatus::Acknowledged if automatic => SellerStep::BeginAndCommitDate,
            OrderStatus::Acknowledged => SellerStep::Begin,
            OrderStatus::InProgress if !automatic => SellerStep::Nothing,
            OrderStatus::InProgress if progress.expected_completion.is_none() => {
                SellerStep::CommitDate
            }
            OrderStatus::InProgress if progress.assignments.is_empty() => SellerStep::Configure,
            OrderStatus::InProgress => SellerStep::Finish,
            OrderStatus::Pending if progress.correction_due.is_some_and(|due| due <= now) => {
                SellerStep::Expire
            }
            _ => SellerStep::Nothing,
        }
    }

    fn happen(
        &mut self,
        event: SellerOrderEvent,
        at: OffsetDateTime,
    ) -> Result<Vec<Notification>, SellerOrderError> {
        use SellerOrderEvent as On;
        let mut told = Vec::new();
        let mut releases = false;
        match event {
            On::Happened(events) => {
                for event in events {
                    let step = self.order.progress.apply(event, at)?;
                    self.take(step, &mut told);
                }
            }
            On::Fulfilled { releases: replaced } => {
                releases = replaced;
                let progress = &mut self.order.progress;
                let items: Vec<_> =
                    progress.items.iter().map(|item| item.reference.clone()).collect();
                items.iter().for_each(|item| progress.deliver(item));
                let completion = Some(CarrierDate::of(at));
                let step =
                    progress.apply(Event::Finished { failed: Vec::new(), completion }, at)?;
                self.take(step, &mut told);
            }
            On::ResourcesReleased => {
                self.holds_resources = false;
                return Ok(told);
            }
            On::Reported(report) => {
                let step = report.apply(&self.order.header, &self.order.progress, at)?;
                self.take(step, &mut told);
            }
            On::Replaced { view, seller } => {
                let CarrierOrder { header, progress, .. } = &mut self.order;
                let new = replace(progress, header, &view, seller.as_deref(), at)?;
                (*progress, told) = (new.progress, new.notifications);
                *header = view.header(header.id.clone());
            }
        }
        // A cancelled order may hold S-VLAN ids, by whichever party it was cancelled, and a
        // completed one does if services had others before.
        self.holds_resources = releases || self.order.progress.cancellation.is_some();
        Ok(told)
    }

    fn take(&mut self, step: Step, told: &mut Vec<Notification>) {
        self.order.progress = step.progress;
        told.extend(step.notification);
    }
}

impl CarrierSide for SellerOrder {
    fn order(&self) -> &CarrierOrder {
        &self.order
    }

    fn notifications(told: &Vec<Notification>) -> &[Notification] {
        told
    }
}

impl Lifecycle for SellerOrder {
    const KIND: OrderKind = OrderKind::Carrier;

    type Status = OrderStatus;
    type Event = SellerOrderEvent;
    /// What the Buyer is told, in order.
    type Effect = Vec<Notification>;
    type Error = SellerOrderError;
    /// The Seller, if registered.
    type Context = Option<Party>;

    fn status(&self) -> OrderStatus {
        self.order.progress.status
    }

    fn revision(&self) -> u64 {
        self.order.revision
    }

    fn intervention(&self) -> Option<&Intervention> {
        self.order.needs_intervention.as_ref()
    }

    fn history(&self) -> &[StatusChange<OrderStatus>] {
        &self.order.history
    }

    fn long_history(&mut self) -> Option<&mut Vec<StatusChange<OrderStatus>>> {
        Some(&mut self.order.history)
    }

    fn apply(
        &self,
        event: SellerOrderEvent,
        at: OffsetDateTime,
    ) -> Result<Applied<Self>, SellerOrderError> {
        let mut new = Self { order: self.order.next_revision(), ..*self };
        let told = new.happen(event, at)?;
        new.order.record_status(at);
        Ok(Applied::new(self, new, told, at))
    }

    fn next_action(&self, seller: &Option<Party>, timing: Timing) -> NextAction {
        let due = self.order.progress.correction_due;
        match (self.next_step(seller.as_ref(), timing.now), due) {
            (SellerStep::Nothing, Some(until)) => NextAction::Wait { until },
            (SellerStep::Nothing, None) => self.order.idle(),
            // What is new begins at once; the pace is for what comes between two steps.
            _ if self.order.entity_tag == 1 => timing.work(),
            _ => match seller.as_ref().and_then(|seller| seller.pace_seconds) {
                Some(pace) => timing.work_after(Duration::seconds(pace.into())),
                None => timing.work(),
            },
        }
    }
}

#[cfg(test)]
mod tests;
