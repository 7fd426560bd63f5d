//! The lifecycle of a service order.

use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::{
    CancelTask, ItemFailure, ItemId, ItemState, ItemUpdate, MAX_CANCEL_TASKS, NewItem, OrderState,
    ServiceOrder, TaskState,
};
use crate::order::{Applied, Intervention, Lifecycle, NextAction, OrderKind, StatusChange, Timing};

/// Who executes orders, and who changes them, as their history says.
const WORKER: &str = "worker";
const CLIENT: &str = "client";
/// Why an item is cancelled whose predecessor was not done.
const PREDECESSOR: &str = "PREDECESSOR_NOT_COMPLETED";

/// What can happen to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceOrderEvent {
    /// These items begin: their orders may be placed from now on.
    Began(Vec<ItemId>),
    /// Something has become of items that had begun.
    Progressed(Vec<(ItemId, ItemUpdate)>),
    /// Its client changes it.
    Amended(Amendment),
    /// Its client wants it cancelled.
    CancelRequested(CancelRequest),
    /// Whether the open request to cancel it can be met is decided.
    CancelAssessed(Assessment),
    /// The order of every item under way was to be cancelled, and this has become of them. One that
    /// is not named had passed its point of no return.
    ItemsCancelled(Vec<(ItemId, ItemUpdate)>),
}

/// What a client changes; none stays as it is. Its document changes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amendment {
    /// Its items, those that have begun among them. Relationships are checked.
    pub items: Option<Vec<NewItem>>,
    /// No item begins before this; the inner none is at once.
    pub start_at: Option<Option<OffsetDateTime>>,
}

/// A request to cancel an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancelRequest {
    /// Why, in the client's words.
    pub reason: Option<String>,
    /// When the client wants it.
    pub wanted_at: Option<OffsetDateTime>,
}

/// Whether an order can be cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assessment {
    /// No item is under way: what has not begun is cancelled.
    Granted,
    /// The orders of all items under way can be cancelled as they are now: that is done next.
    Begun,
    /// These items under way have passed their point of no return: the order goes on.
    Refused(Vec<ItemId>),
}

/// The event cannot happen to the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceOrderError {
    /// Nothing happens to an order that has ended.
    #[error("the order is {0}")]
    Ended(OrderState),
    /// The item is not there, or in another state.
    #[error("item {} cannot do this now", .0.as_str())]
    Item(ItemId),
    /// An item that has begun would change.
    #[error("item {} has begun", .0.as_str())]
    Begun(ItemId),
    /// A request to cancel the order is open.
    #[error("a request to cancel the order is not decided")]
    CancelOpen,
    /// There is no open request to cancel, or its decision contradicts the items.
    #[error("no such decision is due")]
    NotDue,
    /// There were too many requests to cancel it.
    #[error("the order has had {MAX_CANCEL_TASKS} requests to cancel it")]
    TooManyTasks,
}

impl Lifecycle for ServiceOrder {
    const KIND: OrderKind = OrderKind::Service;

    type Status = OrderState;
    type Event = ServiceOrderEvent;
    type Effect = ();
    type Error = ServiceOrderError;
    type Context = ();

    fn status(&self) -> OrderState {
        self.state()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn intervention(&self) -> Option<&Intervention> {
        self.needs_intervention.as_ref()
    }

    fn history(&self) -> &[StatusChange<OrderState>] {
        &self.history
    }

    fn apply(
        &self,
        event: ServiceOrderEvent,
        at: OffsetDateTime,
    ) -> Result<Applied<Self>, ServiceOrderError> {
        let mut order =
            Self { needs_intervention: None, revision: self.revision + 1, ..self.clone() };
        let only_document =
            matches!(&event, ServiceOrderEvent::Amended(change) if *change == Amendment::default());
        if self.state().is_final() && !only_document {
            return Err(ServiceOrderError::Ended(self.state()));
        }
        let by = match event {
            ServiceOrderEvent::Began(items) => order.begin(&items, at)?,
            ServiceOrderEvent::Progressed(updates) => order.progress(updates)?,
            ServiceOrderEvent::Amended(change) => order.amend(change, at)?,
            ServiceOrderEvent::CancelRequested(request) => order.request_cancel(request, at)?,
            ServiceOrderEvent::CancelAssessed(assessment) => order.assess(&assessment, at)?,
            ServiceOrderEvent::ItemsCancelled(updates) => order.cancel_items(updates, at)?,
        };
        order.stop_dependants();
        order.end_late_task(at);
        let status = order.state();
        if status != self.state() {
            let (sequence, by) = (self.sequence() + 1, Some(by.to_owned()));
            order.history.push(StatusChange { sequence, status, at, reason: None, by });
        }
        Ok(Applied::new(self, order, (), at))
    }

    fn next_action(&self, (): &(), timing: Timing) -> NextAction {
        if self.state().is_final() {
            return NextAction::Finished;
        }
        let unplaced = self.under_way().any(|item| item.order.is_none());
        if self.open_task().is_some() || unplaced || !self.ready(timing.now).is_empty() {
            return timing.work();
        }
        // The end of an item's order calls the worker; should that message be lost, this does.
        let poll = timing.now + timing.watchdog.max(Duration::MINUTE);
        let start = self.start_at.filter(|start| *start > timing.now);
        let idle = self.under_way().next().is_none();
        NextAction::Wait { until: start.filter(|_| idle).unwrap_or(poll) }
    }
}

impl ServiceOrder {
    /// The items that have begun and have not ended.
    pub fn under_way(&self) -> impl Iterator<Item = &super::Item> {
        self.items.iter().filter(|item| item.state == ItemState::InProgress)
    }

    /// The items that may begin now. Of several that are nested in one item, the first: they are
    /// for one subscription, which has one outstanding order at a time.
    pub fn ready(&self, now: OffsetDateTime) -> Vec<ItemId> {
        if self.open_task().is_some() || self.start_at.is_some_and(|start| start > now) {
            return Vec::new();
        }
        let is_done =
            |id: &ItemId| self.item(id).is_some_and(|item| item.state == ItemState::Completed);
        let mut busy: Vec<&ItemId> =
            self.under_way().filter_map(|item| item.within.as_ref()).collect();
        let mut ready = Vec::new();
        for item in self.items.iter().filter(|item| !item.state.has_begun()) {
            let is_free = item.within.as_ref().is_none_or(|within| !busy.contains(&within));
            if is_free && item.awaited().all(is_done) {
                busy.extend(&item.within);
                ready.push(item.id.clone());
            }
        }
        ready
    }

    fn begin(
        &mut self,
        ids: &[ItemId],
        at: OffsetDateTime,
    ) -> Result<&'static str, ServiceOrderError> {
        let ready = self.ready(at);
        if let Some(id) = ids.iter().find(|id| !ready.contains(id)) {
            return Err(ServiceOrderError::Item(id.clone()));
        }
        for item in self.items.iter_mut().filter(|item| ids.contains(&item.id)) {
            (item.state, item.begun) = (ItemState::InProgress, Some(at));
        }
        Ok(WORKER)
    }

    fn progress(
        &mut self,
        updates: Vec<(ItemId, ItemUpdate)>,
    ) -> Result<&'static str, ServiceOrderError> {
        for (id, update) in updates {
            let is_open =
                |item: &&mut super::Item| item.id == id && item.state == ItemState::InProgress;
            let found = self.items.iter_mut().find(is_open);
            found.ok_or(ServiceOrderError::Item(id))?.update(update);
        }
        Ok(WORKER)
    }

    fn amend(
        &mut self,
        Amendment { items, start_at }: Amendment,
        at: OffsetDateTime,
    ) -> Result<&'static str, ServiceOrderError> {
        if (items.is_some() || start_at.is_some()) && self.open_task().is_some() {
            return Err(ServiceOrderError::CancelOpen);
        }
        if let Some(start_at) = start_at {
            if let Some(begun) = self.items.iter().find(|item| item.state.has_begun()) {
                return Err(ServiceOrderError::Begun(begun.id.clone()));
            }
            self.start_at = start_at;
        }
        let starts_later = self.start_at.is_some_and(|start| start > at);
        let new = items.unwrap_or_else(|| self.items.iter().map(super::Item::as_new).collect());
        if let Some(begun) = self
            .items
            .iter()
            .find(|item| item.state.has_begun() && !new.iter().any(|new| *new == item.as_new()))
        {
            return Err(ServiceOrderError::Begun(begun.id.clone()));
        }
        let kept = std::mem::take(&mut self.items);
        let kept: Vec<_> = kept.into_iter().filter(|item| item.state.has_begun()).collect();
        let item = |new: NewItem| match kept.iter().find(|item| item.id == new.id) {
            Some(begun) => begun.clone(),
            None => new.into_item(starts_later),
        };
        self.items = new.into_iter().map(item).collect();
        Ok(CLIENT)
    }

    fn request_cancel(
        &mut self,
        CancelRequest { reason, wanted_at }: CancelRequest,
        at: OffsetDateTime,
    ) -> Result<&'static str, ServiceOrderError> {
        if self.open_task().is_some() {
            return Err(ServiceOrderError::CancelOpen);
        }
        let number = self.cancel_tasks.len() + 1;
        let number = u8::try_from(number).ok().filter(|n| usize::from(*n) <= MAX_CANCEL_TASKS);
        self.cancel_tasks.push(CancelTask {
            number: number.ok_or(ServiceOrderError::TooManyTasks)?,
            requested_at: at,
            reason,
            wanted_at,
            state: TaskState::Accepted,
            ended_at: None,
            message: None,
        });
        Ok(CLIENT)
    }

    /// Whether the orders of its items are being cancelled.
    pub fn is_cancelling(&self) -> bool {
        self.open_task().is_some_and(|task| task.state == TaskState::InProgress)
    }

    fn assess(
        &mut self,
        assessment: &Assessment,
        at: OffsetDateTime,
    ) -> Result<&'static str, ServiceOrderError> {
        let under_way: Vec<ItemId> = self.under_way().map(|item| item.id.clone()).collect();
        let is_due = match assessment {
            Assessment::Granted => under_way.is_empty(),
            Assessment::Begun => !under_way.is_empty(),
            Assessment::Refused(kept) => {
                !kept.is_empty() && kept.iter().all(|id| under_way.contains(id))
            }
        };
        let is_open = |task: &&mut CancelTask| task.state == TaskState::Accepted;
        let task = self.cancel_tasks.last_mut().filter(is_open).filter(|_| is_due);
        let task = task.ok_or(ServiceOrderError::NotDue)?;
        match assessment {
            Assessment::Refused(kept) => {
                task.end(TaskState::TerminatedWithError, Some(too_late(kept)), at);
                return Ok(WORKER);
            }
            Assessment::Begun => task.state = TaskState::InProgress,
            Assessment::Granted => {
                task.end(TaskState::Done, None, at);
                self.cancel_rest();
            }
        }
        Ok(CLIENT)
    }

    /// Ends a request to cancel by what became of the items under way. An item that has passed its
    /// point of no return since the request was assessed goes on; if no order was cancelled before
    /// that, the whole order does.
    fn cancel_items(
        &mut self,
        updates: Vec<(ItemId, ItemUpdate)>,
        at: OffsetDateTime,
    ) -> Result<&'static str, ServiceOrderError> {
        if !self.is_cancelling() {
            return Err(ServiceOrderError::NotDue);
        }
        let is_cancelled = updates.iter().any(|(_, update)| *update == ItemUpdate::Cancelled);
        self.progress(updates)?;
        let kept: Vec<ItemId> = self.under_way().map(|item| item.id.clone()).collect();
        let is_refused = !kept.is_empty() && !is_cancelled;
        let has_rest = !is_refused && self.cancel_rest();
        let task = self.cancel_tasks.last_mut().ok_or(ServiceOrderError::NotDue)?;
        if is_refused {
            task.end(TaskState::TerminatedWithError, Some(too_late(&kept)), at);
            return Ok(WORKER);
        }
        if !kept.is_empty() {
            let message = format!("{}; the rest of the order is cancelled", too_late(&kept));
            task.end(TaskState::TerminatedWithError, Some(message), at);
        } else if is_cancelled || has_rest {
            task.end(TaskState::Done, None, at);
        }
        Ok(CLIENT)
    }

    /// Cancels what has not begun. Whether there was anything.
    fn cancel_rest(&mut self) -> bool {
        let rest = self.items.iter_mut().filter(|item| !item.state.has_begun());
        rest.map(|item| item.cancel(None)).count() > 0
    }

    /// Ends a request to cancel an order that has ended by itself before it was decided. One that
    /// its client has cancelled item by item is what the request wanted.
    fn end_late_task(&mut self, at: OffsetDateTime) {
        let state = self.state();
        let is_open = |task: &&mut CancelTask| !task.state.is_final();
        let task = self.cancel_tasks.last_mut().filter(is_open);
        match task.filter(|_| state.is_final()) {
            Some(task) if state == OrderState::Cancelled => task.end(TaskState::Done, None, at),
            Some(task) => {
                let message = format!("the order was {state} before");
                task.end(TaskState::TerminatedWithError, Some(message), at);
            }
            None => {}
        }
    }

    /// Cancels every item that waits for one that was not done, and what waits for those.
    fn stop_dependants(&mut self) {
        loop {
            let is_lost = |id: &ItemId| {
                self.item(id).is_some_and(|awaited| {
                    awaited.state.is_final() && awaited.state != ItemState::Completed
                })
            };
            let lost = |item: &super::Item| item.awaited().find(|id| is_lost(id)).cloned();
            let stopped = self.items.iter().enumerate().find_map(|(index, item)| {
                (!item.state.has_begun()).then(|| lost(item)).flatten().map(|id| (index, id))
            });
            let Some((index, awaited)) = stopped else { return };
            let message =
                format!("item {}, which it waits for, was not completed", awaited.as_str());
            let failure = ItemFailure { code: PREDECESSOR.to_owned(), message };
            self.items[index].cancel(Some(failure));
        }
    }
}

/// Why a request to cancel is refused.
fn too_late(kept: &[ItemId]) -> String {
    let ids: Vec<&str> = kept.iter().map(ItemId::as_str).collect();
    format!("under way, and not to be cancelled any more: item {}", ids.join(", "))
}

impl super::Item {
    /// The item as it was ordered.
    fn as_new(&self) -> NewItem {
        NewItem {
            id: self.id.clone(),
            action: self.action,
            within: self.within.clone(),
            after: self.after.clone(),
        }
    }
}
