use api::{
    ApiRequest, ApiResponse, Problem, Query, StatusCode,
    schema::{Custom, Kind, Parameters, optional, parsed, query::parameters, words},
};
use carrier::{
    parties, roles,
    wire::{OrderPage, list_body, order_body},
};
use domain::{
    carrier::{CarrierDate, CarrierOrder, OrderId, OrderStatus, PartyId, Pon, Side},
    identity::Identity,
    violation::Violations,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use store::{CarrierList, CarrierListFilter, OrderDate};

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
    optional("orderDate.gte", Kind::Custom(&DATE))
        .about("Only with this order date or a later one."),
    optional("orderDate.lt", Kind::Custom(&DATE)).about("Only with an earlier order date."),
    optional("limit", Kind::Integer(1, 100)).about("The most items of a page.").default("20"),
])
.with_cursor();
const STATUSES: [&str; OrderStatus::WORDS.len()] = words(OrderStatus::WORDS);
const DATE: Custom = Custom {
    check: |value| {
        let date = value.as_str().map(CarrierDate::read);
        date.and_then(|date| date.earliest()).map(drop).ok_or("a date")
    },
    schema: r#"{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$",
        "description": "YYYY-MM-DD, or with a time and an offset."}"#,
    beyond: true,
    examples: &["\"2026-11-21\""],
};

/// What the query asks for.
struct Wanted {
    filter: CarrierListFilter,
    id: Option<OrderId>,
    limit: usize,
    after: Option<String>,
}

impl Wanted {
    /// Whether at most one order can be meant, whose key is known: a number is unique with its
    /// Buyer.
    fn is_at_most_one(&self) -> bool {
        let buyers = || self.filter.of.iter().all(|(_, side)| *side == Side::Buyer);
        self.id.is_some() || self.filter.pon.is_some() && (self.filter.buyer.is_some() || buyers())
    }
}

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
        let list = if wanted.is_at_most_one() {
            self.one(identity, &wanted).await?
        } else {
            let Wanted { filter, limit, after, .. } = &wanted;
            let list = self.carrier_orders.orders.list(filter, *limit, after.as_deref()).await;
            list.map_err(Problem::failed)?
        };
        self.page(request, identity, query, list)
    }

    /// The order with this id, or a Buyer's number.
    async fn one(&self, identity: &Identity, wanted: &Wanted) -> Result<CarrierList, Problem> {
        let mut ids = Vec::from_iter(wanted.id.clone());
        if let Some(pon) = &wanted.filter.pon {
            let buyers: Vec<PartyId> = match &wanted.filter.buyer {
                Some(buyer) => vec![buyer.clone()],
                None => wanted.filter.of.iter().map(|(party, _)| party.clone()).collect(),
            };
            for buyer in buyers {
                ids.extend(
                    self.carrier_orders
                        .orders
                        .by_pon(&buyer, pon)
                        .await
                        .map_err(Problem::failed)?,
                );
            }
        }
        let mut items = Vec::new();
        for id in ids {
            let found = self.carrier_orders.orders.get_whole(&id).await.map_err(Problem::failed)?;
            let passes = |(order, document): &(CarrierOrder, String)| {
                !roles(identity, &order.header).is_empty()
                    && wanted.filter.lets_pass(order)
                    && is_of(document, wanted.filter.date)
                    && wanted.id.as_ref().is_none_or(|id| order.header.id == *id)
            };
            items.extend(found.filter(passes));
        }
        items.dedup_by(|(one, _), (other, _)| one.header.id == other.header.id);
        let available = items.len();
        Ok(CarrierList { items, available, available_is_minimum: false, next: None })
    }

    fn page(
        &self,
        request: &ApiRequest,
        identity: &Identity,
        query: &Query,
        list: CarrierList,
    ) -> Result<ApiResponse, Problem> {
        let links = carrier::links(request);
        let mut items = Vec::with_capacity(list.items.len());
        for (order, document) in list.items {
            let document = serde_json::from_str(&document).map_err(Problem::internal)?;
            items.push(order_body(document, &order.header.id, &order.progress, &links));
        }
        let next = list.next.map(|place| {
            let cursor = self.cursors.write(&identity.tenant, LIST, &place);
            path(query.iter().filter(|(name, _)| *name != "cursor"), Some(&cursor))
        });
        let page = OrderPage {
            items,
            available: u32::try_from(list.available).unwrap_or(u32::MAX),
            available_is_minimum: list.available_is_minimum,
            this: path(query.iter(), None),
            next,
        };
        ApiResponse::json(StatusCode::OK, &list_body(page, &links))
    }

    /// The legacy form has its query in its path, so that the query is checked here.
    fn read(&self, identity: &Identity, query: &Query) -> Result<Wanted, Violations> {
        let mut violations = LIST_QUERY.check(query);
        let buyer: Option<PartyId> = query.parsed("buyerId");
        let seller: Option<PartyId> = query.parsed("sellerId");
        let mut of = parties(identity);
        // A filter by party narrows where to look at all.
        of.retain(|(party, side)| match side {
            Side::Buyer => buyer.as_ref().is_none_or(|buyer| buyer == party),
            Side::Seller => seller.as_ref().is_none_or(|seller| seller == party),
        });
        let date = |name| CarrierDate::read(query.get(name)?).earliest();
        let cursor = query.get("cursor");
        let after = cursor.and_then(|text| self.cursors.read(&identity.tenant, LIST, text).ok());
        if cursor.is_some() && after.is_none() {
            violations.add("query/cursor", "not a cursor of this list");
        }
        violations.into_result(Wanted {
            id: query.parsed("id"),
            limit: query.parsed("limit").unwrap_or(DEFAULT_LIMIT),
            after,
            filter: CarrierListFilter {
                of,
                buyer,
                seller,
                pon: query.parsed("pon"),
                status: query.get("status").and_then(OrderStatus::read),
                date: OrderDate { from: date("orderDate.gte"), before: date("orderDate.lt") },
            },
        })
    }
}

/// Whether a document's order date lies in these bounds.
fn is_of(document: &str, OrderDate { from, before }: OrderDate) -> bool {
    if from.is_none() && before.is_none() {
        return true;
    }
    let document: Map<String, Value> = serde_json::from_str(document).unwrap_or_default();
    let date = document.get("orderDate").and_then(Value::as_str).map(CarrierDate::read);
    date.and_then(|date| date.earliest()).is_some_and(|date| {
        from.is_none_or(|from| from <= date) && before.is_none_or(|before| date < before)
    })
}

/// Path and query of a page.
fn path<'q>(pairs: impl Iterator<Item = (&'q str, &'q str)>, cursor: Option<&'q str>) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = pairs.chain(cursor.map(|cursor| ("cursor", cursor)));
    let query: Vec<String> =
        pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if query.is_empty() { "/orders".to_owned() } else { format!("/orders?{}", query.join("&")) }
}
