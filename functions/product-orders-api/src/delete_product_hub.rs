use api::{ApiRequest, ApiResponse, Problem};
use domain::service_order::Face;

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `DELETE hub/{id}`
    pub(crate) async fn delete_product_hub(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::hub::unsubscribe(&self.hub, Face::Product, request).await
    }
}
