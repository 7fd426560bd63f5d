//! What the end of a provisioning order does to its subscription and to its numbers.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    order::{Applied, OrderKind},
    provisioning::{Effect, ProvisioningOrder, SubscriptionEffect},
    subscription::{Change, Claim},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value};

use crate::{
    conditions::{Condition, LockOwner},
    connection::Item,
    error::StoreError,
    expression::Write,
    keys,
    orders::{Readable, Stored, is_of_kind},
    records::ProvisioningRecord,
};

impl Readable for ProvisioningOrder {
    fn is_in(item: &Item) -> bool {
        is_of_kind(item, OrderKind::Ecc)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item::<ProvisioningRecord>(item)?.try_into()
    }
}

impl Stored for ProvisioningOrder {
    const OTHERS_WRITE: bool = false;

    fn id(&self) -> String {
        self.id.to_string()
    }

    /// Only status and history of an order change.
    fn set_attributes(_: &Applied<Self>, write: Write) -> Result<Write, StoreError> {
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
        SubscriptionEffect::Apply(change) => apply(Write::update(key, locked), change)?,
    };
    Ok(write.remove("outstandingOrder").next_revision())
}

/// Sets what the change gives. The names are those of [`crate::records::SubscriptionRecord`],
/// which the test `a_change_is_applied_to_every_attribute_of_the_record` holds together.
fn apply(mut write: Write, change: &Change) -> Result<Write, StoreError> {
    let Change { iccid, static_ip, .. } = change;
    if let Some(iccid) = iccid {
        // The identity in the old SIM went with it.
        write = write.set("iccid", to_attribute_value(iccid)?).remove("imsi");
    }
    if let Some(address) = static_ip {
        let address = address.as_ref().map(to_attribute_value).transpose()?;
        write = write.set_or_remove("staticIp", address);
    }
    let others = [
        ("msisdn", change.msisdn.as_ref().map(to_attribute_value).transpose()?),
        ("blocked", change.blocked.map(to_attribute_value).transpose()?),
        ("state", change.state.map(to_attribute_value).transpose()?),
        ("odbProfile", change.odb_profile.map(to_attribute_value).transpose()?),
        ("apnIds", change.apn_ids.as_ref().map(to_attribute_value).transpose()?),
        ("a2pVoiceAppKey", change.a2p_voice_app_key.as_ref().map(to_attribute_value).transpose()?),
        ("tags", change.tags.as_ref().map(to_attribute_value).transpose()?),
        ("services", change.services.as_ref().map(to_attribute_value).transpose()?),
    ];
    Ok(others.into_iter().fold(write, |write, (attribute, value)| match value {
        Some(value) => write.set(attribute, value),
        None => write,
    }))
}

fn free(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::delete(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
}

fn void(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::update(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
        .set("void", AttributeValue::Bool(true))
        .next_revision()
}
