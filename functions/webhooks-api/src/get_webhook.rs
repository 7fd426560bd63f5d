use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use lambda::dispatch::Dispatch;

use crate::{EndpointResponse, WebhooksApi, etag};

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}`, with its `ETag`.
    pub(crate) async fn get_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let endpoint = self.endpoint(request).await?;
        let current = etag(&endpoint);
        request.check_conditions(&current)?;
        if let Some(seen) = request.seen(&current) {
            return Ok(ApiResponse::empty(StatusCode::NOT_MODIFIED).header(header::ETAG, seen));
        }
        let response = ApiResponse::json(StatusCode::OK, &EndpointResponse::from(&endpoint))?;
        Ok(response.header(header::ETAG, current))
    }
}
