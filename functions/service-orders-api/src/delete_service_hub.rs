use api::{ApiRequest, ApiResponse, Problem};
use domain::service_order::Face;

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `DELETE hub/{id}`
    pub(crate) async fn delete_service_hub(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::hub::unsubscribe(&self.hub, Face::Service, request).await
    }
}
