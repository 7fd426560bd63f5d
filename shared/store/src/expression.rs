//! Builders of update expressions and conditions.
//!
//! An expression refers to an attribute as `#attribute`, so that DynamoDB's 573 reserved words do
//! not matter; the map of names is derived from the text.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};

use serde::Serialize;
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use crate::{conditions::Condition, error::StoreError, keys::Key, size};

/// The attribute names of an expression: `#status` stands for the attribute `status`.
pub(crate) fn names_in(text: &str) -> HashMap<String, String> {
    text.split('#')
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            (format!("#{}", &rest[..end]), rest[..end].to_owned())
        })
        .collect()
}

/// The kind of a write.
enum Change {
    Put(HashMap<String, AttributeValue>),
    Update { key: Key, clauses: Clauses },
    Delete(Key),
    Check(Key),
}

/// The clauses of an update.
#[derive(Default)]
struct Clauses {
    set: Vec<String>,
    remove: Vec<String>,
    /// Members that are added to sets.
    add: Vec<String>,
    /// Members that are removed from sets.
    delete: Vec<String>,
}

/// A write with its condition. Every write has a condition, and every condition has its operands.
pub struct Write {
    change: Change,
    condition: &'static str,
    /// Values of the condition and of the update; no name is in both.
    values: HashMap<String, AttributeValue>,
}

impl Write {
    fn new(change: Change, condition: Condition<'_>) -> Self {
        let (condition, values) = condition.expression();
        Self { change, condition, values }
    }

    pub(crate) fn put(item: HashMap<String, AttributeValue>, condition: Condition<'_>) -> Self {
        Self::new(Change::Put(item), condition)
    }

    pub(crate) fn update(key: Key, condition: Condition<'_>) -> Self {
        Self::new(Change::Update { key, clauses: Clauses::default() }, condition)
    }

    pub(crate) fn delete(key: Key, condition: Condition<'_>) -> Self {
        Self::new(Change::Delete(key), condition)
    }

    /// A condition check without a write: the transaction succeeds only if the condition holds.
    pub(crate) fn check(key: Key, condition: Condition<'_>) -> Self {
        Self::new(Change::Check(key), condition)
    }

    /// The bytes of the item, or of the values of an update: at least what is stored.
    pub(crate) fn bytes(&self) -> usize {
        match &self.change {
            Change::Put(item) => size::of_attributes(item),
            Change::Update { .. } => size::of_attributes(&self.values),
            Change::Delete(_) | Change::Check(_) => 0,
        }
    }

    /// Checks what is written before it is sent.
    pub(crate) fn check_size(&self) -> Result<(), StoreError> {
        size::check_item(self.bytes())
    }

    /// Sets an attribute of the item that is put or updated.
    pub(crate) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        if let Change::Put(item) = &mut self.change {
            item.insert(attribute.to_owned(), value);
            return self;
        }
        let placeholder = format!(":new{attribute}");
        let expression = placeholder.clone();
        self.set_expression(attribute, &expression, placeholder, value)
    }

    /// Sets an attribute, or removes it when there is no value.
    pub(crate) fn set_or_remove(self, attribute: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(attribute, value),
            None => self.remove(attribute),
        }
    }

    /// Sets the attributes of a record, and removes those that have no value in it.
    pub(crate) fn set_all(self, record: impl Serialize) -> Result<Self, StoreError> {
        let record: HashMap<String, AttributeValue> = to_item(record)?;
        Ok(record.into_iter().fold(self, |write, (attribute, value)| {
            write.set_or_remove(&attribute, Some(value).filter(|value| !value.is_null()))
        }))
    }

    /// Sets an attribute to the value of another one.
    pub(crate) fn copy(mut self, attribute: &str, from: &str) -> Self {
        if let Change::Update { clauses, .. } = &mut self.change {
            clauses.set.push(format!("#{attribute} = #{from}"));
        }
        self
    }

    /// Appends a list to an attribute that is a list.
    pub(crate) fn append(self, attribute: &str, list: AttributeValue) -> Self {
        let placeholder = format!(":new{attribute}");
        let expression = format!("list_append(#{attribute}, {placeholder})");
        self.set_expression(attribute, &expression, placeholder, list)
    }

    /// Adds to a number that may be absent. Only in a transaction, whose token makes it repeatable.
    pub(crate) fn add(mut self, attribute: &str, addend: u32) -> Self {
        let expression = format!("if_not_exists(#{attribute}, :newzero) + :new{attribute}");
        self.values.insert(":newzero".to_owned(), number(0));
        self.set_expression(attribute, &expression, format!(":new{attribute}"), number(addend))
    }

    /// Increments a number. Not idempotent: if the response is lost and the SDK retries, the number
    /// is incremented twice, unless the update invalidates its own condition.
    pub(crate) fn increment(self, attribute: &str) -> Self {
        let expression = format!("#{attribute} + :one");
        self.set_expression(attribute, &expression, ":one".to_owned(), number(1))
    }

    /// Increments the revision. Safe to retry: the update invalidates each condition with which it
    /// is used.
    pub(crate) fn next_revision(self) -> Self {
        self.increment("revision")
    }

    /// Sets an attribute to an expression with one value.
    fn set_expression(
        mut self,
        attribute: &str,
        expression: &str,
        placeholder: String,
        value: AttributeValue,
    ) -> Self {
        if let Change::Update { clauses, .. } = &mut self.change {
            clauses.set.push(format!("#{attribute} = {expression}"));
            self.values.insert(placeholder, value);
        }
        self
    }

    /// Removes an attribute.
    pub(crate) fn remove(mut self, attribute: &str) -> Self {
        if let Change::Update { clauses, .. } = &mut self.change {
            clauses.remove.push(format!("#{attribute}"));
        }
        self
    }

    /// Adds a member to an attribute that is a set of texts. Idempotent.
    pub(crate) fn add_to_set(mut self, attribute: &str, member: &str) -> Self {
        if let Change::Update { clauses, .. } = &mut self.change {
            clauses.add.push(format!("#{attribute} :new{attribute}"));
            let member = AttributeValue::Ss(vec![member.to_owned()]);
            self.values.insert(format!(":new{attribute}"), member);
        }
        self
    }

    /// Removes a member from an attribute that is a set of texts. Idempotent.
    pub(crate) fn remove_from_set(mut self, attribute: &str, member: &str) -> Self {
        if let Change::Update { clauses, .. } = &mut self.change {
            clauses.delete.push(format!("#{attribute} :new{attribute}"));
            let member = AttributeValue::Ss(vec![member.to_owned()]);
            self.values.insert(format!(":new{attribute}"), member);
        }
        self
    }

    /// The update expression, empty for other writes.
    pub(crate) fn update_expression(&self) -> String {
        let Change::Update { clauses, .. } = &self.change else { return String::new() };
        let Clauses { set, remove, add, delete } = clauses;
        let part = |keyword: &str, parts: &[String]| match parts {
            [] => String::new(),
            _ => format!("{keyword} {} ", parts.join(", ")),
        };
        let parts = [("SET", set), ("REMOVE", remove), ("ADD", add), ("DELETE", delete)];
        let parts = parts.map(|(keyword, list)| part(keyword, list));
        parts.concat().trim_end().to_owned()
    }

    /// The parts of a single request: key or item, update, condition, names, values.
    pub(crate) fn into_update_parts(self) -> UpdateParts {
        let expression = self.update_expression();
        let condition = self.condition;
        let names = names_in(&format!("{expression} {condition}"));
        let key = match self.change {
            Change::Update { key, .. } | Change::Delete(key) | Change::Check(key) => {
                key.attributes()
            }
            Change::Put(item) => item,
        };
        UpdateParts { key, expression, condition, names, values: self.values }
    }

    /// The write as a transaction item that returns the stored item if the condition fails.
    pub(crate) fn into_transaction_item(
        self,
        table: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = self.update_expression();
        let condition = self.condition;
        let names = Some(names_in(&format!("{update} {condition}"))).filter(|n| !n.is_empty());
        let values = Some(self.values).filter(|v| !v.is_empty());
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        let item = TransactWriteItem::builder();
        let built = match self.change {
            Change::Put(attributes) => Put::builder()
                .table_name(table)
                .set_item(Some(attributes))
                .condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|put| item.put(put)),
            Change::Update { key, .. } => Update::builder()
                .table_name(table)
                .set_key(Some(key.attributes()))
                .update_expression(update)
                .condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|update| item.update(update)),
            Change::Delete(key) => Delete::builder()
                .table_name(table)
                .set_key(Some(key.attributes()))
                .condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|delete| item.delete(delete)),
            Change::Check(key) => ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(key.attributes()))
                .condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|check| item.condition_check(check)),
        };
        built
            .map(aws_sdk_dynamodb::types::builders::TransactWriteItemBuilder::build)
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

/// The parts of a single request.
pub(crate) struct UpdateParts {
    pub(crate) key: HashMap<String, AttributeValue>,
    pub(crate) expression: String,
    pub(crate) condition: &'static str,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

/// A number attribute.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A string attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_put_and_updated_alike_and_what_has_no_value_is_not_stored() {
        let record = HashMap::from([("state", Some("free")), ("order", None)]);
        let key = || Key { pk: "p".to_owned(), sk: "s".to_owned() };
        let put = Write::put(key().attributes(), Condition::Absent).set_all(&record).unwrap();
        let Change::Put(item) = put.change else { panic!("an update") };
        let expected = [("pk", "p"), ("sk", "s"), ("state", "free")];
        assert_eq!(item, expected.map(|(name, value)| (name.to_owned(), text(value))).into());
        let update = Write::update(key(), Condition::Present).set_all(&record).unwrap();
        assert_eq!(update.update_expression(), "SET #state = :newstate REMOVE #order");
    }

    #[test]
    fn the_names_of_an_expression_are_derived_from_its_text() {
        let names = names_in("SET #status = :s REMOVE #leaseOwner, #dueAt");
        let mut found: Vec<_> = names.into_iter().collect();
        found.sort();
        let expected = ["dueAt", "leaseOwner", "status"];
        assert_eq!(found, expected.map(|name| (format!("#{name}"), name.to_owned())));
    }
}
