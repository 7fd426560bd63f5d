use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/rotate-secret`: a new secret, shown this once; the one before it
    /// signs beside it for 24 hours, whatever rotations follow. Under a key, a repetition gets the
    /// same secret: the response is stored in the transaction of the rotation.
    pub(crate) async fn rotate_webhook_secret(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let key = request.idempotency(respond::rotated)?;
        let context = respond::context(request, key.as_ref())?;
        let rotated = self.webhooks.rotate_secret(&context, &respond::endpoint_id(request)?).await;
        Ok(respond::rotated(&rotated.map_err(respond::problem)?)?.recorded())
    }
}
