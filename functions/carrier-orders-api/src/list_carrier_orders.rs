use api::{
    ApiRequest, ApiResponse, Problem, Query, StatusCode,
    json::parse_object,
    link::with_query,
    schema::{
        Kind, Parameters, before_order_date, from_order_date, optional, order_dates, parsed,
        query::parameters, words,
    },
};
use carrier::{
    OrderQuery,
    http::links,
    wire::{OrderPage, list_body, order_body},
};
use domain::{
    carrier::{OrderId, OrderStatus, PartyId, Pon},
    identity::Identity,
    violation::Violations,
};
use serde_json::value::to_raw_value;
use store::{CarrierList, OrderDate};

use crate::CarrierOrdersApi;

/// The list's name in its cursors.
const LIST: &str = "carrier orders";
const DEFAULT_LIMIT: usize = 20;

/// The parameters of `GET /orders`.
pub(crate) const LIST_QUERY: Parameters = parameters(&[
    optional("buyerId", parsed::<PartyId>()).about("Only of this Buyer."),
    optional("sellerId", parsed::<PartyId>()).about("Only of this Seller."),
    optional("pon", parsed::<Pon>()).about("Only with this purchase order number."),
    optional("id", parsed::<OrderId>()).about("Only the order with this id."),
    optional("status", Kind::Word(&STATUSES, &[])).about("Only in this state."),
    from_order_date(),
    before_order_date(),
    optional("limit", Kind::Integer(1, 100)).about("The most items of a page.").default("20"),
])
.with_cursor();
const STATUSES: [&str; OrderStatus::WORDS.len()] = words(OrderStatus::WORDS);

impl CarrierOrdersApi {
    /// `GET /orders`: those of the caller's parties, newest first.
    pub(crate) async fn list_carrier_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.list(request, request.whole_query()).await
    }

    pub(crate) async fn list(
        &self,
        request: &ApiRequest,
        query: &Query,
    ) -> Result<ApiResponse, Problem> {
        let identity = request.identity()?;
        let wanted = self.read(identity, query)?;
        let list = self.carrier_orders.list(identity, &wanted).await?;
        self.page(request, identity, query, list)
    }

    fn page(
        &self,
        request: &ApiRequest,
        identity: &Identity,
        query: &Query,
        list: CarrierList,
    ) -> Result<ApiResponse, Problem> {
        let links = links(request);
        let mut items = Vec::with_capacity(list.items.len());
        for (order, document) in list.items {
            let document = parse_object(document.as_bytes());
            let document = document.map_err(|error| Problem::internal(error.to_string()))?;
            let body = order_body(document, &order.header.id, &order.progress, &links);
            // As text, one after the other: a page of 6 MB takes some hundred as objects.
            items.push(to_raw_value(&body).map_err(Problem::internal)?);
        }
        let next = list.next.map(|place| {
            let cursor = self.cursors.write(&identity.tenant, LIST, &place);
            let kept = query.iter().filter(|(name, _)| *name != "cursor");
            with_query("/orders", kept.chain([("cursor", &*cursor)]))
        });
        let page = OrderPage {
            items,
            available: u32::try_from(list.available).unwrap_or(u32::MAX),
            available_is_minimum: list.available_is_minimum,
            this: with_query("/orders", query.iter()),
            next,
        };
        ApiResponse::json(StatusCode::OK, &list_body(page, &links))
    }

    /// The legacy form has its query in its path, so that the query is checked here.
    fn read(&self, identity: &Identity, query: &Query) -> Result<OrderQuery, Violations> {
        let mut violations = LIST_QUERY.check(query);
        let (from, before) = order_dates(query);
        let cursor = query.get("cursor");
        let after = cursor.and_then(|text| self.cursors.read(&identity.tenant, LIST, text).ok());
        if cursor.is_some() && after.is_none() {
            violations.add("query/cursor", "not a cursor of this list");
        }
        violations.into_result(OrderQuery {
            id: query.parsed("id"),
            buyer: query.parsed("buyerId"),
            seller: query.parsed("sellerId"),
            pon: query.parsed("pon"),
            status: query.get("status").and_then(OrderStatus::read),
            date: OrderDate { from, before },
            limit: query.parsed("limit").unwrap_or(DEFAULT_LIMIT),
            after,
        })
    }
}
