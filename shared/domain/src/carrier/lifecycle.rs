//! The lifecycle of a carrier order: the aggregate, its events, and what is due on it.

mod event;

use time::{Duration, OffsetDateTime};

use super::{
    BuyerOrder, CarrierDate, Event, FulfilmentPolicy, ItemProgress, NotificationOutcome,
    OrderHeader, OrderProgress, OrderStatus, Party, Updated, replace, succeeds,
};
use crate::order::{
    Applied, Intervention, Lifecycle, NextAction, OrderKind, Status, StatusChange, Timing,
};

pub use event::{CarrierEffect, CarrierOrderError, CarrierOrderEvent};

/// A carrier order, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierOrder {
    /// Which order it is.
    pub header: OrderHeader,
    /// How it stands.
    pub progress: OrderProgress,
    /// Every status it has come to, oldest first, the first included.
    pub history: Vec<StatusChange<OrderStatus>>,
    /// Set while it needs intervention.
    pub needs_intervention: Option<Intervention>,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// How many changes it has had that its parties see: the `ETag`. A lease that is taken changes
    /// the revision, but nothing that anyone sees.
    pub entity_tag: u64,
    /// Whether it has ended and holds S-VLAN ids that must still be released.
    pub holds_resources: bool,
    /// What is forwarded to its Seller, when it is kept there.
    pub buyer_order: Option<BuyerOrder>,
    /// Rises by one with each write.
    pub revision: u64,
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

/// What the next action on a carrier order depends on.
#[derive(Debug, Clone, Default)]
pub struct CarrierContext {
    /// The Seller, if registered.
    pub seller: Option<Party>,
    /// When a Seller that does not answer is called again.
    pub deferred: Option<OffsetDateTime>,
}

impl CarrierContext {
    /// With this Seller.
    pub const fn of(seller: Option<Party>) -> Self {
        Self { seller, deferred: None }
    }
}

impl Status for OrderStatus {
    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn is_final(self) -> bool {
        self.is_final()
    }
}

impl CarrierOrder {
    /// An order that is placed `now`.
    pub fn new(
        header: OrderHeader,
        progress: OrderProgress,
        correlation_id: String,
        now: OffsetDateTime,
    ) -> Self {
        let status = progress.status;
        let first = StatusChange { sequence: 1, status, at: now, reason: None, by: None };
        Self {
            header,
            progress,
            history: vec![first],
            needs_intervention: None,
            correlation_id,
            entity_tag: 1,
            holds_resources: false,
            buyer_order: None,
            revision: 1,
        }
    }

    /// An order that is kept at its Seller elsewhere.
    #[must_use]
    pub fn for_remote_seller(mut self, now: OffsetDateTime) -> Self {
        self.buyer_order = Some(BuyerOrder::to_be_placed(now));
        self
    }

    /// The step that the Seller's automation takes next. A Seller that is not registered is
    /// treated like one with systems of its own: it gets the order, and must go on itself.
    pub fn next_step(&self, seller: Option<&Party>, now: OffsetDateTime) -> SellerStep {
        if self.buyer_order.is_some() {
            return SellerStep::Nothing;
        }
        if self.holds_resources {
            return SellerStep::ReleaseResources;
        }
        let automatic = seller.is_some_and(|s| s.fulfilment == FulfilmentPolicy::Automatic);
        let progress = &self.progress;
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

    /// What happens to the Seller's order.
    fn happen(
        &mut self,
        event: CarrierOrderEvent,
        at: OffsetDateTime,
    ) -> Result<CarrierEffect, CarrierOrderError> {
        use CarrierOrderEvent as On;
        let mut told = Vec::new();
        match event {
            On::Happened(events) => {
                for event in events {
                    let step = self.progress.apply(event, at)?;
                    self.progress = step.progress;
                    told.extend(step.notification);
                }
                self.settle(false);
            }
            On::Fulfilled { releases } => {
                let items: Vec<_> =
                    self.progress.items.iter().map(|item| item.reference.clone()).collect();
                items.iter().for_each(|item| self.progress.deliver(item));
                let completion = Some(CarrierDate::of(at));
                let finished = Event::Finished { failed: Vec::new(), completion };
                let step = self.progress.apply(finished, at)?;
                self.progress = step.progress;
                told.extend(step.notification);
                self.settle(releases);
            }
            On::ResourcesReleased => self.holds_resources = false,
            On::Reported(report) => {
                let step = report.apply(&self.header, &self.progress, at)?;
                self.progress = step.progress;
                told.extend(step.notification);
                self.settle(false);
            }
            On::Replaced { view, seller } => {
                let seller = seller.as_deref();
                let new = replace(&self.progress, &self.header, &view, seller, at)?;
                (self.progress, told) = (new.progress, new.notifications);
                self.header = view.header(self.header.id.clone());
                self.settle(false);
            }
            On::Requested { .. }
            | On::SellerAnswered { .. }
            | On::SellerNotified { .. }
            | On::SellerSaid(_) => return Err(CarrierOrderError::OtherSide),
        }
        Ok(CarrierEffect { notifications: told, seller_order: None })
    }

    /// Whether the order holds S-VLAN ids that must be released: a cancelled one may, whoever
    /// cancelled it, and a completed one does if services had others before.
    fn settle(&mut self, releases: bool) {
        self.holds_resources = releases || self.progress.cancellation.is_some();
    }

    /// What happens to an order that is kept at its Seller.
    fn update_buyer_order(
        &mut self,
        buyer_order: BuyerOrder,
        event: CarrierOrderEvent,
        at: OffsetDateTime,
    ) -> Result<CarrierEffect, CarrierOrderError> {
        use CarrierOrderEvent as On;
        let known = buyer_order.seller_order.clone();
        let updated = match event {
            On::Requested { what, view } => {
                let updated = buyer_order.request(&self.progress, what, at)?;
                if let Some(view) = view {
                    succeeds(&self.header, &view)?;
                    self.header = view.header(self.header.id.clone());
                }
                updated
            }
            On::SellerAnswered { request, sent, answer } => {
                buyer_order.apply_outcome(&self.progress, &request, &sent, answer, at)
            }
            On::SellerNotified { report, version } => {
                match buyer_order.apply_notification(&self.progress, &report, version, at) {
                    NotificationOutcome::Moves(updated) => *updated,
                    NotificationOutcome::Ignored => return Err(CarrierOrderError::Unchanged),
                }
            }
            On::SellerSaid(word) => buyer_order
                .apply_status(&self.progress, &word, at)
                .ok_or(CarrierOrderError::Unchanged)?,
            On::Happened(_)
            | On::Fulfilled { .. }
            | On::ResourcesReleased
            | On::Reported(_)
            | On::Replaced { .. } => return Err(CarrierOrderError::OtherSide),
        };
        let Updated { buyer_order, progress } = updated;
        let theirs = buyer_order.seller_order.clone().filter(|_| known.is_none());
        (self.buyer_order, self.progress) = (Some(buyer_order), progress);
        Ok(CarrierEffect { notifications: Vec::new(), seller_order: theirs })
    }
}

impl Lifecycle for CarrierOrder {
    const KIND: OrderKind = OrderKind::Carrier;

    type Status = OrderStatus;
    type Event = CarrierOrderEvent;
    type Effect = CarrierEffect;
    type Error = CarrierOrderError;
    type Context = CarrierContext;

    fn status(&self) -> OrderStatus {
        self.progress.status
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn intervention(&self) -> Option<&Intervention> {
        self.needs_intervention.as_ref()
    }

    fn history(&self) -> &[StatusChange<OrderStatus>] {
        &self.history
    }

    fn apply(
        &self,
        event: CarrierOrderEvent,
        at: OffsetDateTime,
    ) -> Result<Applied<Self>, CarrierOrderError> {
        let mut order = Self {
            needs_intervention: None,
            entity_tag: self.entity_tag + 1,
            revision: self.revision + 1,
            ..self.clone()
        };
        // The items of the new document, in the status of the order.
        let replaced = match &event {
            CarrierOrderEvent::Requested { view: Some(view), .. } => Some(view.references()),
            _ => None,
        };
        let effect = match order.buyer_order.take() {
            Some(buyer_order) => order.update_buyer_order(buyer_order, event, at)?,
            None => order.happen(event, at)?,
        };
        let status = order.progress.status;
        if let Some(items) = replaced {
            let item = |reference| ItemProgress { reference, status };
            order.progress.items = items.into_iter().map(item).collect();
        }
        if status != self.progress.status {
            let cancellation = order.progress.cancellation.as_ref();
            let reason = cancellation.map(|cancellation| cancellation.reason.clone());
            let sequence = self.sequence() + 1;
            order.history.push(StatusChange { sequence, status, at, reason, by: None });
        }
        Ok(Applied::new(self, order, effect, at))
    }

    fn next_action(&self, context: &CarrierContext, timing: Timing) -> NextAction {
        let CarrierContext { seller, deferred } = context;
        let idle = || match self.progress.status.is_final() {
            true => NextAction::Finished,
            false => NextAction::AwaitOthers,
        };
        if let Some(buyer_order) = &self.buyer_order {
            return match (buyer_order.next(), deferred) {
                (None, _) => idle(),
                (Some(_), Some(until)) => NextAction::Wait { until: *until },
                (Some(_), None) => timing.work(),
            };
        }
        match (self.next_step(seller.as_ref(), timing.now), self.progress.correction_due) {
            (SellerStep::Nothing, Some(until)) => NextAction::Wait { until },
            (SellerStep::Nothing, None) => idle(),
            // What is new begins at once; the pace is for what comes between two steps.
            _ if self.entity_tag == 1 => timing.work(),
            _ => match seller.as_ref().and_then(|seller| seller.pace_seconds) {
                Some(pace) => timing.work_after(Duration::seconds(pace.into())),
                None => timing.work(),
            },
        }
    }
}

#[cfg(test)]
mod tests;
