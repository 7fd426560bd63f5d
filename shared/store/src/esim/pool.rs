//! Taking a profile from the pool. Free profiles of a type stand in 16 partitions; an order looks
//! at a few of one, begins at a random one, and takes by condition, without waiting for others.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    esim::{EsimOrder, EsimOrderEvent, Fulfilment, MatchingId, ProfileType, Reservation},
    lease::Lease,
    numbering::Iccid,
    order::Lifecycle,
};
use time::OffsetDateTime;

use super::DynamoEsimWork;
use crate::{
    connection::Table,
    error::{StoreError, unguarded},
    expression::text,
    keys::{self, POOL_SHARDS},
    orders::{Attempt, Authority},
};

/// Free profiles looked at in one partition: enough that those who look at the same time seldom
/// choose the same.
const CHOICE: i32 = 25;
/// Profiles tried before the order comes again later.
const TRIES: usize = 40;

/// What came of taking a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReservedProfile {
    /// It is the order's: the order as it is now.
    Mine(Box<EsimOrder>),
    /// There is none of the type.
    NoStock,
    /// Others were faster each time.
    Contended,
    /// The order is no more as it was read, or another worker's: nothing was changed.
    Superseded,
}

impl DynamoEsimWork {
    /// Reserves a free profile of a type: the profile, its place in the pool, and the order with
    /// ICCID and matchingId in one transaction.
    ///
    /// # Errors
    /// The database cannot be reached; whether a profile is reserved is then unknown, and the
    /// order says so.
    pub async fn reserve(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        (profile_type, replaced): (&ProfileType, u8),
        matching_id: &MatchingId,
        now: OffsetDateTime,
    ) -> Result<ReservedProfile, StoreError> {
        let mut tries = 0;
        while tries < TRIES {
            let (mut found, first) = (false, fastrand::u8(0..POOL_SHARDS));
            for shard in (first..POOL_SHARDS).chain(0..first) {
                let mut free =
                    free_profiles(&self.orders.table, profile_type, shard, CHOICE).await?;
                found |= !free.is_empty();
                fastrand::shuffle(&mut free);
                for iccid in free.into_iter().take(TRIES.saturating_sub(tries)) {
                    tries += 1;
                    let reservation = Reservation {
                        iccid,
                        matching_id: matching_id.clone(),
                        profile_type: profile_type.clone(),
                        replaced,
                    };
                    match self.take(order, lease, reservation, now).await? {
                        Taken::Mine(order) => return Ok(ReservedProfile::Mine(order)),
                        Taken::Superseded => return Ok(ReservedProfile::Superseded),
                        Taken::Gone => {}
                    }
                }
            }
            if !found {
                return Ok(ReservedProfile::NoStock);
            }
        }
        Ok(ReservedProfile::Contended)
    }

    async fn take(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        reservation: Reservation,
        now: OffsetDateTime,
    ) -> Result<Taken, StoreError> {
        let reserved = EsimOrderEvent::Advanced(Fulfilment::ProfileReserved(reservation));
        let Ok(applied) = order.apply(reserved, now) else { return Ok(Taken::Superseded) };
        let by = Authority::Worker(lease);
        let attempt = self.attempt(&applied, by, &(), Vec::new(), None).await;
        Ok(match attempt.map_err(unguarded)? {
            Attempt::Done(order) => Taken::Mine(order),
            Attempt::Superseded => Taken::Superseded,
            Attempt::Refused => Taken::Gone,
        })
    }
}

enum Taken {
    Mine(Box<EsimOrder>),
    Gone,
    Superseded,
}

/// The first free profiles of a partition, as they are now.
pub(super) async fn free_profiles(
    table: &Table,
    profile_type: &ProfileType,
    shard: u8,
    most: i32,
) -> Result<Vec<Iccid>, StoreError> {
    let page = table
        .client
        .query()
        .table_name(&*table.name)
        .key_condition_expression("pk = :shard")
        .expression_attribute_values(":shard", text(keys::pool(profile_type, shard)))
        .projection_expression("sk")
        .consistent_read(true)
        .limit(most)
        .send()
        .await?;
    let iccid = |item: std::collections::HashMap<String, AttributeValue>| match item.get("sk") {
        Some(AttributeValue::S(sk)) => {
            sk.parse().map_err(|_| StoreError::Corrupt("a profile's number".to_owned()))
        }
        _ => Err(StoreError::Corrupt("a profile without a number".to_owned())),
    };
    page.items.unwrap_or_default().into_iter().map(iccid).collect()
}
