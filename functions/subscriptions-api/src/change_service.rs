use domain::{
    subscription::{ChangeRequest, ServiceId, ServiceSettings},
    violation::Violations,
};
use edge::{
    http::{ApiRequest, ApiResponse, Problem},
    json::{ObjectReader, parse_object},
};

use crate::{SubscriptionsApi, add_services::settings};

impl SubscriptionsApi {
    /// `PATCH …/services/{sid}`: new settings for every instance of a service.
    pub(crate) async fn change_service(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let id = service_of(request)?;
        let settings = read(&request.body)?;
        self.change(request, ChangeRequest::AdjustService(id, settings)).await
    }
}

/// The service that the path names.
pub(crate) fn service_of(request: &ApiRequest) -> Result<ServiceId, Problem> {
    let text = request.params.get("service");
    text.parse().map_err(|error| Problem::invalid("path/service", format!("{error}")))
}

fn read(body: &[u8]) -> Result<ServiceSettings, Violations> {
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    if members.is_empty() {
        violations.add("", "limit, forward-number or both");
    }
    let mut reader = ObjectReader::new(&members, &mut violations);
    let read = settings(&mut reader);
    reader.deny_unknown();
    violations.into_result(read)
}
