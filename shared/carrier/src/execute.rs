//! Executing a command of one of the parties on an order.

use domain::{
    carrier::{CarrierContext, OrderId},
    order::Lifecycle,
};
use store::{Authority, CarrierCommit, Committed};
use time::OffsetDateTime;

use crate::{
    CarrierError, CarrierOrders, Command, CommandContext, CommandOutcome, VisibleOrder,
    command::{Change, StepContext},
    new_notifications,
    orders::json_text,
    wire::report_body,
};

/// Maximum attempts after a concurrent change of the order.
pub(crate) const ATTEMPTS: usize = 4;

impl CarrierOrders {
    /// Executes a command on an order: reads the order, and commits what happens if the order is
    /// still as it was read.
    ///
    /// Repeatable: under a key, the second execution finds the key used, or that the command is
    /// not possible any more, and changes nothing.
    ///
    /// # Errors
    /// Why it was not executed.
    pub async fn execute(
        &self,
        context: &CommandContext<'_>,
        id: &OrderId,
        command: &Command,
    ) -> Result<CommandOutcome, CarrierError> {
        self.execute_change(context, id, |step| command.change(step).map(Some)).await
    }

    /// The same for a change that depends on the order as it was read. None leaves the order as it
    /// is.
    pub(crate) async fn execute_change(
        &self,
        context: &CommandContext<'_>,
        id: &OrderId,
        change: impl Fn(&StepContext<'_>) -> Result<Option<Change>, CarrierError> + Send + Sync,
    ) -> Result<CommandOutcome, CarrierError> {
        for _ in 0..ATTEMPTS {
            let found = self.find(context.caller, id).await?;
            if context.expected.is_some_and(|tags| !tags.contains(&found.order.entity_tag)) {
                return Err(CarrierError::OtherVersion);
            }
            let step = self.step_context(context, &found).await?;
            let Some(change) = change(&step)? else {
                return Ok(CommandOutcome::Unchanged(Box::new(found)));
            };
            let seller = CarrierContext::of(step.seller);
            let now = self.clock.now();
            if let Some(outcome) = self.commit(context, found, change, &seller, now).await? {
                return Ok(outcome);
            }
        }
        Err(CarrierError::Contended)
    }

    async fn step_context<'a>(
        &self,
        context: &CommandContext<'a>,
        found: &'a VisibleOrder,
    ) -> Result<StepContext<'a>, CarrierError> {
        let header = &found.order.header;
        let buyer = self.party(&header.buyer).await?;
        let seller = self.party(&header.seller).await?;
        Ok(StepContext { caller: context.caller, found, buyer, seller })
    }

    /// Commits a change. None: the order is not as it was read.
    async fn commit(
        &self,
        context: &CommandContext<'_>,
        found: VisibleOrder,
        change: Change,
        seller: &CarrierContext,
        now: OffsetDateTime,
    ) -> Result<Option<CommandOutcome>, CarrierError> {
        let Change { event, document, report } = change;
        let applied = found.order.apply(event, now)?;
        let published = applied
            .effect()
            .notifications
            .iter()
            .map(|new| (new.clone(), report.clone().map(|report| report_body(report, new))));
        let published: Vec<_> = published.collect();
        let text = document.as_ref().map(json_text);
        let order = applied.order().clone();
        let outcome = if report.is_some() {
            let body = published.first().and_then(|(_, body)| body.clone()).unwrap_or_default();
            CommandOutcome::Received { header: Box::new(order.header), body }
        } else {
            let document = document.unwrap_or(found.document);
            let changed = VisibleOrder { order, document, roles: found.roles };
            CommandOutcome::Changed(Box::new(changed))
        };
        let guard = context.guard(&outcome)?;
        let commit = CarrierCommit {
            applied: &applied,
            document: text.as_deref(),
            notifications: &new_notifications(&applied.order().header, published),
            by: Authority::Party,
            context: seller,
        };
        match self.work.commit_call(&commit, guard.as_ref()).await? {
            Committed::Done(order) => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                tracing::info!(order_id, %status, "order changed");
                Ok(Some(outcome))
            }
            Committed::Superseded => Ok(None),
        }
    }
}
