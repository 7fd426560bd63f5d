//! Lists of carrier orders: newest first, by Buyer or by Seller, without a scan.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    carrier::{AnyCarrierOrder, CarrierOrder, OrderStatus, PartyId, Pon, Side},
    clock::rfc3339,
    failure::Retryable as _,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use super::DynamoCarrierOrders;
use crate::{error::StoreError, keys, orders::Readable, records::DocumentRecord};

/// How many matching orders are counted.
const COUNTED: usize = 1_000;
/// Maximum orders that are read for one response.
const LOOKED_AT: usize = 2_000;
/// Documents read at once.
const DOCUMENTS: usize = 25;
/// So many documents arrive within the time of an attempt, however large they are.
const LARGE_DOCUMENTS: usize = 7;
/// Bytes of one page as the gateway counts them; the first item fits always. A function may return
/// 6,291,556 bytes: the rest is for headers, links and what stands around the items.
pub(crate) const LARGEST_PAGE: usize = 6_200_000;

/// The bytes of a text within a JSON text, without its quotation marks: the body of a response is
/// such a text in what a function returns, and that is what is limited.
pub fn escaped_len(text: &str) -> usize {
    let extra = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..32 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(extra).sum::<usize>()
}

/// The bytes that an order with its document takes on a page.
pub type ItemSize = fn(&CarrierOrder, &str) -> usize;

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
    /// Only with this number of the Buyer's.
    pub pon: Option<Pon>,
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
            && self.pon.as_ref().is_none_or(|pon| order.header.pon == *pon)
            && self.status.is_none_or(|status| order.progress.status == status)
    }

    /// Whether each order in the partitions that are looked at is what the list shall hold.
    fn lets_all_pass(&self) -> bool {
        let own = |wanted: &Option<PartyId>, own: Side| {
            wanted.as_ref().is_none_or(|wanted| {
                self.of.iter().all(|(party, side)| *side == own && party == wanted)
            })
        };
        self.status.is_none()
            && self.pon.is_none()
            && own(&self.buyer, Side::Buyer)
            && own(&self.seller, Side::Seller)
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

/// Where a list goes on, and what its first page counted: the rest is not counted again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resume {
    available: usize,
    is_minimum: bool,
    place: Place,
}

impl Resume {
    fn read(text: &str) -> Option<Self> {
        let (counted, place) = text.split_once(':')?;
        let exact = counted.strip_suffix('+');
        let available = exact.unwrap_or(counted).parse().ok()?;
        Some(Self { available, is_minimum: exact.is_some(), place: place.to_owned() })
    }

    fn write(&self) -> String {
        let more = if self.is_minimum { "+" } else { "" };
        format!("{}{more}:{}", self.available, self.place)
    }
}

/// What was found from a place on.
struct Matching {
    /// The places that match, newest first.
    places: Vec<Place>,
    /// Orders that had to be read for that, by id.
    orders: HashMap<String, CarrierOrder>,
    /// Where looking ended, if it did not come to the end.
    stopped_at: Option<Place>,
}

impl DynamoCarrierOrders {
    /// The orders that the filter lets pass, newest first; `after` is the [`CarrierList::next`]
    /// of the page before. A page ends at `limit` orders, or when it is full by `size`.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        filter: &CarrierListFilter,
        limit: usize,
        after: Option<&str>,
        size: ItemSize,
    ) -> Result<CarrierList, StoreError> {
        let resume = after.and_then(Resume::read);
        let enough = if resume.is_some() { limit + 1 } else { COUNTED + 1 };
        let from = resume.as_ref().map(|resume| &*resume.place);
        let Matching { mut places, orders, stopped_at } =
            self.matching(filter, from, enough).await?;
        let (available, is_minimum) = resume.map_or_else(
            || (places.len().min(COUNTED), stopped_at.is_some() || places.len() > COUNTED),
            |resume| (resume.available, resume.is_minimum),
        );
        let more = places.len() > limit;
        places.truncate(limit);
        let (items, cut_at) = self.whole(&places, orders, size).await?;
        // A page without a match still says where looking goes on.
        let stopped_at = if more { places.pop() } else { stopped_at };
        let next = cut_at.or(stopped_at).map(|place| Resume { available, is_minimum, place });
        let next = next.map(|resume| resume.write());
        Ok(CarrierList { items, available, available_is_minimum: is_minimum, next })
    }

    /// Looks for `enough` orders that match.
    async fn matching(
        &self,
        filter: &CarrierListFilter,
        after: Option<&str>,
        enough: usize,
    ) -> Result<Matching, StoreError> {
        let by_place_alone = filter.lets_all_pass();
        let most = if by_place_alone { enough } else { LOOKED_AT };
        let (places, cut) = self.places(filter, after, most).await?;
        let mut stopped_at = places.last().filter(|_| cut).cloned();
        let mut orders = HashMap::new();
        if by_place_alone {
            return Ok(Matching { places, orders, stopped_at });
        }
        let mut matching = Vec::new();
        for chunk in places.chunks(100) {
            let mut found = self.orders_at(chunk).await?;
            for place in chunk {
                let order = found.remove(id_of(place)).filter(|order| filter.lets_pass(order));
                if let Some(order) = order {
                    matching.push(place.clone());
                    orders.insert(id_of(place).to_owned(), order);
                }
            }
            if matching.len() >= enough {
                stopped_at = chunk.last().cloned();
                break;
            }
        }
        Ok(Matching { places: matching, orders, stopped_at })
    }

    /// At most so many places of all parties' orders, newest first, and whether there are more.
    async fn places(
        &self,
        filter: &CarrierListFilter,
        after: Option<&str>,
        most: usize,
    ) -> Result<(Vec<Place>, bool), StoreError> {
        let (mut all, mut cut) = (Vec::new(), false);
        for (party, side) in &filter.of {
            let partition = match side {
                Side::Buyer => keys::orders_bought(party),
                Side::Seller => keys::orders_sold(party),
            };
            cut |= self.places_in(&partition, filter.date, after, most, &mut all).await?;
        }
        all.sort_unstable_by(|one: &Place, other| other.cmp(one));
        all.dedup();
        cut |= all.len() > most;
        all.truncate(most);
        Ok((all, cut))
    }

    /// Adds the newest places of a partition; whether there are more than `most`.
    async fn places_in(
        &self,
        partition: &str,
        date: OrderDate,
        after: Option<&str>,
        most: usize,
        all: &mut Vec<Place>,
    ) -> Result<bool, StoreError> {
        // `~` is greater than any sign of a time.
        let from = date.from.map_or_else(|| " ".to_owned(), rfc3339);
        let before = date.before.map_or_else(|| "~".to_owned(), rfc3339);
        let before = after.filter(|after| **after < *before).unwrap_or(&before);
        if *from > *before {
            // DynamoDB takes no empty range.
            return Ok(false);
        }
        // One more than needed says that there are more, one is the place itself.
        let (mut start, mut found) = (None, 0);
        loop {
            let range = (&*from, before);
            let page = self.table.owned_between(partition, range, most + 2, start);
            let (places, next) = page.await?;
            let is_wanted = |place: &Place| after.is_none_or(|after| **place < *after);
            let known = all.len();
            all.extend(places.into_iter().filter(is_wanted));
            found += all.len() - known;
            start = next;
            if start.is_none() || found > most {
                return Ok(found > most);
            }
        }
    }

    async fn orders_at(
        &self,
        places: &[Place],
    ) -> Result<HashMap<String, CarrierOrder>, StoreError> {
        let wanted = places.iter().map(|place| keys::order(id_of(place)));
        let mut orders = HashMap::new();
        for item in self.table.items(wanted, false).await? {
            let order = AnyCarrierOrder::from_item(item)?.into_order();
            orders.insert(order.header.id.to_string(), order);
        }
        Ok(orders)
    }

    /// The orders at these places with their documents, and the last place when the page is full
    /// before it has all of them.
    async fn whole(
        &self,
        places: &[Place],
        mut orders: HashMap<String, CarrierOrder>,
        size_of: ItemSize,
    ) -> Result<(Vec<(CarrierOrder, String)>, Option<Place>), StoreError> {
        let unread: Vec<Place> =
            places.iter().filter(|place| !orders.contains_key(id_of(place))).cloned().collect();
        orders.extend(self.orders_at(&unread).await?);
        let (mut items, mut size) = (Vec::with_capacity(places.len()), 0);
        let mut last: Option<&Place> = None;
        for chunk in places.chunks(DOCUMENTS) {
            let mut documents = self.documents_at(chunk).await?;
            for place in chunk {
                let id = id_of(place);
                let Some(whole) = orders.remove(id).zip(documents.remove(id)) else { continue };
                size += size_of(&whole.0, &whole.1);
                if size > LARGEST_PAGE && last.is_some() {
                    return Ok((items, last.cloned()));
                }
                items.push(whole);
                last = Some(place);
            }
        }
        Ok((items, None))
    }

    /// How large the documents are is known when they are there: in one response they may be some
    /// megabytes, which take longer than an attempt has, at every attempt. What does not arrive is
    /// asked for in halves, until it is little enough to be tried as often as any call.
    async fn documents_at(&self, places: &[Place]) -> Result<HashMap<String, String>, StoreError> {
        let (mut documents, mut asked) = (HashMap::new(), vec![places]);
        while let Some(part) = asked.pop() {
            let wanted = part.iter().map(|place| keys::document(id_of(place)));
            let items = match part.len() > LARGE_DOCUMENTS {
                true => self.table.items_at_once(wanted).await,
                false => self.table.items(wanted, false).await,
            };
            let items = match items {
                Err(error) if error.retryable() && part.len() > LARGE_DOCUMENTS => {
                    let (one, other) = part.split_at(part.len() / 2);
                    asked.extend([one, other]);
                    continue;
                }
                items => items?,
            };
            for item in items {
                if let Some(AttributeValue::S(pk)) = item.get("pk")
                    && let Some(id) = keys::order_id(pk).map(ToOwned::to_owned)
                {
                    documents.insert(id, from_item::<DocumentRecord>(item)?.document);
                }
            }
        }
        Ok(documents)
    }
}

/// The order at a place.
fn id_of(place: &str) -> &str {
    place.split_once('#').map_or(place, |(_, id)| id)
}
