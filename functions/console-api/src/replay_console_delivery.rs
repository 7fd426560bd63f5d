use api::{ApiRequest, ApiResponse, Problem};
use domain::webhook::MessageId;
use lambda::dispatch::Dispatch;

use crate::{
    ConsoleApi,
    endpoint_request::{context, named, refused},
    respond::see,
};

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST …/deliveries/{delivery}/replay`. Twice: a second round replaces the first, and the
    /// receiver knows the message by its id.
    pub(crate) async fn replay_console_delivery(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (visit, _) = self.act(request).await?;
        let (tenant, id) = named(request)?;
        let message: MessageId =
            request.params.get("delivery").parse().map_err(|_| Problem::NotFound)?;
        let context = context(request, &tenant);
        self.webhooks.replay(&context, &id, &message).await.map_err(refused)?;
        let by = visit.operator.as_str();
        tracing::info!(action = "replay", by, endpoint_id = id.as_str(), "console");
        Ok(see(&format!("/console/tenants/{tenant}/endpoints/{id}?done=replayed")))
    }
}
