use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `DELETE /webhooks/{id}`: what still waits for it is abandoned when its time comes.
    pub(crate) async fn delete_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let key = request.idempotency(|()| Ok(respond::deleted()))?;
        let context = respond::context(request, key.as_ref())?;
        let deleted = self.webhooks.delete(&context, &respond::endpoint_id(request)?).await;
        deleted.map_err(respond::problem)?;
        Ok(respond::deleted().recorded())
    }
}
