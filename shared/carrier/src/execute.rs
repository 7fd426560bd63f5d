//! Executing a command of one of the parties on an order.

use domain::{
    carrier::{AnyCarrierOrder, CarrierSide, OrderId},
    order::{Applied, Lifecycle},
};
use store::{Authority, CarrierCommit, Committed, OrderWork, Stored};

use crate::{
    CarrierError, CarrierOrders, Command, CommandContext, CommandOutcome, VisibleOrder,
    command::{Change, StepContext, Texts},
    new_notifications,
    orders::{FoundOrder, json_text},
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
        self.execute_decided(context, id, |_| Ok(Some(command))).await
    }

    /// The same for a command that depends on the order as it was read. None leaves the order as it
    /// is.
    pub(crate) async fn execute_decided<'c>(
        &self,
        context: &CommandContext<'_>,
        id: &OrderId,
        decide: impl Fn(&FoundOrder) -> Result<Option<&'c Command>, CarrierError> + Send + Sync,
    ) -> Result<CommandOutcome, CarrierError> {
        for _ in 0..ATTEMPTS {
            let found = self.find_kept(context.caller, id).await?;
            if !context.expects(found.order().entity_tag) {
                return Err(CarrierError::OtherVersion);
            }
            let Some(command) = decide(&found)? else {
                return Ok(CommandOutcome::Unchanged(Box::new(found.into_visible())));
            };
            let step = self.step_context(&found).await?;
            if let Some(outcome) = self.attempt(context, &step, command).await? {
                return Ok(outcome);
            }
        }
        Err(CarrierError::Contended)
    }

    async fn step_context<'a>(
        &self,
        found: &'a FoundOrder,
    ) -> Result<StepContext<'a>, CarrierError> {
        let header = &found.order().header;
        let buyer = self.party(&header.buyer).await?;
        let seller = self.party(&header.seller).await?;
        Ok(StepContext { found, buyer, seller })
    }

    /// Applies a command to the order of its side, and commits it. None: the order is not as it was
    /// read.
    async fn attempt(
        &self,
        context: &CommandContext<'_>,
        step: &StepContext<'_>,
        command: &Command,
    ) -> Result<Option<CommandOutcome>, CarrierError> {
        let now = self.clock.now();
        match &step.found.kept {
            AnyCarrierOrder::Seller(order) => {
                let Change { event, texts } = command.executed(step)?;
                let applied = order.apply(event, now)?;
                commit(&self.sold, context, step.found, (&applied, &step.seller), texts).await
            }
            AnyCarrierOrder::Buyer(order) => {
                let Change { event, texts } = command.forwarded(step)?;
                let applied = order.apply(event, now)?;
                commit(&self.bought, context, step.found, (&applied, &None), texts).await
            }
        }
    }
}

/// Commits what a command has made of an order. None: the order is not as it was read.
async fn commit<L: Stored + CarrierSide>(
    work: &OrderWork<L>,
    context: &CommandContext<'_>,
    found: &FoundOrder,
    (applied, due): (&Applied<L>, &L::Context),
    Texts { document, report }: Texts,
) -> Result<Option<CommandOutcome>, CarrierError> {
    let order = applied.order().order();
    let published: Vec<_> = L::notifications(applied.effect())
        .iter()
        .map(|new| (new.clone(), report.clone().map(|report| report_body(report, new))))
        .collect();
    let text = document.as_ref().map(json_text);
    let outcome = if report.is_some() {
        let body = published.first().and_then(|(_, body)| body.clone()).unwrap_or_default();
        CommandOutcome::Received { header: Box::new(order.header.clone()), body }
    } else {
        let document = document.unwrap_or_else(|| found.document.clone());
        let changed = VisibleOrder { order: order.clone(), document, roles: found.roles.clone() };
        CommandOutcome::Changed(Box::new(changed))
    };
    let guard = context.guard(&outcome)?;
    let commit = CarrierCommit {
        applied,
        document: text.as_deref(),
        notifications: &new_notifications(&order.header, published),
        by: Authority::Party,
        context: due,
    };
    match work.commit_call(&commit, guard.as_ref()).await? {
        Committed::Done(_) => {
            let (order_id, status) = (order.header.id.as_str(), order.progress.status);
            tracing::info!(order_id, %status, "order changed");
            Ok(Some(outcome))
        }
        Committed::Superseded => Ok(None),
    }
}
