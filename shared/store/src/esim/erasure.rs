//! Erasing a customer: first no order is placed for it any more, then its orders are written
//! without it, and at last the customer is deleted. The customer's item says who it was until then,
//! so a run that dies at any line is repeated from the start.

use domain::{
    esim::{Customer, Email, EsimOrder},
    identity::Tenant,
};
use time::OffsetDateTime;

use crate::{
    carrier::OrderDate,
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    esim::DynamoEsimOrders,
    expression::{Write, number},
    keys,
    orders::{MOST_ORDERS_READ, OrderRange},
    records::{CustomerRecord, EsimOrderErasure, from_millis, to_millis},
    transaction::{self, Outcome},
};

/// Erases customers, for the operator.
#[derive(Debug, Clone)]
pub struct CustomerErasure {
    table: Table,
}

/// A customer that is being erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasingCustomer {
    /// The customer.
    pub customer: Customer,
    /// Since when no order is placed for it. A call that read it before may still place one.
    pub since: OffsetDateTime,
    revision: u64,
}

impl CustomerErasure {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Marks a customer: from now on, calls that read it place no order for it. None: the tenant
    /// has no such customer.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn begin(
        &self,
        tenant: &Tenant,
        email: &Email,
        now: OffsetDateTime,
    ) -> Result<Option<ErasingCustomer>, StoreError> {
        let key = keys::customer(tenant, email);
        loop {
            let record: Option<CustomerRecord> = self.table.get_consistent(&key).await?;
            let Some(record) = record else { return Ok(None) };
            let CustomerRecord { revision, erasing_since, .. } = record;
            if let Some(since) = erasing_since {
                let since = from_millis(since)?;
                return Ok(Some(ErasingCustomer { customer: record.into(), since, revision }));
            }
            // Refused: another run marked it, or this one and the response was lost. Read again.
            let mark = Write::update(key.clone(), Condition::AsRead { revision })
                .set("erasingSince", number(to_millis(now)))
                .next_revision();
            self.table.update(mark).await?;
        }
    }

    /// Takes the mark away: orders are placed for the customer again. False: it is another's by
    /// now, or gone.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn abandon(&self, erasing: &ErasingCustomer) -> Result<bool, StoreError> {
        let Customer { tenant, details, .. } = &erasing.customer;
        let as_read = Condition::AsRead { revision: erasing.revision };
        let write = Write::update(keys::customer(tenant, &details.email), as_read);
        let write = write.remove("erasingSince").next_revision();
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// The customer's orders that have ended, the oldest first: found among all eSIM orders of its
    /// tenant, because an order is in one list.
    ///
    /// # Errors
    /// The database cannot be reached, or an order cannot be read.
    pub async fn ended_orders(&self, of: &Customer) -> Result<Vec<EsimOrder>, StoreError> {
        let reader = DynamoEsimOrders::new(self.table.clone());
        let is_theirs = |order: &EsimOrder| order.customer == of.id;
        let (mut orders, mut after) = (Vec::new(), None);
        loop {
            let range = OrderRange { date: OrderDate::default(), limit: MOST_ORDERS_READ, after };
            let size = |order: &EsimOrder| order.input.0.len();
            let page = reader.list(&of.tenant, &range, Some(&is_theirs), size).await?;
            for listed in page.items {
                // The list may be behind what was written.
                let order = reader.get(listed.id).await?;
                orders.extend(order.filter(|order| order.status.is_final()));
            }
            after = page.next;
            if after.is_none() {
                orders.reverse();
                return Ok(orders);
            }
        }
    }

    /// Writes an order without its customer. False: it was changed meanwhile, by the publication
    /// of its end for example; read it again. A repeat whose first response was lost is also false,
    /// and finds it erased.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn erase_order(&self, order: &EsimOrder) -> Result<bool, StoreError> {
        let as_read = Condition::AsRead { revision: order.revision };
        let write = Write::update(keys::order(&order.id.to_string()), as_read).next_revision();
        let write = write.set_all(EsimOrderErasure::from(order.erased()))?;
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Deletes the customer. False: it is not as it was marked; begin again.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn finish(&self, erasing: &ErasingCustomer) -> Result<bool, StoreError> {
        let Customer { tenant, details, .. } = &erasing.customer;
        let as_read = Condition::AsRead { revision: erasing.revision };
        let delete = Write::delete(keys::customer(tenant, &details.email), as_read);
        Ok(matches!(transaction::run(&self.table, vec![delete]).await?, Outcome::Done))
    }
}
