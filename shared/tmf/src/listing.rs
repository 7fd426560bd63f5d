//! Lists of orders and of requests to cancel them.

use api::schema::Members;
use domain::{
    identity::Tenant,
    service_order::{ServiceOrder, ServiceOrderId},
};
use store::{ListedOrders, StoreError, escaped_len};

use crate::{
    ListQuery, Listed, ServiceOrders, TmfError, Whole, service_orders::text, wire::cancel_task_body,
};

/// Orders that are read at once: each is two items, and one call reads a hundred.
const READ_AT_ONCE: usize = 50;
/// Bytes of one page as the gateway counts them; the first order always fits.
const LARGEST_PAGE: usize = 6_000_000;

impl ServiceOrders {
    /// The tenant's orders that pass the filters, newest first. Looks at a bounded number of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(&self, tenant: &Tenant, query: &ListQuery) -> Result<Listed, TmfError> {
        let named = match (query.ids(), query.only("externalId")) {
            (Some(ids), _) => Some(ids),
            (None, Some(id)) => {
                let found = self.orders.by_external_id(tenant, self.face, id).await?;
                Some(Vec::from_iter(found))
            }
            (None, None) => None,
        };
        if let Some(ids) = named {
            let mut page = Page::new(query, false);
            // Read as they are now: the index may be behind.
            for id in ids {
                if let Some(found) = self.orders.get_whole(id).await? {
                    self.add(tenant, &mut page, found)?;
                }
            }
            return Ok(page.into_listed());
        }
        let found = self.orders.newest(tenant, self.face, query.dates()).await?;
        if query.filters.is_empty() {
            return self.unfiltered(tenant, query, found).await;
        }
        let mut page = Page::new(query, found.has_more);
        for ids in found.ids.chunks(READ_AT_ONCE) {
            for found in self.orders.get_all(ids).await? {
                self.add(tenant, &mut page, found)?;
            }
        }
        Ok(page.into_listed())
    }

    /// A page of all orders: no other is read.
    async fn unfiltered(
        &self,
        tenant: &Tenant,
        query: &ListQuery,
        found: ListedOrders<ServiceOrderId>,
    ) -> Result<Listed, TmfError> {
        let ids = found.ids.iter().skip(query.offset).take(query.limit);
        let ids: Vec<ServiceOrderId> = ids.copied().collect();
        let all = ListQuery { offset: 0, ..query.clone() };
        let mut page = Page::new(&all, found.has_more);
        for ids in ids.chunks(READ_AT_ONCE) {
            for found in self.orders.get_all(ids).await? {
                self.add(tenant, &mut page, found)?;
            }
        }
        let total = found.ids.len();
        let shown = query.offset + page.items.len();
        let has_next = found.has_more || shown < total && !page.items.is_empty();
        let total = (!found.has_more).then_some(total);
        Ok(Listed { items: page.items, total, has_next })
    }

    fn add(
        &self,
        tenant: &Tenant,
        page: &mut Page<'_>,
        found: (ServiceOrder, String),
    ) -> Result<(), StoreError> {
        if self.is_visible(tenant, &found.0) {
            page.add(Whole::read(found)?.body());
        }
        Ok(())
    }

    /// The tenant's requests to cancel orders of this API, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cancel_tasks(
        &self,
        tenant: &Tenant,
        query: &ListQuery,
    ) -> Result<Listed, TmfError> {
        let found = self.orders.newest_tasks(tenant, self.face).await?;
        let mut page = Page::new(query, found.has_more);
        for ids in found.ids.chunks(READ_AT_ONCE) {
            let mut orders: Vec<ServiceOrderId> = ids.iter().map(|id| id.order).collect();
            // One call takes no key twice.
            orders.sort_unstable();
            orders.dedup();
            let orders = self.orders.get_all(&orders).await?;
            for id in ids {
                let order =
                    orders.iter().map(|(order, _)| order).find(|order| order.id == id.order);
                let Some(order) = order.filter(|order| self.is_visible(tenant, order)) else {
                    continue;
                };
                let task = order.cancel_tasks.iter().find(|task| task.number == id.number);
                if let Some(task) = task {
                    page.add(cancel_task_body(order, task));
                }
            }
        }
        Ok(page.into_listed())
    }
}

/// A page that is filled from what is listed, newest first.
struct Page<'q> {
    query: &'q ListQuery,
    has_more: bool,
    items: Vec<Members>,
    passed: usize,
    bytes: usize,
    is_full: bool,
}

impl<'q> Page<'q> {
    fn new(query: &'q ListQuery, has_more: bool) -> Self {
        Self { query, has_more, items: Vec::new(), passed: 0, bytes: 0, is_full: false }
    }

    fn add(&mut self, body: Members) {
        if !self.query.filters.iter().all(|filter| filter.lets_pass(&body)) {
            return;
        }
        self.passed += 1;
        if self.passed <= self.query.offset || self.is_full {
            return;
        }
        self.bytes += escaped_len(&text(&body));
        self.is_full = self.bytes > LARGEST_PAGE && !self.items.is_empty();
        if !self.is_full {
            self.items.push(body);
            self.is_full = self.items.len() == self.query.limit;
        }
    }

    fn into_listed(self) -> Listed {
        let shown = self.query.offset + self.items.len();
        Listed {
            has_next: self.has_more || self.passed > shown,
            total: (!self.has_more).then_some(self.passed),
            items: self.items,
        }
    }
}
