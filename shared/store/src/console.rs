//! One-time links and sessions of the console.
//!
//! Neither secret is stored: an item is found by the digest of its secret, so whoever reads the table
//! can open nothing.

use domain::console::{ConsoleAccess, OperatorName};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, EpochSeconds},
    connection::Table,
    error::StoreError,
    expression::Write,
    keys::{self, Key},
    records::ConsoleRecord,
    transaction::{self, Outcome},
};

/// Makes links, opens sessions with them, and reads sessions.
#[derive(Debug, Clone)]
pub struct DynamoConsole {
    table: Table,
}

impl DynamoConsole {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Stores a new link by the digest of its code.
    ///
    /// Dies afterwards: the link expires, and nobody knows its code.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn add_link(
        &self,
        digest: &str,
        operator: OperatorName,
        now: OffsetDateTime,
    ) -> Result<ConsoleAccess, StoreError> {
        let link = ConsoleAccess::link(operator, now);
        let record = ConsoleRecord::new(keys::console_link(digest), &link);
        // A code has 256 random bits: an item that is there is this one, of a lost response.
        self.table.put(Write::put(to_item(record)?, Condition::Absent)).await?;
        Ok(link)
    }

    /// Opens a session with a link, which is gone then: one transaction. None: there is no such link,
    /// it has expired, or it has been used.
    ///
    /// Dies before the transaction: the link is as it was. Dies after it: the session is stored, its
    /// secret is lost, and TTL removes it; the caller needs another link.
    ///
    /// # Errors
    /// The database cannot be reached, or the link cannot be read.
    pub async fn open(
        &self,
        link: &str,
        session: &str,
        now: OffsetDateTime,
    ) -> Result<Option<ConsoleAccess>, StoreError> {
        let key = keys::console_link(link);
        let Some(found) = self.read(&key, now).await? else { return Ok(None) };
        let opened = ConsoleAccess::session(found.operator, now);
        let record = ConsoleRecord::new(keys::console_session(session), &opened);
        let writes = vec![
            Write::delete(key, Condition::Unexpired { now: EpochSeconds::from(now) }),
            Write::put(to_item(record)?, Condition::Absent),
        ];
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(Some(opened)),
            Outcome::Refused(_) => Ok(None),
        }
    }

    /// A session by the digest of its secret. None: there is none, or it has expired.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn session(
        &self,
        digest: &str,
        now: OffsetDateTime,
    ) -> Result<Option<ConsoleAccess>, StoreError> {
        self.read(&keys::console_session(digest), now).await
    }

    /// Ends a session. One that has ended is left as it is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn end(&self, digest: &str) -> Result<(), StoreError> {
        let end = Write::delete(keys::console_session(digest), Condition::Present);
        transaction::run(&self.table, vec![end]).await.map(drop)
    }

    async fn read(
        &self,
        key: &Key,
        now: OffsetDateTime,
    ) -> Result<Option<ConsoleAccess>, StoreError> {
        let record: Option<ConsoleRecord> = self.table.get_consistent(key).await?;
        let found = record.map(ConsoleAccess::try_from).transpose()?;
        Ok(found.filter(|access| access.is_valid(now)))
    }
}
