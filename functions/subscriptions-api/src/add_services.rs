use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use domain::subscription::ChangeRequest;

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `POST …/services`: adds services, each as an instance of its own.
    pub(crate) async fn add_services(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let services = ecc::read::services(&parse_object(&request.body)?)?;
        self.change(request, ChangeRequest::AddServices(services)).await
    }
}
