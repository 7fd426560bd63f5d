//! What events of an eSIM order do to its eSIM and to its profile.

use domain::{
    esim::{EsimChange, EsimEffect, EsimOperation, EsimOrder, EsimOrderId},
    order::{Applied, OrderKind},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};
use time::OffsetDateTime;

use super::profile::profile_writes;
use crate::{
    conditions::{Condition, LockOwner},
    connection::Item,
    error::StoreError,
    expression::Write,
    keys,
    orders::{Listed, Readable, Stored, is_of_kind},
    records::{EsimOrderBody, EsimOrderState, EsimRecord, Formatted, OrderRecord, PlanRecord},
};

impl Readable for EsimOrder {
    fn is_in(item: &Item) -> bool {
        is_of_kind(item, OrderKind::Esim)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item::<OrderRecord<EsimOrderBody, _>>(item)?.try_into()
    }
}

impl Stored for EsimOrder {
    const KEEPS_LEASE: bool = true;

    const OPEN_IS_DUE: bool = true;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn set_state(&self, write: Write) -> Result<Write, StoreError> {
        write.set_all(EsimOrderState::from(self))
    }

    fn effects(applied: &Applied<Self>) -> Result<Vec<Write>, StoreError> {
        let (order, EsimEffect { profile, esim }) = (applied.order(), applied.effect());
        let mut writes = match profile {
            Some(profile) => profile_writes(profile, order.id, applied.at())?,
            None => Vec::new(),
        };
        match esim {
            Some(EsimChange::Created(esim)) => {
                let record = EsimRecord::from(&**esim);
                writes.push(Write::put(to_item(record)?, Condition::Absent));
            }
            Some(EsimChange::PlansAdded(plans)) => {
                let plans = to_attribute_value(Formatted::<PlanRecord>::each(plans))?;
                writes.extend(unlock(order).map(|write| write.append("plans", plans)));
            }
            Some(EsimChange::Unlocked) => writes.extend(unlock(order)),
            None => {}
        }
        Ok(writes)
    }

    fn is_stored_as(&self, stored: &Self) -> bool {
        self.fulfilment == stored.fulfilment
    }
}

impl Listed for EsimOrder {
    // Each may hold as much as a request.
    const CHUNK: usize = 25;

    fn position(&self) -> String {
        self.id.to_string()
    }

    fn first_position(at: OffsetDateTime) -> String {
        EsimOrderId::first_at(at).to_string()
    }

    fn id_at(position: &str) -> &str {
        position
    }
}

/// The lock that a top-up has on its eSIM.
fn unlock(order: &EsimOrder) -> Option<Write> {
    let EsimOperation::Topup { iccid } = &order.details.operation else { return None };
    let locked = Condition::LockedBy { order: LockOwner::Esim(order.id) };
    let write = Write::update(keys::esim(&order.tenant, iccid), locked);
    Some(write.remove("outstandingOrder").next_revision())
}
