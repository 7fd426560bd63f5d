use domain::{
    order::OrderKind,
    service_order::{ItemId, ItemOrder, ItemState, ServiceOrder},
};
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

    /// By what its items are: times are stored in milliseconds.
    fn is_stored_as(&self, stored: &Self) -> bool {
        let all = |order: &Self| -> Vec<(ItemId, ItemState, Option<ItemOrder>)> {
            let items = order.items.iter();
            items.map(|item| (item.id.clone(), item.state, item.order.clone())).collect()
        };
        all(self) == all(stored)
    }
}
