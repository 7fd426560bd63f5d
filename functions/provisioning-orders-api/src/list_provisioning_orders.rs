use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    schema::{
        Kind, Parameters, before_order_date, from_order_date, optional, order_dates, parsed,
        query::parameters,
    },
};
use domain::{
    numbering::{Iccid, Msisdn},
    provisioning::{OrderFilter, OrderStatus},
};
use serde::Serialize;
use store::{OrderDate, OrderRange};

use crate::{ProvisioningOrderResponse, ProvisioningOrdersApi};

/// The list's name in its cursors.
const LIST: &str = "provisioning orders";
const DEFAULT_LIMIT: usize = 50;
const STATUSES: [&str; OrderStatus::ALL.len()] = [
    OrderStatus::Provisioning.as_str(),
    OrderStatus::Completed.as_str(),
    OrderStatus::Canceled.as_str(),
];

/// The parameters of `GET /orders`.
pub(crate) const LIST_QUERY: Parameters = parameters(&[
    optional("status", Kind::Word(&STATUSES, &[])).about("Only in this status."),
    optional("msisdn", parsed::<Msisdn>()).about(
        "Only about this number: what the subscription had when the order was placed, or gets by \
         the order.",
    ),
    optional("iccid", parsed::<Iccid>()).about("Only about this SIM, in the same sense."),
    optional("correlationId", Kind::Text(1, 128))
        .about("Only placed by a request with this `X-Correlation-ID`."),
    from_order_date(),
    before_order_date(),
    optional("limit", Kind::Integer(1, 100)).about("The most items of a page.").default("50"),
])
.with_cursor();

/// A page of orders.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ProvisioningOrderList {
    /// Newest first.
    pub(crate) orders: Vec<ProvisioningOrderResponse>,
    /// Where the next page begins; absent at the end. A page with a cursor may be short, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
}

impl ProvisioningOrdersApi {
    /// `GET /orders`: the tenant's own, newest first.
    pub(crate) async fn list_provisioning_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (tenant, query) = (&request.identity()?.tenant, request.whole_query());
        let (after, violations) = self.cursors.after::<String>(request, LIST)?;
        violations.into_result(())?;
        let (from, before) = order_dates(query);
        let range = OrderRange {
            date: OrderDate { from, before },
            limit: query.parsed("limit").unwrap_or(DEFAULT_LIMIT),
            after,
        };
        let filter = OrderFilter {
            status: query.parsed("status"),
            msisdn: query.parsed("msisdn"),
            iccid: query.parsed("iccid"),
            correlation_id: query.parsed("correlationId"),
        };
        let page = self.orders.list(tenant, &range, &filter).await.map_err(Problem::failed)?;
        let cursor = page.next.map(|next| self.cursors.write(tenant, LIST, &next));
        let orders = page.items.into_iter().map(Into::into).collect();
        ApiResponse::json(StatusCode::OK, &ProvisioningOrderList { orders, cursor })
    }
}
