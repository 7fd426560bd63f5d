use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use lambda::dispatch::Dispatch;

use crate::{BatchResponse, BatchesApi};

impl<D: Dispatch> BatchesApi<D> {
    /// `GET /batches/{batchid}`
    pub(crate) async fn get_batch(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = request.params.get("batchid").parse().map_err(|_| Problem::NotFound)?;
        let found = self.batches.get(tenant, id).await.map_err(Problem::failed)?;
        let batch = found.ok_or(Problem::NotFound)?;
        ApiResponse::json(StatusCode::OK, &BatchResponse::from(&batch))
    }
}
