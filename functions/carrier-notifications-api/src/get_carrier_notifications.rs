use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    schema::{Kind, Parameters, optional, query::parameters},
};
use carrier::http::id_in;
use domain::carrier::OrderId;
use serde_json::value::RawValue;
use store::StoredNotification;

use crate::CarrierNotificationsApi;

/// The parameters of `GET /orders/{id}/notifications`.
pub(crate) const VIEW_QUERY: Parameters = parameters(&[
    optional("view", Kind::Word(&["latest", "history"], &[]))
        .about("`history`: all of them, oldest first.")
        .default(r#""latest""#),
    optional("limit", Kind::Integer(1, MOST))
        .about("The most items of a page of the history.")
        .default("1000"),
])
.with_cursor();
const MOST: i64 = 1_000;
const DEFAULT_LIMIT: usize = 1_000;

impl CarrierNotificationsApi {
    /// `GET /orders/{id}/notifications`: the latest; with `?view=history` all, oldest first. An
    /// order that nothing was told of has no latest: 404.
    pub(crate) async fn get_carrier_notifications(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (caller, id) = (request.identity()?, id_in(request)?);
        let list = format!("notifications {id}");
        let mut violations = request.query_violations();
        let mut after = None;
        if let Some(text) = request.query("cursor") {
            match self.cursors.read(&caller.tenant, &list, text) {
                Ok(position) => after = Some(position),
                Err(error) => violations.add("query/cursor", error.to_string()),
            }
        }
        let () = violations.into_result(())?;
        if request.query("view") == Some("history") {
            return self.history(request, &id, &list, after.as_deref()).await;
        }
        match self.carrier_orders.latest_notification(caller, &id).await? {
            Some(latest) => ApiResponse::json(StatusCode::OK, &raw(latest)?),
            None => Err(Problem::NotFound),
        }
    }

    /// A page of the history. The body is a list and has no room for a cursor: a `Link` names the
    /// next page (RFC 8288).
    async fn history(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        list: &str,
        after: Option<&str>,
    ) -> Result<ApiResponse, Problem> {
        let caller = request.identity()?;
        let limit = request.parsed_query("limit").unwrap_or(DEFAULT_LIMIT);
        let page = self.carrier_orders.notifications(caller, id, after, limit).await?;
        let items: Result<Vec<_>, _> = page.items.into_iter().map(raw).collect();
        let response = ApiResponse::json(StatusCode::OK, &items?)?;
        let Some(next) = page.next else { return Ok(response) };
        let cursor = self.cursors.write(&caller.tenant, list, &next);
        let path = &request.raw_path;
        let next = format!("<{path}?view=history&limit={limit}&cursor={cursor}>; rel=\"next\"");
        Ok(response.header(header::LINK, next))
    }
}

/// The notification as it is stored.
fn raw(notification: StoredNotification) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(notification.body).map_err(Problem::internal)
}
