//! What the end of a provisioning order does to its subscription and to its numbers.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    order::{Applied, OrderKind},
    provisioning::{Effect, ProvisioningOrder, SubscriptionEffect},
    subscription::Claim,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    conditions::{Condition, LockOwner},
    connection::Item,
    error::StoreError,
    expression::Write,
    keys,
    orders::{Readable, Stored, is_of_kind},
    records::{ChangeRecord, Formatted, OrderRecord, ProvisioningBody},
};

impl Readable for ProvisioningOrder {
    fn is_in(item: &Item) -> bool {
        is_of_kind(item, OrderKind::Ecc)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item::<OrderRecord<ProvisioningBody, _>>(item)?.try_into()
    }
}

impl Stored for ProvisioningOrder {
    const OTHERS_WRITE: bool = false;

    const OPEN_IS_DUE: bool = true;

    fn id(&self) -> String {
        self.id.to_string()
    }

    /// Only status and history of an order change.
    fn set_state(&self, write: Write) -> Result<Write, StoreError> {
        Ok(write)
    }

    fn effects(applied: &Applied<Self>) -> Result<Vec<Write>, StoreError> {
        let (order, effect) = (applied.order(), applied.effect());
        let mut writes = vec![unlock(order, effect)?];
        writes.extend(effect.freed.iter().map(|claim| free(order, claim)));
        writes.extend(effect.voided.iter().map(|claim| void(order, claim)));
        Ok(writes)
    }
}

fn unlock(order: &ProvisioningOrder, effect: &Effect) -> Result<Write, StoreError> {
    let key = keys::subscription(order.subscription);
    let locked = Condition::LockedBy { order: LockOwner::Provisioning(order.id) };
    let write = match &effect.subscription {
        SubscriptionEffect::Remove => return Ok(Write::delete(key, locked)),
        SubscriptionEffect::Unlock => Write::update(key, locked),
        SubscriptionEffect::Apply(change) => {
            let write = Write::update(key, locked).set_all(Formatted::<ChangeRecord>(change))?;
            // The identity in the old SIM went with it.
            if change.iccid.is_some() { write.remove("imsi") } else { write }
        }
    };
    Ok(write.remove("outstandingOrder").next_revision())
}

fn free(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::delete(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
}

fn void(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::update(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
        .set("void", AttributeValue::Bool(true))
        .next_revision()
}
