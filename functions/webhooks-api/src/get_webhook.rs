use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use lambda::dispatch::Dispatch;

use crate::{EndpointResponse, WebhooksApi, etag};

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}`, with its `ETag`.
    pub(crate) async fn get_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let endpoint = self.endpoint(request).await?;
        let response = ApiResponse::json(StatusCode::OK, &EndpointResponse::from(&endpoint))?;
        Ok(response.header(header::ETAG, etag(&endpoint)))
    }
}
