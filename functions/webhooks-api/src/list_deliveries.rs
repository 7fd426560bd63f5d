use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::violation::Violations;
use lambda::dispatch::Dispatch;

use crate::{DeliveryList, WebhooksApi};

const DEFAULT_LIMIT: usize = 20;
const LARGEST_LIMIT: usize = 100;

impl<D: Dispatch> WebhooksApi<D> {
    /// `GET /webhooks/{id}/deliveries`: those of the last 30 days, the newest first.
    pub(crate) async fn list_deliveries(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let endpoint = self.endpoint(request).await?;
        let list = format!("deliveries {}", endpoint.id);
        let mut violations = Violations::new();
        let mut limit = DEFAULT_LIMIT;
        if let Some(text) = request.query("limit") {
            match text.parse() {
                Ok(wanted) if (1..=LARGEST_LIMIT).contains(&wanted) => limit = wanted,
                _ => violations.add("query/limit", format!("1 to {LARGEST_LIMIT}")),
            }
        }
        let mut after = None;
        if let Some(text) = request.query("cursor") {
            match self.cursors.read(&endpoint.tenant, &list, text) {
                Ok(position) => after = Some(position),
                Err(error) => violations.add("query/cursor", error.to_string()),
            }
        }
        let () = violations.into_result(())?;
        let found = self.deliveries.list(&endpoint.id, limit, after.as_deref()).await;
        let (found, more) = found.map_err(Problem::failed)?;
        let list = DeliveryList {
            deliveries: found.iter().map(Into::into).collect(),
            cursor: more.map(|position| self.cursors.write(&endpoint.tenant, &list, &position)),
        };
        ApiResponse::json(StatusCode::OK, &list)
    }
}
