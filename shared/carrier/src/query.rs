//! Lists of orders for a caller.

use domain::{
    carrier::{CarrierDate, CarrierOrder, OrderId, OrderProgress, OrderStatus, PartyId, Pon, Side},
    identity::Identity,
};
use store::{CarrierList, CarrierListFilter, OrderDate, escaped_len};

use crate::{
    CarrierError, CarrierOrders,
    orders::parsed,
    roles::{parties, roles},
};

/// Which orders a caller asks for.
#[derive(Debug, Clone, Default)]
pub struct OrderQuery {
    /// Only the order with this id.
    pub id: Option<OrderId>,
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
    /// The most items of a page.
    pub limit: usize,
    /// [`CarrierList::next`] of the page before.
    pub after: Option<String>,
}

impl OrderQuery {
    fn filter(&self, caller: &Identity) -> CarrierListFilter {
        let mut of = parties(caller);
        // A filter by party narrows where to look at all.
        of.retain(|(party, side)| match side {
            Side::Buyer => self.buyer.as_ref().is_none_or(|buyer| buyer == party),
            Side::Seller => self.seller.as_ref().is_none_or(|seller| seller == party),
        });
        CarrierListFilter {
            of,
            buyer: self.buyer.clone(),
            seller: self.seller.clone(),
            pon: self.pon.clone(),
            status: self.status,
            date: self.date,
        }
    }

    /// Whether at most one order can be meant, whose key is known: a number is unique with its
    /// Buyer.
    fn is_at_most_one(&self, of: &[(PartyId, Side)]) -> bool {
        let buyers = || of.iter().all(|(_, side)| *side == Side::Buyer);
        self.id.is_some() || self.pon.is_some() && (self.buyer.is_some() || buyers())
    }
}

impl CarrierOrders {
    /// The orders of the caller's parties, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(
        &self,
        caller: &Identity,
        query: &OrderQuery,
    ) -> Result<CarrierList, CarrierError> {
        let filter = query.filter(caller);
        if query.is_at_most_one(&filter.of) {
            return self.at_most_one(caller, query, &filter).await;
        }
        let after = query.after.as_deref();
        Ok(self.orders.list(&filter, query.limit, after, listed_size).await?)
    }

    /// The order with this id, or a Buyer's number.
    async fn at_most_one(
        &self,
        caller: &Identity,
        query: &OrderQuery,
        filter: &CarrierListFilter,
    ) -> Result<CarrierList, CarrierError> {
        let mut ids = Vec::from_iter(query.id.clone());
        if let Some(pon) = &query.pon {
            let buyers: Vec<PartyId> = match &query.buyer {
                Some(buyer) => vec![buyer.clone()],
                None => filter.of.iter().map(|(party, _)| party.clone()).collect(),
            };
            for buyer in buyers {
                ids.extend(self.orders.by_pon(&buyer, pon).await?);
            }
        }
        let mut items = Vec::new();
        for id in ids {
            let passes = |(order, document): &(CarrierOrder, String)| {
                !roles(caller, &order.header).is_empty()
                    && filter.lets_pass(order)
                    && is_of(document, query.date)
                    && query.id.as_ref().is_none_or(|id| order.header.id == *id)
            };
            let found = self.orders.get_whole(&id).await?;
            let found = found.map(|(kept, document)| (kept.into_order(), document));
            items.extend(found.filter(passes));
        }
        items.dedup_by(|(one, _), (other, _)| one.header.id == other.header.id);
        let available = items.len();
        Ok(CarrierList { items, available, available_is_minimum: false, next: None })
    }
}

/// The most bytes that an order takes in a list: its document as the gateway counts it, and what is
/// ours over it.
fn listed_size(order: &CarrierOrder, document: &str) -> usize {
    let OrderProgress { items, messages, .. } = &order.progress;
    // A message has four texts, of which a partner's may have up to 2,000 characters.
    let ours: usize = messages
        .iter()
        .map(|message| {
            let texts = [&message.code, &message.description, &message.message_information];
            let texts = texts.into_iter().chain([&message.field]).flatten();
            texts.map(|text| escaped_len(text) * 2).sum::<usize>() + 400
        })
        .sum();
    escaped_len(document) + ours + items.len() * 60 + 2_500
}

/// Whether a document's order date lies in these bounds.
fn is_of(document: &str, OrderDate { from, before }: OrderDate) -> bool {
    if from.is_none() && before.is_none() {
        return true;
    }
    let document = parsed(document).unwrap_or_default();
    let date = document.get("orderDate").and_then(serde_json::Value::as_str);
    date.map(CarrierDate::read).and_then(|date| date.earliest()).is_some_and(|date| {
        from.is_none_or(|from| from <= date) && before.is_none_or(|before| date < before)
    })
}
