use api::{ApiRequest, ApiResponse, Problem, StatusCode};

use crate::{
    SubscriptionsApi,
    bodies::{AssignableService, ServicesResponse},
};

impl SubscriptionsApi {
    /// `GET /services`: what may be assigned.
    pub(crate) async fn list_services(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        let services =
            self.orders.services.iter().map(|id| AssignableService { id: id.to_string() });
        ApiResponse::json(StatusCode::OK, &ServicesResponse { services: services.collect() })
    }
}
