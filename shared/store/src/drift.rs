//! Drift: what the orders say of SIMs, findings of the comparison with networks, and how far it has
//! come (decision 190).

mod truth;

use domain::{
    drift::{DriftSubject, Finding, Pass, RepairState},
    identity::Tenant,
    provisioning::OrderNumber,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

pub use truth::{DynamoTruth, SimTruth};

use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{FindingRecord, PassRecord},
    transaction::{self, Outcome},
};

/// Keeps findings, for the comparison and for the operator.
#[derive(Debug, Clone)]
pub struct DynamoFindings {
    table: Table,
}

impl DynamoFindings {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// All findings, oldest first: at most [`domain::drift::MOST_FINDINGS`], and a few of runs at the
    /// same time.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn all(&self) -> Result<Vec<Finding>, StoreError> {
        let items = self.table.query_partition(keys::FINDINGS).await?;
        let finding = |item| Finding::try_from(from_item::<FindingRecord>(item)?);
        let mut found = items.into_iter().map(finding).collect::<Result<Vec<_>, StoreError>>()?;
        found.sort_by(|one, other| {
            (one.found_at, &one.subject).cmp(&(other.found_at, &other.subject))
        });
        Ok(found)
    }

    /// A finding.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, subject: &DriftSubject) -> Result<Option<Finding>, StoreError> {
        let record: Option<FindingRecord> =
            self.table.get_consistent(&keys::finding(subject)).await?;
        record.map(Finding::try_from).transpose()
    }

    /// Keeps a finding. False: there is one of its subject, which stays.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn add(&self, finding: &Finding) -> Result<bool, StoreError> {
        let item = to_item(FindingRecord::from(finding))?;
        self.table.put(Write::put(item, Condition::Absent)).await
    }

    /// Removes a finding that is none any more. False: it changed meanwhile, or is gone.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn remove(&self, finding: &Finding) -> Result<bool, StoreError> {
        let read = Condition::AsRead { revision: finding.revision };
        let writes = vec![Write::delete(keys::finding(&finding.subject), read)];
        Ok(matches!(transaction::run(&self.table, writes).await?, Outcome::Done))
    }

    /// Approves the repair of a finding, as it was read. False: it changed meanwhile, or is gone.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn approve(
        &self,
        finding: &Finding,
        by: &str,
        tenant: Option<&Tenant>,
    ) -> Result<bool, StoreError> {
        let approved = RepairState::Approved { by: by.to_owned(), tenant: tenant.cloned() };
        self.set(finding, approved).await
    }

    /// Notes the order that repairs a finding. False: it changed meanwhile, or is gone.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ordered(&self, finding: &Finding, order: OrderNumber) -> Result<bool, StoreError> {
        self.set(finding, RepairState::Ordered(order)).await
    }

    async fn set(&self, finding: &Finding, repair: RepairState) -> Result<bool, StoreError> {
        let read = Condition::AsRead { revision: finding.revision };
        let write = Write::update(keys::finding(&finding.subject), read).next_revision();
        let (by, tenant, order) = match repair {
            RepairState::Proposed => (None, None, None),
            RepairState::Approved { by, tenant } => (Some(by), tenant, None),
            RepairState::Ordered(order) => (None, None, Some(order)),
        };
        let write = write
            .set_or_remove("approvedBy", by.map(text))
            .set_or_remove("approvedFor", tenant.map(|tenant| text(tenant.to_string())))
            .set_or_remove("repair", order.map(|order| number(order.get())));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }
}

/// Keeps how far the comparison has come.
#[derive(Debug, Clone)]
pub struct DynamoPass {
    table: Table,
}

impl DynamoPass {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The last comparison, if there was one.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self) -> Result<Option<Pass>, StoreError> {
        let record: Option<PassRecord> = self.table.get_consistent(&keys::drift_pass()).await?;
        Ok(record.map(Pass::from))
    }

    /// Stores a comparison over the one that was read: of the same revision, or none at 0. False:
    /// another run has stored it meanwhile.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn save(&self, pass: &mut Pass) -> Result<bool, StoreError> {
        let read = pass.revision;
        pass.revision += 1;
        let item = to_item(PassRecord::from(&*pass))?;
        let condition = match read {
            0 => Condition::Absent,
            revision => Condition::AsRead { revision },
        };
        self.table.put(Write::put(item, condition)).await
    }
}
