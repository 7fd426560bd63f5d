//! Executing a command of one of the parties on an order.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::{
    carrier::{CarrierContext, CarrierOrder, Notification, OrderHeader, OrderId, Party},
    order::Lifecycle,
};
use serde_json::{Map, Value};
use store::{Authority, CarrierCommit, Committed, NewNotification};
use time::OffsetDateTime;

use crate::{
    command::{Change, Command},
    orders::{CarrierOrders, VisibleOrder, links},
    problem::{not_stored, order_problem},
    roles::audience,
    wire::{notification_body, order_body, report_body},
};

/// How often a command is executed anew because the order was changed meanwhile.
pub(crate) const ATTEMPTS: usize = 4;

/// What a command is judged by.
#[derive(Debug)]
pub struct StepContext<'a> {
    /// The order, as the caller sees it.
    pub found: &'a VisibleOrder,
    /// Its Buyer, if registered.
    pub buyer: Option<Party>,
    /// Its Seller, if registered.
    pub seller: Option<Party>,
    /// Now.
    pub now: OffsetDateTime,
}

impl CarrierOrders {
    /// Executes a command on the order in the path: reads it, lets `command` say what is wanted of
    /// it, and commits what happens if the order is still as it was read. No command leaves the
    /// order as it is.
    ///
    /// # Errors
    /// 404 for an order the caller may not see, 412, what is refused, or a problem of ours.
    pub async fn execute(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        command: impl Fn(&StepContext<'_>) -> Result<Option<Command>, Problem> + Send + Sync,
    ) -> Result<ApiResponse, Problem> {
        let identity = request.identity()?;
        for _ in 0..ATTEMPTS {
            let found = self.find(identity, id).await?;
            if let Some(wanted) = request.header("if-match")
                && !names(wanted, &found.order)
            {
                return Err(Problem::PreconditionFailed);
            }
            let now = self.clock.now();
            let context = self.step_context(&found, now).await?;
            let Some(command) = command(&context)? else {
                return Respond { request }.order(StatusCode::OK, found.document, &found.order);
            };
            let change = command.change(&context)?;
            let seller = CarrierContext::of(context.seller);
            let stored = self.store(request, found, change, &seller, now).await?;
            if let Some(answer) = stored {
                return Ok(answer);
            }
        }
        Err(not_stored())
    }

    async fn step_context<'a>(
        &self,
        found: &'a VisibleOrder,
        now: OffsetDateTime,
    ) -> Result<StepContext<'a>, Problem> {
        let header = &found.order.header;
        let buyer = self.party(&header.buyer).await?;
        let seller = self.party(&header.seller).await?;
        Ok(StepContext { found, buyer, seller, now })
    }

    /// Commits a change, and makes its response. None: the order is not as it was read.
    async fn store(
        &self,
        request: &ApiRequest,
        found: VisibleOrder,
        change: Change,
        context: &CarrierContext,
        now: OffsetDateTime,
    ) -> Result<Option<ApiResponse>, Problem> {
        let Change { event, document, report } = change;
        let applied = found.order.apply(event, now).map_err(|error| order_problem(&error))?;
        let told = applied
            .effect()
            .notifications
            .iter()
            .map(|told| (told.clone(), report.clone().map(|report| report_body(report, told))));
        let told: Vec<_> = told.collect();
        let text = document.as_ref().map(serde_json::to_string).transpose();
        let text = text.map_err(Problem::internal)?;
        let response = match report {
            Some(_) => {
                let body = told.first().and_then(|(_, body)| body.clone()).unwrap_or_default();
                ApiResponse::json(StatusCode::CREATED, &body)?
                    .visible_to(audience(&applied.order().header))
            }
            None => {
                let document = document.unwrap_or(found.document);
                Respond { request }.order(StatusCode::OK, document, applied.order())?
            }
        };
        let guard = request.guard(&response)?;
        let commit = CarrierCommit {
            applied: &applied,
            document: text.as_deref(),
            notifications: &notifications(&applied.order().header, told)?,
            by: Authority::Party,
            context,
        };
        match self.work.commit_call(&commit, guard.as_ref()).await? {
            Committed::Done(order) => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                tracing::info!(order_id, %status, "order changed");
                Ok(Some(response.recorded()))
            }
            Committed::Superseded => Ok(None),
        }
    }
}

/// The notifications of a step, to be stored.
///
/// # Errors
/// Our fault.
pub fn notifications(
    header: &OrderHeader,
    told: Vec<(Notification, Option<Map<String, Value>>)>,
) -> Result<Vec<NewNotification>, Problem> {
    told.into_iter()
        .map(|(told, body)| {
            let body = body.unwrap_or_else(|| notification_body(header, &told));
            Ok(NewNotification {
                version: told.version,
                body: serde_json::to_string(&body).map_err(Problem::internal)?,
                pushed: told.kind.is_pushed(header.desired),
            })
        })
        .collect()
}

/// The `ETag` of an order.
fn etag(order: &CarrierOrder) -> String {
    format!("\"{}\"", order.entity_tag)
}

/// Whether a list of entity tags (RFC 9110, 13.1) names the order as it is.
pub(crate) fn names(tags: &str, order: &CarrierOrder) -> bool {
    let own = etag(order);
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
}

/// Writes answers that show an order.
#[derive(Debug)]
pub struct Respond<'r> {
    /// The request: its host stands in the links.
    pub request: &'r ApiRequest,
}

impl Respond<'_> {
    /// The order, with its `ETag`, and with 201 its `Location`.
    ///
    /// # Errors
    /// Our fault.
    pub fn order(
        &self,
        status: StatusCode,
        document: Map<String, Value>,
        order: &CarrierOrder,
    ) -> Result<ApiResponse, Problem> {
        let id = &order.header.id;
        let body = order_body(document, id, &order.progress, &links(self.request));
        let response = ApiResponse::json(status, &body)?
            .header(header::ETAG, etag(order))
            .visible_to(audience(&order.header));
        Ok(match status {
            StatusCode::CREATED => response.header(header::LOCATION, format!("/orders/{id}")),
            _ => response,
        })
    }

    /// The order, or 304 when the caller has it as it is.
    ///
    /// # Errors
    /// Our fault.
    pub fn order_if_changed(&self, found: VisibleOrder) -> Result<ApiResponse, Problem> {
        let unchanged = self.request.header("if-none-match");
        if unchanged.is_some_and(|tags| names(tags, &found.order)) {
            let response = ApiResponse::empty(StatusCode::NOT_MODIFIED);
            return Ok(response.header(header::ETAG, etag(&found.order)));
        }
        self.order(StatusCode::OK, found.document, &found.order)
    }
}
