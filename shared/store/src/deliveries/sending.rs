//! Reads a delivery and stores the result of an attempt: for the sender.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::webhook::{Attempt, Delivery, EndpointId, LoggedAttempt, MessageId};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::{NextAttempt, StoredDelivery, moved_on, read, slots::marked};
use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::Write,
    keys,
    records::{AttemptRecord, logged},
    transaction::{self, Outcome},
};

/// Reads deliveries, holds the slots of their receivers, and stores the results of attempts.
#[derive(Debug, Clone)]
pub struct DynamoSending {
    pub(super) table: Table,
}

impl DynamoSending {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A delivery to an endpoint. None: there is none, or it has expired.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(
        &self,
        endpoint: &EndpointId,
        message: &MessageId,
    ) -> Result<Option<StoredDelivery>, StoreError> {
        read(&self.table, endpoint, message).await
    }

    /// Stores the result of an attempt. False: the delivery does not wait for it (any more), and
    /// nothing was changed.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn finish(
        &self,
        read: &StoredDelivery,
        after: &Delivery,
        attempt: Option<&LoggedAttempt>,
        next: Option<NextAttempt<'_>>,
    ) -> Result<bool, StoreError> {
        self.store_result(read, after, attempt, next, false).await
    }

    pub(super) async fn store_result(
        &self,
        read: &StoredDelivery,
        after: &Delivery,
        attempt: Option<&LoggedAttempt>,
        next: Option<NextAttempt<'_>>,
        is_settled: bool,
    ) -> Result<bool, StoreError> {
        let Attempt { round, number } = read.delivery.attempt;
        let log = match attempt {
            Some(attempt) => logged(&read.attempts, attempt),
            None => read.attempts.iter().map(AttemptRecord::from).collect(),
        };
        let key = keys::delivery(&after.endpoint, &after.message);
        let write = Write::update(key, Condition::AwaitsAttempt { round, number })
            .set("attempts", to_attribute_value(&log)?)
            .remove("leaseOwner")
            .remove("leaseUntil")
            .set_or_remove("settled", is_settled.then_some(AttributeValue::Bool(true)))
            .next_revision();
        let write = moved_on(write, after, next);
        if let (Some(NextAttempt::Backlog { held, .. }), Some(attempt)) = (next, attempt) {
            // With its mark: a sender that dies now would leave a delivery that nobody looks for.
            let mark = marked(held.awaited(), Condition::Present, &after.message, attempt.at);
            let outcome = transaction::run(&self.table, vec![write, mark]).await?;
            return Ok(matches!(outcome, Outcome::Done));
        }
        match self.table.update(write).await? {
            Updated::Applied(_) => Ok(true),
            Updated::Refused(found) => {
                // Our own update, whose response was lost: no other sender logs this attempt at
                // this time.
                Ok(attempt.is_some() && found.get("attempts") == Some(&to_attribute_value(&log)?))
            }
        }
    }
}
