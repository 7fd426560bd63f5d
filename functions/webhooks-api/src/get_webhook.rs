use edge::{
    dispatch::Dispatch,
    http::{ApiRequest, ApiResponse, Problem, StatusCode},
};

use crate::{EndpointResponse, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}`
    pub(crate) async fn get_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let endpoint = self.endpoint(request).await?;
        ApiResponse::json(StatusCode::OK, &EndpointResponse::from(&endpoint))
    }
}
