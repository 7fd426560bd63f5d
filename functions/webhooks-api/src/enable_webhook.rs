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
            .change(tenant, &id, |read| Ok(Endpoint { health: Health::default(), ..read }))
            .await?;
        ApiResponse::json(StatusCode::OK, &EndpointResponse::from(&enabled))
    }
}
