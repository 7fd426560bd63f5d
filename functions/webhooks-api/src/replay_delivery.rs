use api::{ApiRequest, ApiResponse, Problem};
use domain::webhook::MessageId;
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/deliveries/{deliveryId}/replay`: the whole schedule once more, under
    /// the same `webhook-id`.
    pub(crate) async fn replay_delivery(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let id = respond::endpoint_id(request)?;
        let message: MessageId =
            request.params.get("deliveryId").parse().map_err(|_| Problem::NotFound)?;
        let key = request.idempotency(respond::delivery)?;
        let context = respond::context(request, key.as_ref())?;
        let replayed = self.webhooks.replay(&context, &id, &message).await;
        Ok(respond::delivery(&replayed.map_err(respond::problem)?)?.recorded())
    }
}
