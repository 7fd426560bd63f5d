use api::{ApiRequest, ApiResponse, Problem};
use domain::service_order::Face;

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `POST hub`
    pub(crate) async fn create_service_hub(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::hub::subscribe(&self.hub, Face::Service, request).await
    }
}
