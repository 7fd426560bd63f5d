use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    schema::{Kind, Parameters, optional, query::parameters},
};
use lambda::dispatch::Dispatch;

use crate::{DeliveryList, WebhooksApi, respond};

const DEFAULT_LIMIT: usize = 20;

/// The parameters of `GET /webhooks/{id}/deliveries`.
pub(crate) const LIST_QUERY: Parameters = parameters(&[optional("limit", Kind::Integer(1, 100))
    .about("The most items of a page.")
    .default("20")])
.with_cursor();

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}/deliveries`: those of the last 30 days, the newest first.
    pub(crate) async fn list_deliveries(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (tenant, id) = (&request.identity()?.tenant, respond::endpoint_id(request)?);
        let endpoint = self.webhooks.get(tenant, &id).await.map_err(respond::problem)?;
        let list = format!("deliveries {}", endpoint.id);
        let mut violations = request.query_violations();
        let limit = request.parsed_query("limit").unwrap_or(DEFAULT_LIMIT);
        let mut after = None;
        if let Some(text) = request.query("cursor") {
            match self.cursors.read(&endpoint.tenant, &list, text) {
                Ok(position) => after = Some(position),
                Err(error) => violations.add("query/cursor", error.to_string()),
            }
        }
        let () = violations.into_result(())?;
        let found = self.webhooks.deliveries(&endpoint, limit, after.as_deref()).await;
        let (found, more) = found.map_err(respond::problem)?;
        let list = DeliveryList {
            deliveries: found.iter().map(Into::into).collect(),
            cursor: more.map(|position| self.cursors.write(&endpoint.tenant, &list, &position)),
        };
        ApiResponse::json(StatusCode::OK, &list)
    }
}
