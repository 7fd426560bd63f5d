//! Sizes of items as DynamoDB counts them (Developer Guide, *Item sizes and formats*).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::StoreError;

/// The largest item that is written, in bytes. The limit of DynamoDB is 400 KiB; the rest is for
/// what an item gets later: statuses, a lease, a mark.
const LARGEST_ITEM: usize = 384 * 1024;
/// The largest transaction, in bytes (a DynamoDB limit).
const LARGEST_TRANSACTION: usize = 4_000_000;

/// Checks the bytes of an item, or of what an update sets.
pub(crate) fn check_item(bytes: usize) -> Result<(), StoreError> {
    if bytes > LARGEST_ITEM { Err(StoreError::TooLarge { bytes }) } else { Ok(()) }
}

/// Checks the bytes of all writes of a transaction.
pub(crate) fn check_transaction(bytes: usize) -> Result<(), StoreError> {
    if bytes > LARGEST_TRANSACTION { Err(StoreError::TooLarge { bytes }) } else { Ok(()) }
}

/// The bytes of attributes with their names.
pub(crate) fn of_attributes(attributes: &HashMap<String, AttributeValue>) -> usize {
    attributes.iter().map(|(name, value)| name.len() + of_value(value)).sum()
}

/// The bytes of a value; of a number at most one more than DynamoDB counts.
fn of_value(value: &AttributeValue) -> usize {
    /// Of a list or map, and of each of its elements.
    const COLLECTION: usize = 3;
    const ELEMENT: usize = 1;
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => of_number(number),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(list) => {
            COLLECTION + list.iter().map(|value| ELEMENT + of_value(value)).sum::<usize>()
        }
        AttributeValue::M(map) => COLLECTION + ELEMENT * map.len() + of_attributes(map),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| of_number(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        _ => 1,
    }
}

fn of_number(number: &str) -> usize {
    number.len().div_ceil(2) + 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{number, text};

    #[test]
    fn names_texts_and_nesting_count() {
        let inner = HashMap::from([("ä".to_owned(), text("bc")), ("n".to_owned(), number(12))]);
        let list = AttributeValue::L(vec![AttributeValue::Bool(true), AttributeValue::M(inner)]);
        // The name, the list with two elements, true, the map with two, and their contents.
        let expected = 4 + (3 + 2) + 1 + (3 + 2) + (2 + 2) + (1 + 3);
        assert_eq!(of_attributes(&HashMap::from([("list".to_owned(), list)])), expected);
    }

    #[test]
    fn what_is_too_large_is_no_matter_of_time() {
        use domain::failure::Retryable;
        assert!(check_item(LARGEST_ITEM).is_ok());
        let error = check_item(LARGEST_ITEM + 1).unwrap_err();
        assert!(!error.retryable() && error.too_large());
        assert!(check_transaction(LARGEST_TRANSACTION + 1).is_err());
    }
}
