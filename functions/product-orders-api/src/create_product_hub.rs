use api::{ApiRequest, ApiResponse, Problem};
use domain::service_order::Face;

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `POST hub`
    pub(crate) async fn create_product_hub(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::hub::subscribe(&self.hub, Face::Product, request).await
    }
}
