use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::webhook::Payload;
use lambda::dispatch::Dispatch;
use store::StoredDelivery;

use crate::{DeliveryResponse, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/test`: a `webhook.test` message, whatever the endpoint wants to hear.
    pub(crate) async fn test_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let endpoint = self.enabled(request).await?;
        let now = self.clock.now();
        let payload = Payload::test(&endpoint.id, self.random.generate(), now);
        let correlation = &request.correlation_id;
        let planned = StoredDelivery::planned(&endpoint, &payload, None, correlation, now);
        let response = ApiResponse::json(StatusCode::ACCEPTED, &DeliveryResponse::from(&planned))?;
        let (guard, due) = (request.guard(&response)?, now + self.watchdog);
        self.deliveries.plan_guarded(&planned, due, guard.as_ref()).await?;
        self.send(&endpoint.tenant, &planned).await;
        Ok(response.recorded())
    }
}
