use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{
    ConsoleApi,
    endpoint_request::{context, named, refused},
    respond::see,
};

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST …/endpoints/{endpoint}/enable`. Repeatable: an enabled endpoint stays enabled.
    pub(crate) async fn enable_console_endpoint(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (visit, _) = self.act(request).await?;
        let (tenant, id) = named(request)?;
        let context = context(request, &tenant);
        self.webhooks.enable(&context, &id).await.map_err(refused)?;
        let by = visit.operator.as_str();
        tracing::info!(action = "enable", by, endpoint_id = id.as_str(), "console");
        Ok(see(&format!("/console/tenants/{tenant}/endpoints/{id}?done=enabled")))
    }
}
