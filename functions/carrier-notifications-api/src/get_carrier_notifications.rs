use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    schema::{Kind, Parameters, optional, query::parameters},
};
use carrier::http::id_in;
use serde_json::value::RawValue;

use crate::CarrierNotificationsApi;

/// The parameters of `GET /orders/{id}/notifications`.
pub(crate) const VIEW_QUERY: Parameters =
    parameters(&[optional("view", Kind::Word(&["latest", "history"], &[]))
        .about("`history`: all of them, oldest first.")
        .default(r#""latest""#)]);

impl CarrierNotificationsApi {
    /// `GET /orders/{id}/notifications`: the latest; with `?view=history` all, oldest first. An
    /// order that nothing was told of has no latest: 404.
    pub(crate) async fn get_carrier_notifications(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let history = request.query("view") == Some("history");
        let (caller, id) = (request.identity()?, id_in(request)?);
        let told = self.carrier_orders.notifications(caller, &id, !history).await?;
        let raw = |body: String| RawValue::from_string(body).map_err(Problem::internal);
        if history {
            let all: Result<Vec<_>, _> = told.into_iter().map(|told| raw(told.body)).collect();
            return ApiResponse::json(StatusCode::OK, &all?);
        }
        match told.into_iter().next() {
            Some(latest) => ApiResponse::json(StatusCode::OK, &raw(latest.body)?),
            None => Err(Problem::NotFound),
        }
    }
}
