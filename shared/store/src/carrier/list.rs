//! Lists of carrier orders: newest first, by Buyer or by Seller, without a scan.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{
    carrier::{OrderStatus, PartyId, Side},
    clock::rfc3339,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use super::{CarrierOrder, DynamoCarrierOrders};
use crate::{
    error::StoreError,
    expression::text,
    keys,
    records::{CarrierRecord, DocumentRecord},
};

/// How many matching orders are counted.
const COUNTED: usize = 1_000;
/// Orders looked at for one answer, at the most.
const LOOKED_AT: usize = 2_000;

/// Bounds of the order date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderDate {
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before.
    pub before: Option<OffsetDateTime>,
}

/// What a list shall hold.
#[derive(Debug, Clone, Default)]
pub struct CarrierListFilter {
    /// Whose orders: each a party and the side it is on. An order may be found by more than one.
    pub of: Vec<(PartyId, Side)>,
    /// Only of this Buyer.
    pub buyer: Option<PartyId>,
    /// Only of this Seller.
    pub seller: Option<PartyId>,
    /// Only in this state.
    pub status: Option<OrderStatus>,
    /// Only with an order date in these bounds.
    pub date: OrderDate,
}

impl CarrierListFilter {
    /// Whether an order is what the list shall hold; where to look for it is left out.
    pub fn lets_pass(&self, order: &CarrierOrder) -> bool {
        self.buyer.as_ref().is_none_or(|buyer| order.header.buyer == *buyer)
            && self.seller.as_ref().is_none_or(|seller| order.header.seller == *seller)
            && self.status.is_none_or(|status| order.progress.status == status)
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct CarrierList {
    /// Newest first, each with its document.
    pub items: Vec<(CarrierOrder, String)>,
    /// How many match, up to 1,000.
    pub available: usize,
    /// Whether there may be more than that.
    pub available_is_minimum: bool,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}

/// A place in a list: order date and id. Newer places are greater.
type Place = String;

impl DynamoCarrierOrders {
    /// The orders that the filter lets pass, newest first, after a place.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        filter: &CarrierListFilter,
        limit: usize,
        after: Option<&str>,
    ) -> Result<CarrierList, StoreError> {
        let (places, cut) = self.places(filter).await?;
        let mut matching: Vec<(Place, CarrierOrder)> = Vec::new();
        let mut seen = 0;
        for chunk in places.chunks(100) {
            if matching.len() >= COUNTED {
                break;
            }
            seen += chunk.len();
            let mut found = self.orders_at(chunk).await?;
            for place in chunk {
                let order = found.remove(id_of(place)).filter(|order| filter.lets_pass(order));
                matching.extend(order.map(|order| (place.clone(), order)));
            }
        }
        let more = cut || seen < places.len() || matching.len() > COUNTED;
        let available = matching.len().min(COUNTED);
        let mut rest = matching
            .into_iter()
            .filter(|(place, _)| after.is_none_or(|after| place.as_str() < after));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let next = (rest.next().is_some() || (more && page.len() == limit))
            .then(|| page.last().map(|(place, _)| place.clone()))
            .flatten();
        let items = self.with_documents(page.into_iter().map(|(_, order)| order).collect()).await?;
        Ok(CarrierList { items, available, available_is_minimum: more, next })
    }

    /// The places of all parties' orders, newest first, and whether there were too many.
    async fn places(&self, filter: &CarrierListFilter) -> Result<(Vec<Place>, bool), StoreError> {
        let (mut all, mut cut) = (Vec::new(), false);
        for (party, side) in &filter.of {
            let partition = match side {
                Side::Buyer => keys::orders_bought(party),
                Side::Seller => keys::orders_sold(party),
            };
            cut |= self.places_in(&partition, filter.date, &mut all).await?;
        }
        all.sort_unstable_by(|one: &Place, other| other.cmp(one));
        all.dedup();
        cut |= all.len() > LOOKED_AT;
        all.truncate(LOOKED_AT);
        Ok((all, cut))
    }

    async fn places_in(
        &self,
        partition: &str,
        date: OrderDate,
        all: &mut Vec<Place>,
    ) -> Result<bool, StoreError> {
        // `~` is greater than any sign of a time.
        let from = date.from.map_or_else(|| " ".to_owned(), rfc3339);
        let before = date.before.map_or_else(|| "~".to_owned(), rfc3339);
        let (mut start, mut found) = (None, 0);
        loop {
            let answer = self
                .table
                .client
                .query()
                .table_name(&*self.table.name)
                .index_name("byOwner")
                .key_condition_expression(
                    "ownerKey = :owner AND ownerSort BETWEEN :from AND :before",
                )
                .expression_attribute_values(":owner", text(partition))
                .expression_attribute_values(":from", text(&from))
                .expression_attribute_values(":before", text(&before))
                .scan_index_forward(false)
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in answer.items() {
                if let Some(AttributeValue::S(place)) = item.get("ownerSort") {
                    all.push(place.clone());
                    found += 1;
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() || found > LOOKED_AT {
                return Ok(start.is_some());
            }
        }
    }

    async fn orders_at(
        &self,
        places: &[Place],
    ) -> Result<HashMap<String, CarrierOrder>, StoreError> {
        let wanted = places.iter().map(|place| keys::order(id_of(place))).collect();
        let mut orders = HashMap::new();
        for item in self.batch(wanted).await? {
            let order = CarrierOrder::try_from(from_item::<CarrierRecord>(item)?)?;
            orders.insert(order.header.id.to_string(), order);
        }
        Ok(orders)
    }

    async fn with_documents(
        &self,
        orders: Vec<CarrierOrder>,
    ) -> Result<Vec<(CarrierOrder, String)>, StoreError> {
        let wanted = orders.iter().map(|order| keys::document(order.header.id.as_str())).collect();
        let mut documents = HashMap::new();
        for item in self.batch(wanted).await? {
            let pk = match item.get("pk") {
                Some(AttributeValue::S(pk)) => pk.clone(),
                _ => continue,
            };
            documents.insert(pk, from_item::<DocumentRecord>(item)?.document);
        }
        let whole = |order: CarrierOrder| {
            let document = documents.remove(&keys::order(order.header.id.as_str()).pk)?;
            Some((order, document))
        };
        Ok(orders.into_iter().filter_map(whole).collect())
    }

    async fn batch(
        &self,
        wanted: Vec<keys::Key>,
    ) -> Result<Vec<crate::connection::Item>, StoreError> {
        let mut found = Vec::with_capacity(wanted.len());
        for chunk in wanted.chunks(100) {
            let mut rest: Vec<_> = chunk.iter().map(keys::Key::attributes).collect();
            while !rest.is_empty() {
                let keys = KeysAndAttributes::builder()
                    .set_keys(Some(rest))
                    .build()
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?;
                let answer = self
                    .table
                    .client
                    .batch_get_item()
                    .request_items(&*self.table.name, keys)
                    .send()
                    .await?;
                found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
                let unprocessed = answer.unprocessed_keys.into_iter().flatten();
                rest = unprocessed.flat_map(|(_, keys)| keys.keys).collect();
            }
        }
        Ok(found)
    }
}

/// The order at a place.
fn id_of(place: &str) -> &str {
    place.split_once('#').map_or(place, |(_, id)| id)
}
