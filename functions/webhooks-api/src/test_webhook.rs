use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/test`: a `webhook.test` message, whatever the endpoint wants to hear.
    pub(crate) async fn test_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let key = request.idempotency(respond::delivery)?;
        let context = respond::context(request, key.as_ref())?;
        let planned = self.webhooks.test(&context, &respond::endpoint_id(request)?).await;
        Ok(respond::delivery(&planned.map_err(respond::problem)?)?.recorded())
    }
}
