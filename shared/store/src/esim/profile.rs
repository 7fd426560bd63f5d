//! The states of profiles of the pool: each written as the domain's table says, with the place
//! where the profile is found in that state.

use domain::{
    esim::{EsimOrderId, PoolEvent, PoolState, ProfileEffect},
    numbering::Iccid,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::OffsetDateTime;

use crate::{
    conditions::Condition,
    error::StoreError,
    expression::{Write, text},
    keys,
    records::{QuarantinedProfileRecord, to_millis},
};

/// The writes of an event: the profile first, then its place.
pub(super) fn profile_writes(
    effect: &ProfileEffect,
    order: EsimOrderId,
    at: OffsetDateTime,
) -> Result<Vec<Write>, StoreError> {
    let ProfileEffect { iccid, profile_type, event } = effect;
    let before = match event {
        PoolEvent::Reserve(_) => PoolState::Free,
        PoolEvent::Use(order) | PoolEvent::Return(order) | PoolEvent::Quarantine(order) => {
            PoolState::Reserved { order: *order }
        }
        PoolEvent::Clear => PoolState::Quarantined { order },
    };
    let after = before.after(*event).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let mut writes = vec![changed(iccid, before, after)];
    match before {
        PoolState::Free => {
            let place = keys::free_profile(profile_type, iccid);
            writes.push(Write::delete(place, Condition::Present));
        }
        PoolState::Quarantined { .. } => {
            writes.push(Write::delete(keys::quarantined(iccid), Condition::Present));
        }
        PoolState::Reserved { .. } | PoolState::Used { .. } => {}
    }
    match after {
        PoolState::Free => {
            let place = keys::free_profile(profile_type, iccid);
            writes.push(Write::put(place.attributes(), Condition::Absent));
        }
        PoolState::Quarantined { order } => {
            let place = keys::quarantined(iccid);
            let record = QuarantinedProfileRecord {
                pk: place.pk,
                sk: place.sk,
                profile_type: profile_type.clone(),
                order,
                since: to_millis(at),
            };
            writes.push(Write::put(to_item(record)?, Condition::Absent));
        }
        PoolState::Reserved { .. } | PoolState::Used { .. } => {}
    }
    Ok(writes)
}

fn changed(iccid: &Iccid, before: PoolState, after: PoolState) -> Write {
    let condition = match before {
        PoolState::Free => Condition::ProfileFree,
        PoolState::Reserved { order } | PoolState::Used { order } => {
            Condition::ProfileReservedFor { order }
        }
        PoolState::Quarantined { order } => Condition::ProfileQuarantinedBy { order },
    };
    let write = Write::update(keys::profile(iccid), condition).set("state", text(after.as_str()));
    write.set_or_remove("order", after.order().map(|order| text(order.to_string())))
}
