use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::webhook::MessageId;
use lambda::dispatch::Dispatch;
use store::StoredDelivery;

use crate::{DeliveryResponse, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/deliveries/{deliveryId}/replay`: the whole schedule once more, under
    /// the same `webhook-id`.
    pub(crate) async fn replay_delivery(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let endpoint = self.enabled(request).await?;
        let message: MessageId =
            request.params.get("deliveryId").parse().map_err(|_| Problem::NotFound)?;
        let found = self.deliveries.get(&endpoint.id, &message).await.map_err(Problem::failed)?;
        let stored = found.ok_or(Problem::NotFound)?;
        let now = self.clock.now();
        let replayed = stored.delivery.replayed(now);
        let again = StoredDelivery { delivery: replayed, ..stored.clone() };
        let response = ApiResponse::json(StatusCode::ACCEPTED, &DeliveryResponse::from(&again))?;
        let (guard, due) = (request.guard(&response)?, now + self.watchdog);
        let started =
            self.deliveries.replay_guarded(&stored, &again.delivery, due, guard.as_ref(), now);
        if !started.await? {
            let info = "the delivery changed at the same time; read it again";
            return Err(Problem::conflict("DELIVERY_MOVED_ON", info));
        }
        self.send(&endpoint.tenant, &again).await;
        Ok(response.recorded())
    }
}
