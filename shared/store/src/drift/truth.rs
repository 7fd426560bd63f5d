use std::collections::{BTreeMap, BTreeSet};

use domain::{
    identity::Tenant,
    numbering::{Iccid, Imsi},
    provisioning::OrderNumber,
    sim::SimIdentity,
    subscription::{Claim, Subscription},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_attribute_value, from_item};

use crate::{
    connection::{Item, Table},
    ecc::LAST_ORDER,
    error::StoreError,
    expression::text,
    keys,
    records::{ClaimRecord, ImsiRecord, SimRecord, SubscriptionRecord},
};

/// What the orders say of a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimTruth {
    /// It has never been in a subscription.
    Free,
    /// It is in none any more, and will be in none.
    Ended {
        /// The order that ended it, if it is known.
        last_order: Option<OrderNumber>,
    },
    /// It is in a subscription, or an outstanding order puts it into one or takes it out.
    Subscription {
        /// The subscription.
        subscription: Box<Subscription>,
        /// The last order of it that ended, if it is known.
        last_order: Option<OrderNumber>,
    },
}

impl SimTruth {
    /// Its subscription.
    pub fn subscription(&self) -> Option<&Subscription> {
        match self {
            Self::Subscription { subscription, .. } => Some(subscription),
            Self::Free | Self::Ended { .. } => None,
        }
    }

    /// The order that explains what a network holds of it.
    pub const fn last_order(&self) -> Option<OrderNumber> {
        match self {
            Self::Subscription { last_order, .. } | Self::Ended { last_order } => *last_order,
            Self::Free => None,
        }
    }

    /// Whether an order is outstanding: what a network holds meanwhile is no matter.
    pub fn is_in_flight(&self) -> bool {
        self.subscription().is_some_and(|found| found.outstanding_order.is_some())
    }
}

/// Reads what the orders say of SIMs, of whatever tenant.
#[derive(Debug, Clone)]
pub struct DynamoTruth {
    table: Table,
}

impl DynamoTruth {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// All tenants that have or had a client, in the order of their names. Nothing else of the clients
    /// is read.
    ///
    /// # Errors
    /// The database cannot be reached, or does not return all.
    pub async fn tenants(&self) -> Result<BTreeSet<Tenant>, StoreError> {
        let keys = self.table.query_index("byOwner", "ownerKey", text(keys::ALL_CLIENTS)).await?;
        let entries: Vec<Item> = keys.iter().map(keys::Key::attributes).collect();
        let clients = self.table.due_items(&entries, &["tenant"]).await?;
        if clients.len() < entries.len() {
            return Err(StoreError::Throttled("clients".to_owned()));
        }
        let tenant = |mut client: Item| -> Result<Tenant, StoreError> {
            let missing = || StoreError::Corrupt("a client without a tenant".to_owned());
            Ok(from_attribute_value(client.remove("tenant").ok_or_else(missing)?)?)
        };
        clients.into_iter().map(tenant).collect()
    }

    /// What is known of SIMs that have data, by eventually consistent reads: SIM data never change.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn identities(
        &self,
        sims: &[Iccid],
    ) -> Result<BTreeMap<Iccid, SimIdentity>, StoreError> {
        let items = self.table.items(sims.iter().map(keys::sim), false).await?;
        let identity = |item| -> Result<_, StoreError> {
            let identity = SimIdentity::try_from(from_item::<SimRecord>(item)?)?;
            Ok((identity.iccid.clone(), identity))
        };
        items.into_iter().map(identity).collect()
    }

    /// The SIMs with these IMSIs, in their order; none for one that no SIM is known to have.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn sims_with(&self, imsis: &[Imsi]) -> Result<Vec<Option<Iccid>>, StoreError> {
        let items = self.table.items(imsis.iter().map(keys::sim_by_imsi), true).await?;
        let by_key = |item: Item| -> Result<_, StoreError> {
            let record = from_item::<ImsiRecord>(item)?;
            Ok((record.pk().to_owned(), record.iccid))
        };
        let mut found: BTreeMap<String, Iccid> =
            items.into_iter().map(by_key).collect::<Result<_, _>>()?;
        Ok(imsis.iter().map(|imsi| found.remove(&keys::sim_by_imsi(imsi).pk)).collect())
    }

    /// Those of some SIMs that are in a subscription or are claimed for one, by eventually consistent
    /// reads.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn subscribed(&self, sims: &[Iccid]) -> Result<BTreeSet<Iccid>, StoreError> {
        let claim = |sim: &Iccid| keys::claim(&Claim::Iccid(sim.clone()));
        let items = self.table.items(sims.iter().map(claim), false).await?;
        let mut claimed = BTreeMap::new();
        for item in items {
            let key = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
            claimed.insert(key, holder(item)?);
        }
        let is_in = |sim: &&Iccid| match claimed.get(&claim(sim).pk) {
            Some(Holder::Subscription(found)) => found.iccid == **sim,
            Some(Holder::Claim(claim)) => !claim.void,
            None => false,
        };
        Ok(sims.iter().filter(is_in).cloned().collect())
    }

    /// What the orders say of a SIM, by consistent reads.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn of_sim(&self, sim: &Iccid) -> Result<SimTruth, StoreError> {
        let key = keys::claim(&Claim::Iccid(sim.clone()));
        let Some(item) = self.table.item(&key, true).await? else { return Ok(SimTruth::Free) };
        let last_order = last_order(&item)?;
        match holder(item)? {
            Holder::Subscription(subscription) => Ok(judged(*subscription, last_order, sim)),
            Holder::Claim(claim) if claim.void => Ok(SimTruth::Ended { last_order }),
            Holder::Claim(claim) => {
                let key = keys::subscription(claim.subscription);
                let item = self.table.item(&key, true).await?.filter(SubscriptionRecord::is_in);
                // It ended, and released the claim, between the two reads.
                let Some(item) = item else { return Ok(SimTruth::Free) };
                let last_order = self::last_order(&item)?;
                let subscription = Subscription::from(from_item::<SubscriptionRecord>(item)?);
                Ok(judged(subscription, last_order, sim))
            }
        }
    }
}

/// What has a SIM.
enum Holder {
    Subscription(Box<Subscription>),
    Claim(ClaimRecord),
}

fn holder(item: Item) -> Result<Holder, StoreError> {
    Ok(if SubscriptionRecord::is_in(&item) {
        Holder::Subscription(Box::new(from_item::<SubscriptionRecord>(item)?.into()))
    } else {
        Holder::Claim(from_item(item)?)
    })
}

/// A subscription stays under the SIM that it was created with, and may have another one now.
fn judged(subscription: Subscription, last_order: Option<OrderNumber>, sim: &Iccid) -> SimTruth {
    if subscription.iccid == *sim || subscription.outstanding_order.is_some() {
        SimTruth::Subscription { subscription: Box::new(subscription), last_order }
    } else {
        SimTruth::Ended { last_order }
    }
}

fn last_order(item: &Item) -> Result<Option<OrderNumber>, StoreError> {
    Ok(item.get(LAST_ORDER).cloned().map(from_attribute_value).transpose()?)
}
