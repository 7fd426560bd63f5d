//! What the end of a provisioning order does to its subscription and to its numbers.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    order::{Applied, OrderKind},
    provisioning::{Effect, OrderNumber, ProvisioningOrder, SubscriptionEffect},
    subscription::Claim,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, LockOwner},
    connection::Item,
    error::StoreError,
    expression::{Write, number, text},
    keys,
    orders::{Listed, Readable, Stored, is_of_kind},
    records::{ChangeRecord, Formatted, OrderRecord, ProvisioningBody, SubscriptionRecord},
};

/// The last order of a subscription, or of a void SIM.
pub(crate) const LAST_ORDER: &str = "lastOrder";

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
        let has_item = |claim: &&Claim| !is_subscription(order, claim);
        writes.extend(effect.freed.iter().filter(has_item).map(|claim| free(order, claim)));
        writes.extend(effect.voided.iter().filter(has_item).map(|claim| void(order, claim)));
        Ok(writes)
    }
}

impl Listed for ProvisioningOrder {
    const CHUNK: usize = 100;

    /// The number with as many digits as the largest has.
    fn position(&self) -> String {
        format!("{:016}", self.id.get())
    }

    fn first_position(at: OffsetDateTime) -> String {
        format!("{:016}", OrderNumber::first_at(at).get())
    }

    fn id_at(position: &str) -> &str {
        position.trim_start_matches('0')
    }
}

/// Whether the claim has no item of its own: it is the subscription, which stays under the SIM that
/// it was created with and so claims that SIM for ever, unless its creation is refused.
pub(super) fn is_subscription(order: &ProvisioningOrder, claim: &Claim) -> bool {
    matches!(claim, Claim::Iccid(sim) if sim.as_str() == order.subscription.first_sim())
}

fn unlock(order: &ProvisioningOrder, effect: &Effect) -> Result<Write, StoreError> {
    let key = keys::subscription(order.subscription);
    let locked = Condition::LockedBy { order: LockOwner::Provisioning(order.id) };
    let write = match &effect.subscription {
        SubscriptionEffect::Remove if order.operation.makes_subscription() => {
            return Ok(Write::delete(key, locked));
        }
        // What is left is the claim on the SIM that it was created with, void.
        SubscriptionEffect::Remove => {
            let write = Write::update(key, locked)
                .set("subscription", text(order.subscription.0.to_string()))
                .set("void", AttributeValue::Bool(true))
                .next_revision();
            let write = ended_by(write, order);
            return Ok(SubscriptionRecord::ATTRIBUTES.into_iter().fold(write, Write::remove));
        }
        SubscriptionEffect::Unlock => Write::update(key, locked),
        SubscriptionEffect::Apply(change) => {
            let write = Write::update(key, locked).set_all(Formatted::<ChangeRecord>(change))?;
            // The identity in the old SIM went with it.
            if change.iccid.is_some() { write.remove("imsi") } else { write }
        }
    };
    Ok(ended_by(write, order).remove("outstandingOrder").next_revision())
}

/// Names the last order of a subscription or of a SIM that ended: it explains what the network holds.
fn ended_by(write: Write, order: &ProvisioningOrder) -> Write {
    write.set(LAST_ORDER, number(order.id.get()))
}

fn free(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::delete(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
}

fn void(order: &ProvisioningOrder, claim: &Claim) -> Write {
    let claimed = Condition::ClaimedBy { subscription: order.subscription };
    let write = Write::update(keys::claim(claim), claimed).set("void", AttributeValue::Bool(true));
    ended_by(write, order).next_revision()
}
