use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    schema::{Kind, Parameters, optional, parsed, query::parameters},
};
use domain::{
    identity::Tenant,
    subscription::{SubscriptionId, SubscriptionState, Tag},
    violation::Violations,
};
use store::ListFilter;

use crate::{SubscriptionsApi, bodies::SubscriptionList};

/// The list's name in its cursors.
const LIST: &str = "subscriptions";
const DEFAULT_LIMIT: usize = 50;

/// The parameters of `GET /subscriptions`.
pub(crate) const LIST_QUERY: Parameters = parameters(&[
    optional("limit", Kind::Integer(1, 100)).about("The most items of a page.").default("50"),
    optional("tag", parsed::<Tag>()).about("Only with this tag."),
    optional("state", Kind::Word(&STATES, &[])).about("Only in this state."),
])
.with_cursor();
const STATES: [&str; 2] =
    [SubscriptionState::BeforeFirstUse.as_str(), SubscriptionState::InUse.as_str()];

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
        let mut violations = request.query_violations();
        let mut query = Query {
            filter: ListFilter {
                tag: request.parsed_query("tag"),
                state: request.parsed_query("state"),
            },
            limit: request.parsed_query("limit").unwrap_or(DEFAULT_LIMIT),
            after: None,
        };
        if let Some(text) = request.query("cursor") {
            let place = self.cursors.read(tenant, LIST, text);
            match place.ok().and_then(|place| place.parse().ok()) {
                Some(id) => query.after = Some(SubscriptionId(id)),
                None => violations.add("query/cursor", "not a cursor of this list"),
            }
        }
        violations.into_result(query)
    }
}
