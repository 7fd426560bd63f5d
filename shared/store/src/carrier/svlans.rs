//! S-VLAN ids of ENNIs: each belongs to one OVC at a time.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    carrier::{OrderId, ServiceId, SvlanRange, SvlanRequest, SvlansInUse},
    lease::Lease,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::SvlanRecord,
    transaction::{self, Outcome},
};

/// Ids claimed in one transaction, beside the check of the lease (100 is DynamoDB's limit).
const AT_ONCE: usize = 99;
/// How often another free id is chosen when somebody else was quicker.
const CHOICES: u32 = 100;

/// What came of asking for S-VLAN ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// These are the OVC's.
    Range(SvlanRange),
    /// Somebody else has this one.
    Taken(u16),
    /// Somebody has each of the ENNI's ids.
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
    /// ids were freed, a late worker claims nothing more for it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn grant(
        &self,
        order: &OrderId,
        lease: &Lease,
        request: &SvlanRequest,
    ) -> Result<Granted, StoreError> {
        if let Some(range) = request.wish {
            return self.claim(order, lease, request, range).await;
        }
        for round in 0..CHOICES {
            let (in_use, mine) = self.in_use(&request.enni, &request.ovc).await?;
            let spread = request.spread.wrapping_add(u64::from(round));
            let Some(id) = mine.or_else(|| in_use.choose(spread)) else {
                return Ok(Granted::Full);
            };
            let Ok(range) = SvlanRange::one(id) else { return Ok(Granted::Full) };
            match self.claim(order, lease, request, range).await? {
                // Somebody was quicker: look again.
                Granted::Taken(_) => {}
                other => return Ok(other),
            }
        }
        Err(StoreError::Throttled("every free S-VLAN id was taken in between".to_owned()))
    }

    async fn claim(
        &self,
        order: &OrderId,
        lease: &Lease,
        request: &SvlanRequest,
        range: SvlanRange,
    ) -> Result<Granted, StoreError> {
        let ids: Vec<u16> = range.ids().collect();
        for chunk in ids.chunks(AT_ONCE) {
            let check = Write::check(keys::order(order.as_str()), Condition::UnderMyFence)
                .value("mine", number(lease.fence.0));
            let mut writes = vec![check];
            for id in chunk {
                writes.push(claim(&request.enni, &request.ovc, *id)?);
            }
            match transaction::run(&self.table, writes).await? {
                Outcome::Done => {}
                Outcome::Refused(reasons) => {
                    let failed = reasons.iter().position(Option::is_some).unwrap_or(0);
                    return Ok(match failed.checked_sub(1).and_then(|n| chunk.get(n)) {
                        Some(id) => Granted::Taken(*id),
                        None => Granted::Superseded,
                    });
                }
            }
        }
        Ok(Granted::Range(range))
    }

    /// Which ids of an ENNI somebody has, and the first that `ovc` has.
    async fn in_use(
        &self,
        enni: &ServiceId,
        ovc: &ServiceId,
    ) -> Result<(SvlansInUse, Option<u16>), StoreError> {
        let mut all = SvlansInUse::default();
        let mut mine = None;
        for (id, owner) in self.claims(enni).await? {
            all.add(id);
            if owner == ovc.as_str() {
                mine = mine.or(Some(id));
            }
        }
        Ok((all, mine))
    }

    async fn claims(&self, enni: &ServiceId) -> Result<Vec<(u16, String)>, StoreError> {
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let answer = self
                .table
                .client
                .query()
                .table_name(&*self.table.name)
                .key_condition_expression("pk = :enni AND begins_with(sk, :svlans)")
                .expression_attribute_values(":enni", text(format!("ENNI#{enni}")))
                .expression_attribute_values(":svlans", text(keys::SVLANS))
                .projection_expression("sk, ovc")
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in answer.items() {
                if let (Some(AttributeValue::S(sk)), Some(AttributeValue::S(ovc))) =
                    (item.get("sk"), item.get("ovc"))
                    && let Some(id) = sk.strip_prefix(keys::SVLANS).and_then(|id| id.parse().ok())
                {
                    found.push((id, ovc.clone()));
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Frees whatever an OVC has at an ENNI. Freeing twice is freeing once.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn free(&self, enni: &ServiceId, ovc: &ServiceId) -> Result<(), StoreError> {
        let ids = self.claims(enni).await?;
        for (id, _) in ids.into_iter().filter(|(_, owner)| owner == ovc.as_str()) {
            let write = Write::delete(keys::svlan(enni, id), Condition::SvlanMine)
                .value("ovc", text(ovc.as_str()));
            // Not this OVC's any more: freed by the same work before, and given away since.
            let _: Outcome = transaction::run(&self.table, vec![write]).await?;
        }
        Ok(())
    }
}

fn claim(enni: &ServiceId, ovc: &ServiceId, id: u16) -> Result<Write, StoreError> {
    let key = keys::svlan(enni, id);
    let record = SvlanRecord { pk: key.pk, sk: key.sk, ovc: ovc.clone() };
    Ok(Write::put(to_item(record)?, Condition::SvlanFreeOrMine).value("ovc", text(ovc.as_str())))
}
