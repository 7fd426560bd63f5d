use api::{ApiRequest, ApiResponse, Problem};

use crate::EsimOrdersApi;

impl EsimOrdersApi {
    /// `POST v1/order`
    pub(crate) async fn create_esim_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        esim::http::place(&self.orders, request).await
    }
}
