use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use esim::wire::order_body;

use crate::EsimOrdersApi;

impl EsimOrdersApi {
    /// `GET v1/order/{id}`
    pub(crate) async fn get_esim_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let order = self.find(request).await?;
        ApiResponse::json(StatusCode::OK, &order_body(&order).map_err(Problem::internal)?)
    }
}
