use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::esim::EsimOrder;
use esim::wire::order_body;

use crate::EsimOrdersApi;

impl EsimOrdersApi {
    /// `GET v1/order/{id}`
    pub(crate) async fn get_esim_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        order_response(&self.find(request).await?)
    }
}

pub(crate) fn order_response(order: &EsimOrder) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::OK, &order_body(order).map_err(Problem::internal)?)
}
