use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}`, with its `ETag`.
    pub(crate) async fn get_webhook(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let (tenant, id) = (&request.identity()?.tenant, respond::endpoint_id(request)?);
        let found = self.webhooks.get(tenant, &id).await.map_err(respond::problem)?;
        respond::endpoint_if_changed(request, &found)
    }
}
