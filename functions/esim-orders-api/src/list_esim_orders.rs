use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    schema::{
        Kind, Parameters, before_order_date, from_order_date, optional, order_dates, parsed,
        query::parameters,
    },
};
use domain::esim::{EsimIccid, EsimOrderFilter, EsimOrderId, EsimOrderStatus};
use esim::wire::{EsimOrderList, order_body};
use store::{OrderDate, OrderRange};

use crate::EsimOrdersApi;

/// The list's name in its cursors.
const LIST: &str = "esim orders";
const DEFAULT_LIMIT: usize = 20;
const STATUSES: [&str; EsimOrderStatus::ALL.len()] = [
    EsimOrderStatus::Accepted.as_str(),
    EsimOrderStatus::Fulfilling.as_str(),
    EsimOrderStatus::Completed.as_str(),
    EsimOrderStatus::Failed.as_str(),
];

/// The parameters of `GET v1/order`.
pub(crate) const LIST_QUERY: Parameters = parameters(&[
    optional("status", Kind::Word(&STATUSES, &[])).about("Only in this status."),
    optional("iccid", parsed::<EsimIccid>())
        .about("Only about this eSIM: that of a top-up, or the one that the order has produced."),
    optional("correlationId", Kind::Text(1, 128))
        .about("Only placed by a request with this `X-Correlation-ID`."),
    from_order_date(),
    before_order_date(),
    optional("limit", Kind::Integer(1, 100)).about("The most items of a page.").default("20"),
])
.with_cursor();

impl EsimOrdersApi {
    /// `GET v1/order`: the tenant's own, newest first.
    pub(crate) async fn list_esim_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (tenant, query) = (&request.identity()?.tenant, request.whole_query());
        let (after, violations) = self.cursors.after::<EsimOrderId>(request, LIST)?;
        violations.into_result(())?;
        let (from, before) = order_dates(query);
        let range = OrderRange {
            date: OrderDate { from, before },
            limit: query.parsed("limit").unwrap_or(DEFAULT_LIMIT),
            after: after.map(|id| id.to_string()),
        };
        let filter = EsimOrderFilter {
            status: query.parsed("status"),
            iccid: query.parsed("iccid"),
            correlation_id: query.parsed("correlationId"),
        };
        let page = self.orders.list(tenant, &range, &filter).await.map_err(Problem::failed)?;
        let cursor = page.next.map(|next| self.cursors.write(tenant, LIST, &next));
        let orders = page.items.iter().map(order_body).collect::<Result<_, _>>();
        let orders = orders.map_err(Problem::internal)?;
        ApiResponse::json(StatusCode::OK, &EsimOrderList { orders, cursor })
    }
}
