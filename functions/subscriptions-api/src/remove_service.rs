use api::{ApiRequest, ApiResponse, Problem};
use domain::subscription::ChangeRequest;

use crate::{SubscriptionsApi, change_service::service_of};

impl SubscriptionsApi {
    /// `DELETE …/services/{sid}` removes every instance, `…/{instance}` one.
    pub(crate) async fn remove_service(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let id = service_of(request)?;
        let instance = match request.params.get("instance") {
            "" => None,
            text => match text.parse() {
                Ok(number @ 1..) => Some(number),
                _ => return Err(Problem::invalid("path/instance", "a number from 1")),
            },
        };
        self.change(request, ChangeRequest::RemoveService(id, instance)).await
    }
}
