use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/enable`: messages go to it again from now on. What was abandoned
    /// meanwhile can be replayed.
    pub(crate) async fn enable_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let key = request.idempotency(respond::enabled)?;
        let context = respond::context(request, key.as_ref())?;
        let enabled = self.webhooks.enable(&context, &respond::endpoint_id(request)?).await;
        Ok(respond::enabled(&enabled.map_err(respond::problem)?)?.recorded())
    }
}
