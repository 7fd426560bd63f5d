use api::{ApiRequest, ApiResponse, Problem, Query, StatusCode};
use carrier::{
    parties, sides,
    wire::{OrderPage, list_body, order_body},
};
use domain::{
    carrier::{CarrierDate, CarrierOrder, OrderId, OrderStatus, PartyId, Side},
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
const LARGEST_LIMIT: usize = 100;

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
            let list = self.desk.orders.list(filter, *limit, after.as_deref()).await;
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
                ids.extend(self.desk.orders.by_pon(&buyer, pon).await.map_err(Problem::failed)?);
            }
        }
        let mut items = Vec::new();
        for id in ids {
            let found = self.desk.orders.get_whole(&id).await.map_err(Problem::failed)?;
            let passes = |(order, document): &(CarrierOrder, String)| {
                !sides(identity, &order.header).is_empty()
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

    fn read(&self, identity: &Identity, query: &Query) -> Result<Wanted, Violations> {
        let mut reader = Reader { query, violations: Violations::new() };
        let buyer: Option<PartyId> = reader.parse("buyerId");
        let seller: Option<PartyId> = reader.parse("sellerId");
        let mut of = parties(identity);
        // A filter by party narrows where to look at all.
        of.retain(|(party, side)| match side {
            Side::Buyer => buyer.as_ref().is_none_or(|buyer| buyer == party),
            Side::Seller => seller.as_ref().is_none_or(|seller| seller == party),
        });
        let wanted = Wanted {
            id: reader.parse("id"),
            limit: reader.limit(),
            after: reader.cursor(|text| self.cursors.read(&identity.tenant, LIST, text).ok()),
            filter: CarrierListFilter {
                of,
                buyer,
                seller,
                pon: reader.parse("pon"),
                status: reader.status(),
                date: OrderDate {
                    from: reader.date("orderDate.gte"),
                    before: reader.date("orderDate.lt"),
                },
            },
        };
        reader.violations.into_result(wanted)
    }
}

/// Reads query parameters; what is wrong with them is remembered.
struct Reader<'q> {
    query: &'q Query,
    violations: Violations,
}

impl Reader<'_> {
    fn refuse<T>(&mut self, name: &str, message: impl Into<String>) -> Option<T> {
        self.violations.add(format!("query/{name}"), message);
        None
    }

    fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.query.get(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.refuse(name, error.to_string()),
        }
    }

    fn status(&mut self) -> Option<OrderStatus> {
        let text = self.query.get("status")?;
        OrderStatus::read(text).or_else(|| self.refuse("status", "a status of an order"))
    }

    fn date(&mut self, name: &str) -> Option<time::OffsetDateTime> {
        let text = self.query.get(name)?;
        CarrierDate::read(text).earliest().or_else(|| self.refuse(name, "a date"))
    }

    fn limit(&mut self) -> usize {
        let Some(text) = self.query.get("limit") else { return DEFAULT_LIMIT };
        let limit = text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
        limit
            .or_else(|| self.refuse("limit", format!("1 to {LARGEST_LIMIT}")))
            .unwrap_or(DEFAULT_LIMIT)
    }

    fn cursor(&mut self, read: impl Fn(&str) -> Option<String>) -> Option<String> {
        let text = self.query.get("cursor")?;
        read(text).or_else(|| self.refuse("cursor", "not a cursor of this list"))
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
