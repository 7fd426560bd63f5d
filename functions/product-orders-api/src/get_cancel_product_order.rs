use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `GET cancelProductOrder/{id}`
    pub(crate) async fn get_cancel_product_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::get_cancel_task(&self.orders, request).await
    }
}
