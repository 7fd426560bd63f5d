use domain::{
    subscription::{ChangeRequest, MAX_SERVICES, ServiceRequest, ServiceSettings},
    violation::Violations,
};
use edge::{
    http::{ApiRequest, ApiResponse, Problem},
    json::{ObjectReader, parse_object},
};

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `POST …/services`: adds services, each as an instance of its own.
    pub(crate) async fn add_services(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let services = read(&request.body)?;
        if services.iter().any(|service| !self.services.contains(&service.id)) {
            let info = "the client may not assign such a service";
            return Err(Problem::bad_request("UNKNOWN_SERVICE", info));
        }
        self.change(request, ChangeRequest::AddServices(services)).await
    }
}

/// `limit` and `forward-number`, as adding and changing a service read them.
pub(crate) fn settings(reader: &mut ObjectReader<'_, '_>) -> ServiceSettings {
    ServiceSettings {
        limit: reader.optional("limit", |value| {
            value.integer(0..=i64::MAX).and_then(|limit| u64::try_from(limit).ok())
        }),
        forward_number: reader.optional("forward-number", |value| value.parse()),
    }
}

fn read(body: &[u8]) -> Result<Vec<ServiceRequest>, Violations> {
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let services = reader.required("services", |value| {
        value.array(1..=MAX_SERVICES, |item| {
            item.closed_object(|service| {
                let id = service.required("id", |value| value.parse());
                let settings = settings(service);
                let mode = service.optional("mode", |value| value.parse());
                Some(ServiceRequest { id: id?, settings, mode })
            })
        })
    });
    reader.deny_unknown();
    violations.into_result(services.unwrap_or_default())
}
