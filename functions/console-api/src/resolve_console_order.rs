use api::{ApiRequest, ApiResponse, Problem};
use interventions::{Resolution, ResolveError, ResolveRequest};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, respond::see};

/// The longest reason, in characters: it is stored with the order, and its client reads it.
const LONGEST_REASON: usize = 200;

fn refused(error: ResolveError) -> Problem {
    match error {
        ResolveError::NoOrder(_) => Problem::NotFound,
        ResolveError::Store(error) => Problem::failed(error),
        other => Problem::conflict("ORDER_NOT_RESOLVED", other.to_string()),
    }
}

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST /console/orders/{order}/resolve`: ends an order whose effect is known by other means.
    ///
    /// Repeatable, as the service is: an order that has ended as asked stays as it is.
    pub(crate) async fn resolve_console_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (visit, form) = self.act(request).await?;
        let resolution = match form.get("as") {
            "COMPLETED" => Resolution::Completed,
            "CANCELED" => Resolution::Canceled,
            _ => return Err(Problem::invalid("/as", "COMPLETED or CANCELED")),
        };
        let reason = form.get("reason");
        if !(1..=LONGEST_REASON).contains(&reason.chars().count()) {
            return Err(Problem::invalid("/reason", format!("1 to {LONGEST_REASON} characters")));
        }
        let id = request.params.get("order");
        let (reason, by) = (reason.to_owned(), visit.operator.to_string());
        let asked = ResolveRequest { id: id.to_owned(), resolution, reason, by };
        let resolved =
            self.interventions.resolve(asked, self.clock.now()).await.map_err(refused)?;
        let (by, status) = (visit.operator.as_str(), resolved.status);
        let changed = resolved.changed;
        tracing::info!(action = "resolve", by, order_id = id, status, changed, "console");
        Ok(see(&format!("/console/orders/{id}?done=resolved")))
    }
}
