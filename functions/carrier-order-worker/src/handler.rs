use std::sync::Arc;

use carrier::{new_notifications, wire::view_order};
use domain::{
    carrier::{
        AssignmentPlan, CarrierContext, CarrierOrder, CarrierOrderError, CarrierOrderEvent,
        EndpointReference, Event, ItemDetail, OrderId, OrderView, OtherOrders, Release, SellerStep,
        SvlanAssignment, SvlanRequest, plan, registry,
    },
    clock::Clock,
    failure::Retryable,
    lease::Lease,
    order::{Lifecycle, NextAction, Timing},
};
use lambda::{
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::SystemClock,
    telemetry::Metric,
};
use seller::SellerApi;
use store::{
    Authority, CarrierCommit, Committed, DynamoCarrierWork, DynamoParties, DynamoSvlans, Granted,
    Leased, StoreError, Table,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{Config, forwarding::ForwardJob};

/// How long a Buyer has to choose other S-VLAN ids.
const CORRECTION: Duration = Duration::days(45);

/// Takes one step of one order at a time; the step itself, once stored, calls for the next.
///
/// What happens when the process dies: before the lease, nothing has. After it, the message comes
/// back when visibility time-out and lease are over, and the same step is worked out again: ids
/// are made of the order's id, and S-VLAN ids claimed for an OVC are found to be its own. After
/// the step, the message finds another state.
pub struct CarrierOrderWorker<P> {
    pub(crate) work: DynamoCarrierWork,
    pub(crate) parties: DynamoParties,
    pub(crate) seller: P,
    svlans: DynamoSvlans,
    lease: Duration,
    pub(crate) max_receives: u32,
    pub(crate) watchdog: Duration,
    clock: Arc<dyn Clock>,
}

/// Why a step was not taken.
pub(crate) enum StepError {
    Store(StoreError),
    /// The order is another's by now: whoever changed it has called for the next step.
    Superseded,
    Broken(String),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CarrierOrderError> for StepError {
    fn from(error: CarrierOrderError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// An order under its lease, and what is known around it.
struct Job {
    order: CarrierOrder,
    view: OrderView,
    context: CarrierContext,
    lease: Lease,
    now: OffsetDateTime,
}

impl<P: SellerApi> CarrierOrderWorker<P> {
    /// Over this table, with this way to Sellers elsewhere.
    pub fn new(table: &Table, config: &Config, seller: P) -> Self {
        Self {
            work: DynamoCarrierWork::new(table.clone(), config.watchdog),
            parties: DynamoParties::new(table.clone()),
            seller,
            svlans: DynamoSvlans::new(table.clone()),
            lease: config.lease,
            max_receives: config.max_receives,
            watchdog: config.watchdog,
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    async fn work_on(&self, id: &OrderId, record: &RecordContext) -> Result<Outcome, StepError> {
        let Some((order, document)) = self.work.orders().get_whole(id).await? else {
            return Ok(Outcome::poison("no such order"));
        };
        let seller = self.parties.get(&order.header.seller).await?;
        let now = self.clock.now();
        let context = CarrierContext::of(seller);
        // Looked at before the lease is taken: most messages that come twice end here.
        let timing = Timing { now, watchdog: self.watchdog };
        if !matches!(order.next_action(&context, timing), NextAction::Work { .. }) {
            return Ok(Outcome::Done);
        }
        let owner = Uuid::new_v4().simple().to_string();
        let read = order.entity_tag;
        let (order, lease) = match self.work.lease(id, owner, self.lease, now).await? {
            Leased::Mine(order, lease) => (*order, lease),
            Leased::Held => return Ok(Outcome::retry("held by another worker")),
            Leased::Ended => return Ok(Outcome::Done),
            Leased::Absent => return Ok(Outcome::poison("no such order")),
        };
        if order.entity_tag != read {
            // The document that was read may not be this order's any more.
            self.work.release_lease(&order, &lease, &context, now).await?;
            return Ok(Outcome::retry("changed while it was taken"));
        }
        if order.buyer_order.is_some() {
            let job = ForwardJob { order, document, context, lease, now };
            return self.forward(&job, record).await;
        }
        let view = serde_json::from_str(&document).ok().and_then(|document| view_order(&document));
        let view = view.ok_or_else(|| StepError::Broken("document not readable".to_owned()))?;
        let job = Job { order, view, context, lease, now };
        match self.step(&job).await {
            Ok(()) => Ok(Outcome::Done),
            Err(StepError::Superseded) => Ok(Outcome::Done),
            Err(obstacle) => self.leave(&job, record, obstacle).await,
        }
    }

    /// Not done: tried again, or left to a person after the last attempt.
    async fn leave(
        &self,
        job: &Job,
        record: &RecordContext,
        obstacle: StepError,
    ) -> Result<Outcome, StepError> {
        let (why, hopeless) = match &obstacle {
            StepError::Store(error) => (error.to_string(), !error.retryable()),
            StepError::Superseded => return Ok(Outcome::Done),
            StepError::Broken(why) => (why.clone(), true),
        };
        if hopeless || record.receive_count >= self.max_receives {
            self.work.mark_needs_intervention(&job.order, &job.lease, &why, job.now).await?;
            return Ok(Outcome::poison(why));
        }
        self.work.release_lease(&job.order, &job.lease, &job.context, job.now).await?;
        Ok(Outcome::retry(why))
    }

    async fn step(&self, job: &Job) -> Result<(), StepError> {
        match job.order.next_step(job.context.seller.as_ref(), job.now) {
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
            SellerStep::Configure => self.configure(job).await,
            SellerStep::Finish => self.finish(job).await,
            SellerStep::Expire => self.happen(job, vec![Event::CorrectionOverdue]).await,
            SellerStep::ReleaseResources => self.release_resources(job).await,
            SellerStep::Nothing => Ok(()),
        }
    }

    async fn plan(&self, job: &Job) -> Result<AssignmentPlan, StepError> {
        let seller = job.context.seller.as_ref();
        let seller =
            seller.ok_or_else(|| StepError::Broken("the Seller is not registered".to_owned()))?;
        let others = self.others(&job.view).await?;
        Ok(plan(&job.order.header.id, &job.view, &others, seller, job.now))
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
                    && let Some(id) = self.work.orders().by_pon(&view.buyer, pon).await?
                {
                    others.insert(pon.clone(), id);
                }
            }
        }
        Ok(others)
    }

    async fn configure(&self, job: &Job) -> Result<(), StepError> {
        let plan = self.plan(job).await?;
        let mut granted = Vec::new();
        for request in &plan.svlans {
            match self.grant(job, request).await? {
                Ok(assignment) => granted.push(assignment),
                Err(needed) => {
                    // The corrected order may ask for others: nothing is kept until then.
                    self.free_claimed(job, &plan).await?;
                    return self.happen(job, vec![needed]).await;
                }
            }
        }
        let configured = plan.configured(&granted);
        if configured.is_empty() {
            // Nothing to assign, as for a disconnection.
            return self.finish(job).await;
        }
        self.happen(job, configured).await
    }

    /// The S-VLAN ids of an item, or what the Buyer must change.
    async fn grant(
        &self,
        job: &Job,
        request: &SvlanRequest,
    ) -> Result<Result<SvlanAssignment, Event>, StepError> {
        let header = &job.order.header;
        let (kind, said) = match self.svlans.grant(header, &job.lease, request).await? {
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
        Ok(Err(Event::InformationNeeded { messages: vec![message], due: job.now + CORRECTION }))
    }

    /// All items are done.
    async fn finish(&self, job: &Job) -> Result<(), StepError> {
        // What services had that end or change is released once it is certain that they do.
        let releases = !self.plan(job).await?.releases.is_empty();
        self.commit(job, CarrierOrderEvent::Fulfilled { releases }).await
    }

    /// An order that has ended releases what is not needed any more: a cancelled one what was
    /// claimed for it, a completed one what the services had that it ended or changed.
    async fn release_resources(&self, job: &Job) -> Result<(), StepError> {
        let plan = self.plan(job).await?;
        if job.order.progress.cancellation.is_some() {
            self.free_claimed(job, &plan).await?;
        } else {
            self.free_services(job, &plan).await?;
        }
        self.commit(job, CarrierOrderEvent::ResourcesReleased).await?;
        Ok(self.work.clear_watchdog(&job.order.header.id).await?)
    }

    async fn free_claimed(&self, job: &Job, plan: &AssignmentPlan) -> Result<(), StepError> {
        let (header, lease) = (&job.order.header, &job.lease);
        for SvlanRequest { enni, ovc, .. } in &plan.svlans {
            if !self.svlans.free_claimed(header, lease, enni, ovc).await? {
                return Err(StepError::Superseded);
            }
        }
        Ok(())
    }

    async fn free_services(&self, job: &Job, plan: &AssignmentPlan) -> Result<(), StepError> {
        let own = &job.order.header;
        for Release { item, service, goes_on } in &plan.releases {
            let assigned = job.order.progress.assignments.svlans_of(item);
            let kept: Vec<_> = assigned
                .filter(|_| *goes_on)
                .map(|svlan| (svlan.enni.clone(), svlan.range))
                .collect();
            if !self.svlans.free_service(own, &job.lease, service, &kept).await? {
                return Err(StepError::Superseded);
            }
        }
        Ok(())
    }

    async fn happen(&self, job: &Job, events: Vec<Event>) -> Result<(), StepError> {
        self.commit(job, CarrierOrderEvent::Happened(events)).await
    }

    async fn commit(&self, job: &Job, event: CarrierOrderEvent) -> Result<(), StepError> {
        let applied = job.order.apply(event, job.now)?;
        let told = applied.effect().notifications.iter().cloned();
        let told = told.map(|told| (told, None)).collect();
        let notifications = new_notifications(&job.order.header, told);
        let commit = CarrierCommit {
            applied: &applied,
            document: None,
            notifications: &notifications,
            by: Authority::Worker(&job.lease),
            context: &job.context,
        };
        match self.work.commit_with_texts(&commit).await? {
            Committed::Done(order) => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                let correlation_id = &order.correlation_id;
                tracing::info!(order_id, correlation_id, %status, "order stepped");
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

impl<P: SellerApi> RecordHandler for CarrierOrderWorker<P> {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, record: &RecordContext) -> Outcome {
        let Ok(id) = message.order_id.parse() else { return Outcome::poison("no order id") };
        match self.work_on(&id, record).await {
            Ok(outcome) => outcome,
            Err(StepError::Superseded) => Outcome::Done,
            Err(StepError::Broken(why)) => Outcome::poison(why),
            Err(StepError::Store(error)) => error.into(),
        }
    }
}
