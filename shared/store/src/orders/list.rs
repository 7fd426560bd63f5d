//! Lists of a tenant's orders of one kind: newest first, without a scan.
//!
//! An order's entry in the owner index sorts by the order's id, which begins with the time of its
//! placement and never changes: an order that changes does not write its entry again. Everything
//! else that a list is filtered by is in the order.

use std::collections::HashMap;

use domain::{identity::Tenant, order::Cancelable};
use time::OffsetDateTime;

use super::{OrderReader, Stored};
use crate::{
    carrier::{LARGEST_PAGE, OrderDate},
    error::StoreError,
    expression::{Write, text},
    keys,
};

/// Maximum orders that are read for one page.
pub const MOST_ORDERS_READ: usize = 1_000;
/// Bytes of orders, as `size` counts them, after which no more are read for one page.
const MOST_BYTES_READ: usize = 4 * LARGEST_PAGE;

/// A kind of order whose tenant lists it.
pub trait Listed: Stored + Cancelable {
    /// Maximum orders read at once.
    const CHUNK: usize;

    /// Where the order stands in the list: a later order is greater.
    fn position(&self) -> String;

    /// The first position of an order placed at this time or later.
    fn first_position(at: OffsetDateTime) -> String;

    /// The id of the order at a position.
    fn id_at(position: &str) -> &str;
}

/// What a list reads.
#[derive(Debug, Clone)]
pub struct OrderRange {
    /// Only with an order date in these bounds.
    pub date: OrderDate,
    /// The most orders of a page.
    pub limit: usize,
    /// [`OrderPage::next`] of the page before.
    pub after: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage<L> {
    /// Newest first.
    pub items: Vec<L>,
    /// Where the next page begins; none at the end. A page may be short, or empty, and have it.
    pub next: Option<String>,
}

/// Writes that a new order is listed.
pub(crate) fn listed<L: Listed>(order: &L, write: Write) -> Write {
    write
        .set("ownerKey", text(keys::orders_of(order.tenant(), L::KIND)))
        .set("ownerSort", text(order.position()))
}

impl<L: Listed + Send + Sync> OrderReader<L> {
    /// The tenant's orders that `passes` lets pass, newest first; none: all of them. A page ends at
    /// its limit, when it is full by `size`, the bytes that an order takes on it, or after
    /// [`MOST_ORDERS_READ`] orders.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        tenant: &Tenant,
        range: &OrderRange,
        passes: Option<&(dyn Fn(&L) -> bool + Sync)>,
        size: fn(&L) -> usize,
    ) -> Result<OrderPage<L>, StoreError> {
        let mut page = Page { items: Vec::new(), limit: range.limit, bytes: 0, read: 0, seen: 0 };
        let from = range.date.from.map(L::first_position);
        let until = range.date.before.map(L::first_position);
        let mut until = until.into_iter().chain(range.after.clone()).min();
        let chunk = if passes.is_some() { L::CHUNK } else { L::CHUNK.min(range.limit) };
        loop {
            let bounds = (from.as_deref(), until.as_deref());
            let (positions, is_last) = self.positions(tenant, bounds, chunk).await?;
            let mut found = self.orders_at(&positions).await?;
            for (index, position) in positions.iter().enumerate() {
                let order = found.remove(position).filter(|order| order.tenant() == tenant);
                match page.take(order, passes, size) {
                    Step::Full => return Ok(page.ending(until)),
                    Step::Last if is_last && index + 1 == positions.len() => {
                        return Ok(page.ending(None));
                    }
                    Step::Last => return Ok(page.ending(Some(position.clone()))),
                    Step::More => until = Some(position.clone()),
                }
            }
            if is_last {
                return Ok(page.ending(None));
            }
        }
    }

    /// At most so many positions between two bounds, the second excluded, newest first, and whether
    /// these are the last.
    async fn positions(
        &self,
        tenant: &Tenant,
        (from, until): (Option<&str>, Option<&str>),
        most: usize,
    ) -> Result<(Vec<String>, bool), StoreError> {
        // A position begins with a hexadecimal digit.
        let (from, until) = (from.unwrap_or(" "), until.unwrap_or("~"));
        if from >= until {
            // DynamoDB takes no empty range.
            return Ok((Vec::new(), true));
        }
        // The bound itself, and one more that says that there are more.
        let owner = keys::orders_of(tenant, L::KIND);
        let page = self.table.owned_between(&owner, (from, until), most + 2, None);
        let (mut positions, more) = page.await?;
        positions.retain(|position| position != until);
        let is_last = positions.len() <= most && more.is_none();
        positions.truncate(most);
        Ok((positions, is_last))
    }

    /// The orders at these positions. The index may be ahead of an eventual read, and behind it.
    async fn orders_at(&self, positions: &[String]) -> Result<HashMap<String, L>, StoreError> {
        let wanted = positions.iter().map(|position| keys::order(L::id_at(position)));
        let items = self.table.items(wanted, false).await?;
        let orders = items.into_iter().filter(L::is_in).map(L::from_item);
        orders.map(|order| order.map(|order| (order.position(), order))).collect()
    }
}

/// A page that is being filled.
struct Page<L> {
    items: Vec<L>,
    limit: usize,
    bytes: usize,
    /// Orders and bytes that were read.
    read: usize,
    seen: usize,
}

/// What came of an order.
enum Step {
    /// There was no room for it.
    Full,
    /// The page ends with it.
    Last,
    /// The page goes on.
    More,
}

impl<L> Page<L> {
    fn take(
        &mut self,
        order: Option<L>,
        passes: Option<&(dyn Fn(&L) -> bool + Sync)>,
        size: fn(&L) -> usize,
    ) -> Step {
        self.read += 1;
        if let Some(order) = order {
            let bytes = size(&order);
            self.seen += bytes;
            if passes.is_none_or(|passes| passes(&order)) {
                if self.bytes + bytes > LARGEST_PAGE && !self.items.is_empty() {
                    return Step::Full;
                }
                self.bytes += bytes;
                self.items.push(order);
            }
        }
        let is_enough = self.items.len() >= self.limit
            || self.read >= MOST_ORDERS_READ
            || self.seen >= MOST_BYTES_READ;
        if is_enough { Step::Last } else { Step::More }
    }

    fn ending(self, next: Option<String>) -> OrderPage<L> {
        OrderPage { items: self.items, next }
    }
}
