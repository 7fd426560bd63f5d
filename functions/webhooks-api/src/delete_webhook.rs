use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, endpoint_id, etag};

impl<D: Dispatch> WebhooksApi<D> {
    /// `DELETE /webhooks/{id}`: what still waits for it is abandoned when its time comes.
    pub(crate) async fn delete_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = endpoint_id(request)?;
        let removed = self
            .endpoints
            .remove(tenant, &id, |read| request.check_conditions(&etag(read)))
            .await
            .map_err(Problem::failed)?;
        removed.ok_or(Problem::NotFound)??;
        Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
    }
}
