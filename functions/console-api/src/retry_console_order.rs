use api::{ApiRequest, ApiResponse, Problem};
use interventions::RetryError;
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, respond::see};

fn not_retried(error: RetryError) -> Problem {
    match error {
        RetryError::NoOrder(_) => Problem::NotFound,
        RetryError::NotNeeded(_) => Problem::conflict("ORDER_NOT_MARKED", error.to_string()),
        RetryError::NotTaken(_) => Problem::unavailable(error),
        RetryError::Store(error) => Problem::failed(error),
    }
}

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST /console/orders/{order}/retry`: calls the worker of an order that needs intervention.
    pub(crate) async fn retry_console_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (visit, _) = self.act(request).await?;
        let id = request.params.get("order");
        let order = self.interventions.retry(&self.work, id).await.map_err(not_retried)?;
        let by = visit.operator.as_str();
        tracing::info!(action = "retry", by, order_id = order.id, "console");
        Ok(see(&format!("/console/orders/{}?done=retried", order.id)))
    }
}
