//! The automation of Sellers here.
//!
//! What happens when the process dies: before the lease, nothing has. After it, the message comes
//! back when visibility time-out and lease are over, and the same step is worked out again: ids
//! are made of the order's id, S-VLAN ids claimed for an OVC are found to be its own, and a switch
//! is read before it is written. After the step, the message finds another state.

use std::{ops::ControlFlow, sync::Arc};

use carrier::{new_notifications, wire::view_order};
use domain::{
    carrier::{
        AssignmentPlan, EndpointReference, Event, ItemDetail, OrderHeader, OrderView, OtherOrders,
        Party, Release, SellerOrder, SellerOrderError, SellerOrderEvent, SellerStep, ServiceId,
        SvlanAssignment, SvlanRange, SvlanRequest, plan, registry,
    },
    clock::Clock,
    ethernet::{EthernetSwitch, Stamp, SwitchAim, SwitchTask},
    failure::Retryable,
    order::Lifecycle,
    scenario::{CarrierCourse, Sandbox, SellerMove},
};
use lambda::{
    sqs_batch::{Outcome, RecordContext},
    system::SystemClock,
    telemetry::Metric,
};
use store::{
    Authority, CarrierCommit, Committed, DynamoCarrierOrders, DynamoParties, DynamoSvlans, Granted,
    StoreError, Table,
};
use time::{Duration, OffsetDateTime};

use crate::{
    Config,
    handler::{LeasedOrder, Leases, StepError},
    switch::bring,
};

/// The entity tag of an order that nothing has happened to but its placement and the beginning of
/// its treatment: it has had one document.
const UNTOUCHED: u64 = 2;
/// How long a Buyer has to choose other S-VLAN ids.
const CORRECTION: Duration = Duration::days(45);

/// Takes one step of one order at a time; the step itself, once stored, calls for the next.
pub(crate) struct SellerAutomation<S> {
    leases: Leases<SellerOrder>,
    orders: DynamoCarrierOrders,
    parties: DynamoParties,
    svlans: DynamoSvlans,
    sandbox: Sandbox,
    /// None: the assignments are all there is.
    switch: Option<S>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl From<SellerOrderError> for StepError {
    fn from(error: SellerOrderError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Events of a scenario before and after those of a step.
#[derive(Default)]
struct Around {
    before: Vec<Event>,
    after: Vec<Event>,
}

/// A leased order, and what decisions need of its document.
struct Job {
    leased: LeasedOrder<SellerOrder>,
    view: OrderView,
}

impl<S: EthernetSwitch> SellerAutomation<S> {
    pub(crate) fn new(table: &Table, config: &Config, switch: Option<S>) -> Self {
        Self {
            leases: Leases::new(table, config),
            orders: DynamoCarrierOrders::new(table.clone()),
            parties: DynamoParties::new(table.clone()),
            svlans: DynamoSvlans::new(table.clone()),
            sandbox: config.sandbox,
            switch,
            clock: Arc::new(SystemClock),
        }
    }

    pub(crate) fn with_switch<T>(self, switch: T) -> SellerAutomation<T> {
        let Self { leases, orders, parties, svlans, sandbox, clock, .. } = self;
        SellerAutomation { leases, orders, parties, svlans, sandbox, switch: Some(switch), clock }
    }

    /// Takes the next step of an order as it was read.
    pub(crate) async fn work_on(
        &self,
        order: &SellerOrder,
        document: &str,
        record: &RecordContext,
        now: OffsetDateTime,
    ) -> Result<Outcome, StepError> {
        let seller = self.parties.get(&order.order.header.seller).await?;
        let leased = match self.leases.take(order, seller, now).await? {
            ControlFlow::Continue(leased) => leased,
            ControlFlow::Break(outcome) => return Ok(outcome),
        };
        let view = serde_json::from_str(document).ok().and_then(|document| view_order(&document));
        let view = view.ok_or_else(|| StepError::Broken("document not readable".to_owned()))?;
        let job = Job { leased, view };
        let done = match self.next_move(&job) {
            SellerMove::Usual => self.step(&job, Around::default()).await,
            SellerMove::Around(before, after) => self.step(&job, Around { before, after }).await,
            SellerMove::Events(events) => self.happen(&job, events).await,
            SellerMove::Wait(left) => return self.wait(&job, left).await,
            SellerMove::Intervene => Err(StepError::Broken("as its scenario says".to_owned())),
        };
        match done {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => self.leave(&job, record, error).await,
        }
    }

    /// What the order's scenario does in place of the step. Outside a sandbox no order has one.
    fn next_move(&self, job: &Job) -> SellerMove {
        let course = self.scenario(job);
        let (order, now) = (&job.leased.order, job.leased.now);
        let step = order.next_step(job.seller(), now);
        course.map_or(SellerMove::Usual, |course| course.next(step, order, now))
    }

    fn scenario(&self, job: &Job) -> Option<CarrierCourse> {
        self.sandbox.of_pon(&job.header().pon).map(|scenario| scenario.course)
    }

    /// The same step again, when the time of its scenario is over. One more attempt than usual: a
    /// message has ten.
    async fn wait(&self, job: &Job, left: Duration) -> Result<Outcome, StepError> {
        let (why, delay) = ("its scenario waits", left.unsigned_abs());
        self.leases.release_failed(&job.leased, &job.leased.context, why, delay).await?;
        Ok(Outcome::retry_after(why, delay))
    }

    /// Not done: tried again, or left to a person after the last attempt. While a switch is away, the
    /// order waits for it.
    async fn leave(
        &self,
        job: &Job,
        record: &RecordContext,
        error: StepError,
    ) -> Result<Outcome, StepError> {
        let (why, hopeless) = match error {
            StepError::Store(error) => (error.to_string(), !error.retryable()),
            StepError::Superseded => return Ok(Outcome::Done),
            StepError::Broken(why) => (why, true),
            StepError::Failed(why) => (why, false),
            StepError::Away(why) if self.awaits(job, record, &why).await? => {
                return Ok(Outcome::Done);
            }
            StepError::Away(why) => (why, false),
        };
        if hopeless || self.leases.is_last(record) {
            self.leases.mark(&job.leased, &why).await?;
            return Ok(Outcome::poison(why));
        }
        let delay = record.next_delay();
        self.leases.release_failed(&job.leased, &job.leased.context, &why, delay).await?;
        Ok(Outcome::retry_after(why, delay))
    }

    /// Whether the order waits for a switch that is away: its message has used up its attempts.
    async fn awaits(
        &self,
        job: &Job,
        record: &RecordContext,
        why: &str,
    ) -> Result<bool, StoreError> {
        let LeasedOrder { order, lease, now, .. } = &job.leased;
        let is_last = self.leases.is_last(record);
        let waits = self.leases.work.await_outside(order, lease, is_last, why, *now).await?;
        if let Some(until) = waits {
            tracing::warn!(attempts = lease.attempt, why, %until, "network away");
            Metric::count("OrdersAwaitingNetwork", 1).emit();
        }
        Ok(waits.is_some())
    }

    /// Brings the switch, if there is one, to what the order is to leave there. Not for a scenario.
    async fn bring(&self, job: &Job, aim: SwitchAim) -> Result<(), StepError> {
        let switch = self.switch.as_ref().filter(|_| self.scenario(job).is_none());
        let Some(switch) = switch else { return Ok(()) };
        let (OrderHeader { id, seller, buyer, .. }, lease) = (job.header(), &job.leased.lease);
        let task = SwitchTask {
            seller: seller.clone(),
            buyer: buyer.clone(),
            stamp: Stamp { order: id.clone(), fence: lease.fence },
            aim,
        };
        bring(switch, &task, lease, &*self.clock).await
    }

    async fn step(&self, job: &Job, around: Around) -> Result<(), StepError> {
        match job.leased.order.next_step(job.seller(), job.leased.now) {
            SellerStep::Begin => self.happen(job, vec![Event::TreatmentStarted]).await,
            SellerStep::BeginAndCommitDate => {
                let expected = self.plan(job).await?.expected;
                let events = vec![Event::TreatmentStarted, Event::DateCommitted { expected }];
                self.happen(job, events).await
            }
            SellerStep::CommitDate => {
                let expected = self.plan(job).await?.expected;
                self.happen(job, vec![Event::DateCommitted { expected }]).await
            }
            SellerStep::Configure => self.configure(job, around).await,
            SellerStep::Finish => self.finish(job).await,
            SellerStep::Expire => self.happen(job, vec![Event::CorrectionOverdue]).await,
            SellerStep::ReleaseResources => self.release_resources(job).await,
            SellerStep::Nothing => Ok(()),
        }
    }

    async fn plan(&self, job: &Job) -> Result<AssignmentPlan, StepError> {
        let seller = job.seller();
        let seller =
            seller.ok_or_else(|| StepError::Broken("the Seller is not registered".to_owned()))?;
        let others = self.others(&job.view).await?;
        Ok(plan(&job.header().id, &job.view, &others, seller, job.leased.now))
    }

    /// The orders that this one refers to by their numbers.
    async fn others(&self, view: &OrderView) -> Result<OtherOrders, StoreError> {
        let mut others = OtherOrders::new();
        for item in &view.items {
            let Some(ItemDetail::Ovc(ovc)) = &item.detail else { continue };
            for reference in [Some(&ovc.uni), ovc.enni.as_ref()].into_iter().flatten() {
                let EndpointReference::Ordered { order: None, pon: Some(pon), .. } = reference
                else {
                    continue;
                };
                if *pon != view.pon
                    && let Some(id) = self.orders.by_pon(&view.buyer, pon).await?
                {
                    others.insert(pon.clone(), id);
                }
            }
        }
        Ok(others)
    }

    async fn configure(&self, job: &Job, around: Around) -> Result<(), StepError> {
        let plan = self.plan(job).await?;
        let (mut granted, mut kept) = (Vec::new(), Vec::new());
        for request in &plan.svlans {
            match self.grant(job, request).await? {
                Ok(assignment) => {
                    kept.push((assignment.enni.clone(), assignment.range));
                    granted.push(assignment);
                }
                Err(needed) => {
                    // The corrected order may ask for others: nothing is kept until then.
                    self.free_claimed(job, &[]).await?;
                    return self.happen(job, vec![needed]).await;
                }
            }
        }
        if job.leased.order.order.entity_tag > UNTOUCHED {
            // A worker may have died after it claimed ids for a version that was replaced.
            self.free_claimed(job, &kept).await?;
        }
        let configured = plan.configured(&granted);
        if configured.is_empty() {
            // Nothing to assign, as for a disconnection.
            return self.finish(job).await;
        }
        let Around { before, after } = around;
        self.happen(job, before.into_iter().chain(configured).chain(after).collect()).await
    }

    /// The S-VLAN ids of an item, or what the Buyer must change.
    async fn grant(
        &self,
        job: &Job,
        request: &SvlanRequest,
    ) -> Result<Result<SvlanAssignment, Event>, StepError> {
        let (kind, said) = match self.svlans.grant(job.header(), &job.leased.lease, request).await?
        {
            Granted::Range(range) => return Ok(Ok(request.granted(range))),
            Granted::Superseded => return Err(StepError::Superseded),
            Granted::Taken(svlan) => {
                let said = format!("S-VLAN id {svlan} is in use at ENNI '{}'", request.enni);
                (registry::SVLAN_IN_USE, said)
            }
            Granted::Full => {
                let said = format!("ENNI '{}' has no free S-VLAN id", request.enni);
                (registry::ENNI_FULL, said)
            }
        };
        let message = kind.message().saying(said).for_item(&request.item);
        Ok(Err(Event::InformationNeeded {
            messages: vec![message],
            due: job.leased.now + CORRECTION,
        }))
    }

    /// All items are done, once the switch says so.
    async fn finish(&self, job: &Job) -> Result<(), StepError> {
        let plan = self.plan(job).await?;
        let assignments = &job.leased.order.order.progress.assignments;
        let changes = plan.service_changes(&job.view, assignments);
        self.bring(job, SwitchAim::Fulfil(changes)).await?;
        // What services had that end or change is released once it is certain that they do.
        let releases = !plan.releases.is_empty();
        self.commit(job, SellerOrderEvent::Fulfilled { releases }).await
    }

    /// An order that has ended releases what is not needed any more: a cancelled one what was
    /// claimed for it, a completed one what the services had that it ended or changed. The switch
    /// comes first: an id that is free is in no port.
    async fn release_resources(&self, job: &Job) -> Result<(), StepError> {
        if job.leased.order.order.progress.cancellation.is_some() {
            self.bring(job, SwitchAim::Withdraw).await?;
            self.free_claimed(job, &[]).await?;
        } else {
            self.bring(job, SwitchAim::Settle).await?;
            self.free_services(job, &self.plan(job).await?).await?;
        }
        self.commit(job, SellerOrderEvent::ResourcesReleased).await?;
        Ok(self.leases.work.clear_watchdog(&job.header().id).await?)
    }

    /// Frees what is claimed for the order, whatever its document says by now.
    async fn free_claimed(
        &self,
        job: &Job,
        kept: &[(ServiceId, SvlanRange)],
    ) -> Result<(), StepError> {
        match self.svlans.free_claimed(job.header(), &job.leased.lease, kept).await? {
            true => Ok(()),
            false => Err(StepError::Superseded),
        }
    }

    async fn free_services(&self, job: &Job, plan: &AssignmentPlan) -> Result<(), StepError> {
        let own = job.header();
        for Release { item, service, goes_on } in &plan.releases {
            let assigned = job.leased.order.order.progress.assignments.svlans_of(item);
            let kept: Vec<_> = assigned
                .filter(|_| *goes_on)
                .map(|svlan| (svlan.enni.clone(), svlan.range))
                .collect();
            if !self.svlans.free_service(own, &job.leased.lease, service, &kept).await? {
                return Err(StepError::Superseded);
            }
        }
        Ok(())
    }

    async fn happen(&self, job: &Job, events: Vec<Event>) -> Result<(), StepError> {
        self.commit(job, SellerOrderEvent::Happened(events)).await
    }

    async fn commit(&self, job: &Job, event: SellerOrderEvent) -> Result<(), StepError> {
        let LeasedOrder { order, context, lease, now } = &job.leased;
        let applied = order.apply(event, *now)?;
        let told = applied.effect().iter().map(|told| (told.clone(), None)).collect();
        let notifications = new_notifications(job.header(), told);
        let commit = CarrierCommit {
            applied: &applied,
            document: None,
            notifications: &notifications,
            by: Authority::Worker(lease),
            context,
        };
        match self.leases.work.commit_with_texts(&commit).await? {
            Committed::Done(stepped) => {
                let order = &stepped.order;
                let status = order.progress.status;
                tracing::info!(%status, "order stepped");
                if applied.ends() {
                    let outcome = status.to_string();
                    Metric::count("Orders", 1).by("kind", "carrier").by("outcome", outcome).emit();
                }
                Ok(())
            }
            Committed::Superseded => Err(StepError::Superseded),
        }
    }
}

impl Job {
    const fn header(&self) -> &OrderHeader {
        &self.leased.order.order.header
    }

    const fn seller(&self) -> Option<&Party> {
        self.leased.context.as_ref()
    }
}
