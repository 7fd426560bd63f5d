use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::webhook::{Endpoint, Health};
use lambda::dispatch::Dispatch;

use crate::{EndpointResponse, WebhooksApi, endpoint_id};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/enable`: messages go to it again from now on. What was abandoned
    /// meanwhile can be replayed.
    pub(crate) async fn enable_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = endpoint_id(request)?;
        let enabled = self
            .endpoints
            .change(tenant, &id, |read| Endpoint { health: Health::default(), ..read });
        let enabled = enabled.await.map_err(Problem::failed)?.ok_or(Problem::NotFound)?;
        ApiResponse::json(StatusCode::OK, &EndpointResponse::from(&enabled))
    }
}
