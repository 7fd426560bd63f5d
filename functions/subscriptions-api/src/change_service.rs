use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use domain::subscription::{ChangeRequest, ServiceId};

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `PATCH …/services/{sid}`: new settings for every instance of a service.
    pub(crate) async fn change_service(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let id = service_of(request)?;
        let settings = ecc::read::settings(&parse_object(&request.body)?)?;
        self.change(request, ChangeRequest::AdjustService(id, settings)).await
    }
}

/// The service that the path names.
pub(crate) fn service_of(request: &ApiRequest) -> Result<ServiceId, Problem> {
    let text = request.params.get("service");
    text.parse().map_err(|error| Problem::invalid("path/service", format!("{error}")))
}
