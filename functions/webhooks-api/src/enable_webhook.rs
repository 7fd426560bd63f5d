use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::webhook::{Endpoint, Health};
use lambda::dispatch::Dispatch;

use crate::{EndpointResponse, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/enable`: messages go to it again from now on. What was abandoned
    /// meanwhile can be replayed.
    pub(crate) async fn enable_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.change(request, enabled, |read| Ok(Endpoint { health: Health::default(), ..read }))
            .await
    }
}

fn enabled(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::OK, &EndpointResponse::from(endpoint))
}
