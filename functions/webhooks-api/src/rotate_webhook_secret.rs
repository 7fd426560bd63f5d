use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::webhook::{Endpoint, Secret};
use lambda::dispatch::Dispatch;

use crate::{EndpointWithSecret, WebhooksApi, endpoint_id};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/rotate-secret`: a new secret, shown this once; the old one signs
    /// beside it for 24 hours.
    pub(crate) async fn rotate_webhook_secret(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = endpoint_id(request)?;
        let (secret, now) = (Secret::new(&*self.random), self.clock.now());
        let rotated = self.endpoints.change(tenant, &id, |read| Endpoint {
            secrets: read.secrets.clone().rotated(secret.clone(), now),
            ..read
        });
        let rotated = rotated.await.map_err(Problem::failed)?.ok_or(Problem::NotFound)?;
        tracing::info!(endpoint_id = id.as_str(), "secret rotated");
        ApiResponse::json(StatusCode::OK, &EndpointWithSecret::from(&rotated))
    }
}
