use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use lambda::dispatch::Dispatch;

use crate::{EndpointList, WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks`
    pub(crate) async fn list_webhooks(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let all = self.webhooks.list(tenant).await.map_err(respond::problem)?;
        let list = EndpointList { webhooks: all.iter().map(Into::into).collect() };
        ApiResponse::json(StatusCode::OK, &list)
    }
}
