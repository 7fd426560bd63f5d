//! S-VLAN ids of ENNIs: each belongs to one OVC at a time.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    carrier::{OrderHeader, PartyId, ServiceId, SvlanRange, SvlanRequest, SvlansInUse},
    lease::Lease,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use crate::{
    conditions::Condition,
    connection::{Item, Table, Updated},
    error::StoreError,
    expression::{Write, text},
    keys,
    records::SvlanRecord,
    transaction::{self, Outcome},
};

/// Ids claimed in one transaction, beside the check of the lease (100 is DynamoDB's limit).
const AT_ONCE: usize = 99;
/// The attribute of an order that names the ENNIs at which ids have been claimed for it.
const CLAIMED_AT: &str = "claimedAt";
/// How often another free id is chosen when another order was quicker.
const CHOICES: u32 = 100;

/// What came of asking for S-VLAN ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// These are the OVC's.
    Range(SvlanRange),
    /// Another OVC has this one.
    Taken(u16),
    /// Each of the ENNI's ids is in use.
    Full,
    /// The order is another worker's by now, or was cancelled.
    Superseded,
}

/// Claims and frees S-VLAN ids.
#[derive(Debug, Clone)]
pub struct DynamoSvlans {
    table: Table,
}

impl DynamoSvlans {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Claims what a request asks for. Asking twice is asking once.
    ///
    /// Each claim stands under the worker's fence: when the order was cancelled meanwhile and its
    /// ids were freed, a late worker claims nothing more for it. An id that the OVC has by an
    /// earlier order of the same Buyer stays that order's.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn grant(
        &self,
        order: &OrderHeader,
        lease: &Lease,
        request: &SvlanRequest,
    ) -> Result<Granted, StoreError> {
        if let Some(range) = request.wish {
            return self.claim(order, lease, request, range).await;
        }
        for round in 0..CHOICES {
            let claims = self.claims(&order.seller, &request.enni).await?;
            let mine = |claim: &&Claim| claim.is_of(&request.ovc, &order.buyer);
            let mine = claims.iter().find(mine).map(|claim| claim.id);
            let mut in_use = SvlansInUse::default();
            in_use.extend(claims.iter().map(|claim| claim.id));
            let spread = request.spread.wrapping_add(u64::from(round));
            let Some(id) = mine.or_else(|| in_use.choose(spread)) else {
                return Ok(Granted::Full);
            };
            let Ok(range) = SvlanRange::one(id) else { return Ok(Granted::Full) };
            match self.claim(order, lease, request, range).await? {
                // Another order was quicker: look again.
                Granted::Taken(_) => {}
                other => return Ok(other),
            }
        }
        Err(StoreError::Throttled("every free S-VLAN id was taken in between".to_owned()))
    }

    async fn claim(
        &self,
        order: &OrderHeader,
        lease: &Lease,
        request: &SvlanRequest,
        range: SvlanRange,
    ) -> Result<Granted, StoreError> {
        let ids: Vec<u16> = range.ids().collect();
        for chunk in ids.chunks(AT_ONCE) {
            let mut unclaimed = chunk.to_vec();
            while !unclaimed.is_empty() {
                // The way to the claims, whatever the document says when they are freed.
                let noted = under_fence(order, lease).add_to_set(CLAIMED_AT, request.enni.as_str());
                let mut writes = vec![noted];
                for id in &unclaimed {
                    writes.push(claim(order, request, *id)?);
                }
                let Outcome::Refused(reasons) = transaction::run(&self.table, writes).await? else {
                    break;
                };
                let mut reasons = reasons.into_iter();
                if reasons.next().flatten().is_some() {
                    return Ok(Granted::Superseded);
                }
                let mut rest = Vec::new();
                for (id, failed) in unclaimed.into_iter().zip(reasons) {
                    match failed.map(|failed| Claim::of(id, &failed.found)) {
                        None => rest.push(id),
                        Some(Some(claim)) if claim.is_of(&request.ovc, &order.buyer) => {}
                        Some(_) => return Ok(Granted::Taken(id)),
                    }
                }
                unclaimed = rest;
            }
        }
        Ok(Granted::Range(range))
    }

    /// Who has which ids of an ENNI.
    async fn claims(&self, seller: &PartyId, enni: &ServiceId) -> Result<Vec<Claim>, StoreError> {
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let page = self
                .table
                .client
                .query()
                .table_name(&*self.table.name)
                .key_condition_expression("pk = :enni AND begins_with(sk, :svlans)")
                .expression_attribute_values(":enni", text(keys::svlans_at(seller, enni)))
                .expression_attribute_values(":svlans", text(keys::SVLANS))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in page.items() {
                let Some(AttributeValue::S(sk)) = item.get("sk") else { continue };
                let id = sk.strip_prefix(keys::SVLANS).and_then(|id| id.parse().ok());
                found.extend(id.and_then(|id| Claim::of(id, item)));
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Frees whatever an order has claimed, for whatever version of its document, but for what it
    /// keeps; under the worker's fence: a late worker frees nothing that another has claimed for
    /// the order since. Freeing twice is freeing once. False: the order is another worker's by
    /// now.
    ///
    /// # Errors
    /// The database cannot be reached, or the order cannot be read.
    pub async fn free_claimed(
        &self,
        order: &OrderHeader,
        lease: &Lease,
        kept: &[(ServiceId, SvlanRange)],
    ) -> Result<bool, StoreError> {
        for enni in self.claimed_at(order).await? {
            let mut claims = self.claims(&order.seller, &enni).await?;
            let keeps = |id: u16| {
                kept.iter().any(|(at, range)| *at == enni && range.ids().any(|k| k == id))
            };
            claims.retain(|claim| claim.order == order.id.as_str() && !keeps(claim.id));
            let free = |claim: Claim| {
                let owned = Condition::SvlanOwnedBy { ovc: &claim.ovc, order: &claim.order };
                Write::delete(keys::svlan(&order.seller, &enni, claim.id), owned)
            };
            if !self.free(order, lease, claims, free).await? {
                return Ok(false);
            }
            if kept.iter().all(|(at, _)| *at != enni) && !self.leave(order, lease, &enni).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The ENNIs at which ids have been claimed for an order.
    async fn claimed_at(&self, order: &OrderHeader) -> Result<Vec<ServiceId>, StoreError> {
        let item = self.table.item(&keys::order(order.id.as_str()), true).await?;
        let Some(AttributeValue::Ss(ennis)) = item.as_ref().and_then(|item| item.get(CLAIMED_AT))
        else {
            return Ok(Vec::new());
        };
        let corrupt = |_| StoreError::Corrupt(format!("order {}: {CLAIMED_AT}", order.id));
        ennis.iter().map(|enni| enni.parse().map_err(corrupt)).collect()
    }

    /// Nothing is claimed at an ENNI any more. False: the order is another worker's by now.
    async fn leave(
        &self,
        order: &OrderHeader,
        lease: &Lease,
        enni: &ServiceId,
    ) -> Result<bool, StoreError> {
        let write = under_fence(order, lease).remove_from_set(CLAIMED_AT, enni.as_str());
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Frees whatever an OVC of the order's Buyer and Seller has, at whatever ENNI and by whatever
    /// order up to this one, but for what it keeps. Freeing twice is freeing once. False: the
    /// order is another worker's by now.
    ///
    /// What a later order has claimed for the OVC meanwhile stays: ids of orders sort by time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn free_service(
        &self,
        order: &OrderHeader,
        lease: &Lease,
        ovc: &ServiceId,
        kept: &[(ServiceId, SvlanRange)],
    ) -> Result<bool, StoreError> {
        let owner = keys::svlans_of(&order.seller, &order.buyer, ovc);
        let claimed = self.table.query_index("byOwner", "ownerKey", text(owner)).await?;
        let keeps = |key: &keys::Key| {
            kept.iter().any(|(enni, range)| {
                range.ids().any(|id| *key == keys::svlan(&order.seller, enni, id))
            })
        };
        let free = |key: keys::Key| {
            let (ovc, buyer, order) = (ovc.as_str(), order.buyer.as_str(), order.id.as_str());
            Write::delete(key, Condition::SvlanOwnedByService { ovc, buyer, order })
        };
        let keys: Vec<_> = claimed.into_iter().filter(|key| !keeps(key)).collect();
        self.free(order, lease, keys, free).await
    }

    async fn free<T: Clone>(
        &self,
        order: &OrderHeader,
        lease: &Lease,
        mut claims: Vec<T>,
        free: impl Fn(T) -> Write,
    ) -> Result<bool, StoreError> {
        while !claims.is_empty() {
            let rest = claims.split_off(claims.len().min(AT_ONCE));
            let mut writes = vec![checked(order, lease)];
            writes.extend(claims.iter().cloned().map(&free));
            match transaction::run(&self.table, writes).await? {
                Outcome::Done => claims = rest,
                Outcome::Refused(reasons) => {
                    let mut reasons = reasons.into_iter();
                    if reasons.next().flatten().is_some() {
                        return Ok(false);
                    }
                    // Not this OVC's any more: freed by the same work before, and given away since.
                    let still = claims.into_iter().zip(reasons).filter(|(_, why)| why.is_none());
                    claims = still.map(|(claim, _)| claim).chain(rest).collect();
                }
            }
        }
        Ok(true)
    }
}

/// Who has an id.
#[derive(Clone)]
struct Claim {
    id: u16,
    ovc: String,
    buyer: String,
    order: String,
}

impl Claim {
    fn of(id: u16, item: &Item) -> Option<Self> {
        let read = |name| match item.get(name) {
            Some(AttributeValue::S(text)) => Some(text.clone()),
            _ => None,
        };
        Some(Self { id, ovc: read("ovc")?, buyer: read("buyer")?, order: read("order")? })
    }

    /// Whether it is this Buyer's OVC: another Buyer may use the same name.
    fn is_of(&self, ovc: &ServiceId, buyer: &PartyId) -> bool {
        self.ovc == ovc.as_str() && self.buyer == buyer.as_str()
    }
}

/// Nothing happens once the order is another worker's, or a party's call has changed it.
fn checked(order: &OrderHeader, lease: &Lease) -> Write {
    Write::check(keys::order(order.id.as_str()), Condition::UnderFence { fence: lease.fence })
}

/// A write to the order under the same condition.
fn under_fence(order: &OrderHeader, lease: &Lease) -> Write {
    Write::update(keys::order(order.id.as_str()), Condition::UnderFence { fence: lease.fence })
}

fn claim(order: &OrderHeader, request: &SvlanRequest, id: u16) -> Result<Write, StoreError> {
    let key = keys::svlan(&order.seller, &request.enni, id);
    let record = SvlanRecord {
        owner_key: keys::svlans_of(&order.seller, &order.buyer, &request.ovc),
        owner_sort: format!("{}#{}", key.pk, key.sk),
        pk: key.pk,
        sk: key.sk,
        ovc: request.ovc.clone(),
        buyer: order.buyer.clone(),
        order: order.id.clone(),
    };
    let (ovc, order) = (request.ovc.as_str(), order.id.as_str());
    Ok(Write::put(to_item(record)?, Condition::SvlanFreeOrOwnedBy { ovc, order }))
}
