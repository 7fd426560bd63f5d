use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    schema::{Kind, Parameters, optional, parsed, query::parameters},
};
use domain::{
    identity::Tenant,
    numbering::{Iccid, Msisdn},
    subscription::{
        NumberFilter, SortOrder, SubscriptionFilter, SubscriptionId, SubscriptionState, Tag,
    },
    violation::Violations,
};
use store::{ListQuery, Listing, MOST_LISTED};

use crate::{SubscriptionsApi, bodies::SubscriptionList};

/// The list's name in its cursors.
const LIST: &str = "subscriptions";
const DEFAULT_LIMIT: usize = 50;

/// The parameters of `GET /subscriptions`.
pub(crate) const LIST_QUERY: Parameters = parameters(&[
    optional("limit", Kind::Integer(1, 100)).about("The most items of a page.").default("50"),
    optional("offset", Kind::Integer(0, u32::MAX as i64))
        .about("How many subscriptions are left out first. Not with a cursor.")
        .default("0"),
    optional("order-by", Kind::List(1, 3, &parsed::<SortOrder>())).about(
        "The order: by one property, where that is equal by the next one, and at last newest \
         first. Numbers are compared digit by digit. Newest first without it. Not with a cursor.",
    ),
    optional("iccid", Kind::List(1, SubscriptionFilter::MOST, &parsed::<NumberFilter<Iccid>>()))
        .about("Only with this SIM, or one that begins with the digits after `prefix:`."),
    optional("msisdn", Kind::List(1, SubscriptionFilter::MOST, &parsed::<NumberFilter<Msisdn>>()))
        .about("Only with this number, or one that begins with the digits after `prefix:`."),
    optional("blocked", Kind::Boolean).about("Only blocked ones, or only others."),
    optional("tag", Kind::List(1, SubscriptionFilter::MOST, &parsed::<Tag>()))
        .about("Only with this tag; with all of several."),
    optional("state", Kind::Word(&STATES, &[])).about("Only in this state."),
])
.with_cursor();
const STATES: [&str; 2] =
    [SubscriptionState::BeforeFirstUse.as_str(), SubscriptionState::InUse.as_str()];
/// The parameters that are filters.
const FILTERS: [&str; 5] = ["iccid", "msisdn", "blocked", "tag", "state"];

impl SubscriptionsApi {
    /// `GET /subscriptions`: the tenant's own, newest first or in the order asked for.
    pub(crate) async fn list_subscriptions(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let query = self.read(request, tenant)?;
        match self.subscriptions.list(tenant, &query).await.map_err(Problem::failed)? {
            Listing::Page(page) => {
                let cursor =
                    page.next.map(|next| self.cursors.write(tenant, LIST, &next.to_string()));
                let subscriptions = page.items.into_iter().map(Into::into).collect();
                ApiResponse::json(StatusCode::OK, &SubscriptionList { subscriptions, cursor })
            }
            Listing::TooMany => Err(too_many(&query)),
        }
    }

    fn read(&self, request: &ApiRequest, tenant: &Tenant) -> Result<ListQuery, Violations> {
        let mut violations = request.query_violations();
        let all = request.whole_query();
        let mut query = ListQuery {
            filter: SubscriptionFilter {
                iccid: all.all_parsed("iccid"),
                msisdn: all.all_parsed("msisdn"),
                blocked: all.parsed("blocked"),
                tags: all.all_parsed("tag"),
                state: all.parsed("state"),
            },
            order: all.all_parsed("order-by"),
            offset: all.parsed("offset").unwrap_or_default(),
            limit: all.parsed("limit").unwrap_or(DEFAULT_LIMIT),
            after: None,
        };
        let mut filters = all.iter().filter(|(name, _)| FILTERS.contains(name));
        if let Some((name, _)) = filters.nth(SubscriptionFilter::MOST) {
            let most = SubscriptionFilter::MOST;
            violations.add(format!("query/{name}"), format!("at most {most} filters in all"));
        }
        if let Some(text) = request.query("cursor") {
            match self.after(tenant, text) {
                Some(id) => query.after = Some(id),
                None => violations.add("query/cursor", "not a cursor of this list"),
            }
            if query.offset > 0 || !query.order.is_newest_first() {
                violations.add("query/cursor", "not with order-by or offset");
            }
        }
        violations.into_result(query)
    }

    fn after(&self, tenant: &Tenant, cursor: &str) -> Option<SubscriptionId> {
        let place = self.cursors.read(tenant, LIST, cursor).ok()?;
        place.parse().map(SubscriptionId).ok()
    }
}

/// No index serves the query, and there are too many subscriptions to be looked at.
fn too_many(query: &ListQuery) -> Problem {
    let (name, what) = if query.order.is_newest_first() {
        ("offset", "an offset into more than")
    } else {
        ("order-by", "an order other than newest first of more than")
    };
    let message = format!(
        "{what} {MOST_LISTED} subscriptions is not possible: list them newest first, without \
         order-by and offset, and continue with the cursor, or filter by a whole number"
    );
    Problem::invalid(format!("query/{name}"), message)
}
