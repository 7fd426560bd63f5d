use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use lambda::dispatch::Dispatch;

use crate::{EndpointResponse, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}`
    pub(crate) async fn get_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let endpoint = self.endpoint(request).await?;
        ApiResponse::json(StatusCode::OK, &EndpointResponse::from(&endpoint))
    }
}
