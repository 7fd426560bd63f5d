use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::{identity::Tenant, subscription::SubscriptionId, violation::Violations};
use store::ListFilter;

use crate::{SubscriptionsApi, bodies::SubscriptionList};

/// The list's name in its cursors.
const LIST: &str = "subscriptions";
const DEFAULT_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 100;

/// What the query asks for.
struct Query {
    filter: ListFilter,
    limit: usize,
    after: Option<SubscriptionId>,
}

impl SubscriptionsApi {
    /// `GET /subscriptions`: the tenant's own, newest first.
    pub(crate) async fn list_subscriptions(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let Query { filter, limit, after } = self.read(request, tenant)?;
        let page = self.subscriptions.list(tenant, &filter, limit, after).await;
        let page = page.map_err(Problem::failed)?;
        let list = SubscriptionList {
            subscriptions: page.items.into_iter().map(Into::into).collect(),
            cursor: page.next.map(|next| self.cursors.write(tenant, LIST, &next.to_string())),
        };
        ApiResponse::json(StatusCode::OK, &list)
    }

    fn read(&self, request: &ApiRequest, tenant: &Tenant) -> Result<Query, Violations> {
        let mut violations = Violations::new();
        let mut refuse = |name: &str, message: String| {
            violations.add(format!("query/{name}"), message);
        };
        let mut query = Query { filter: ListFilter::default(), limit: DEFAULT_LIMIT, after: None };
        if let Some(text) = request.query("limit") {
            match text.parse() {
                Ok(limit) if (1..=LARGEST_LIMIT).contains(&limit) => query.limit = limit,
                _ => refuse("limit", format!("1 to {LARGEST_LIMIT}")),
            }
        }
        if let Some(text) = request.query("tag") {
            match text.parse() {
                Ok(tag) => query.filter.tag = Some(tag),
                Err(error) => refuse("tag", format!("{error}")),
            }
        }
        if let Some(text) = request.query("state") {
            match text.parse() {
                Ok(state) => query.filter.state = Some(state),
                Err(error) => refuse("state", format!("{error}")),
            }
        }
        if let Some(text) = request.query("cursor") {
            let place = self.cursors.read(tenant, LIST, text);
            match place.ok().and_then(|place| place.parse().ok()) {
                Some(id) => query.after = Some(SubscriptionId(id)),
                None => refuse("cursor", "not a cursor of this list".to_owned()),
            }
        }
        violations.into_result(query)
    }
}
