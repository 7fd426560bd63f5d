use domain::{order::OrderKind, service_order::ServiceOrder};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    connection::Item,
    error::StoreError,
    expression::Write,
    orders::{Readable, Stored, is_of_kind},
    records::{ServiceOrderRecord, ServiceOrderState},
};

impl Readable for ServiceOrder {
    fn is_in(item: &Item) -> bool {
        is_of_kind(item, OrderKind::Service)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item::<ServiceOrderRecord>(item)?.try_into()
    }
}

/// The document is a text of the API: it comes with the commit.
impl Stored for ServiceOrder {
    const KEEPS_LEASE: bool = true;

    const OPEN_IS_DUE: bool = true;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn set_state(&self, write: Write) -> Result<Write, StoreError> {
        write.set_all(ServiceOrderState::from(self))
    }
}
