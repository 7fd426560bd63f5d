//! The carrier orders of both sides as items.

use domain::{
    carrier::{AnyCarrierOrder, BuyerOrder, CarrierOrder, SellerOrder},
    order::OrderKind,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    connection::Item,
    error::StoreError,
    expression::{Write, number},
    orders::{Readable, Stored, is_of_kind},
    records::{CarrierRecord, CarrierState},
};

/// What only a Buyer's order has.
const BUYERS: &str = "buyerOrder";

impl Readable for AnyCarrierOrder {
    fn is_in(item: &Item) -> bool {
        is_of_kind(item, OrderKind::Carrier)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item::<CarrierRecord>(item)?.try_into()
    }
}

impl Readable for SellerOrder {
    fn is_in(item: &Item) -> bool {
        AnyCarrierOrder::is_in(item) && !item.contains_key(BUYERS)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        match AnyCarrierOrder::from_item(item)? {
            AnyCarrierOrder::Seller(order) => Ok(order),
            AnyCarrierOrder::Buyer(order) => Err(of_other_side(&order.order)),
        }
    }
}

impl Readable for BuyerOrder {
    fn is_in(item: &Item) -> bool {
        AnyCarrierOrder::is_in(item) && item.contains_key(BUYERS)
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        match AnyCarrierOrder::from_item(item)? {
            AnyCarrierOrder::Buyer(order) => Ok(order),
            AnyCarrierOrder::Seller(order) => Err(of_other_side(&order.order)),
        }
    }
}

fn of_other_side(order: &CarrierOrder) -> StoreError {
    StoreError::Corrupt(format!("order {} is of the other side", order.header.id))
}

/// Document and notifications are texts of the API: they come with the commit.
impl Stored for SellerOrder {
    fn id(&self) -> String {
        self.order.header.id.to_string()
    }

    fn set_state(&self, write: Write) -> Result<Write, StoreError> {
        set_state(&self.order, CarrierState::from(self), write)
    }
}

impl Stored for BuyerOrder {
    fn id(&self) -> String {
        self.order.header.id.to_string()
    }

    fn set_state(&self, write: Write) -> Result<Write, StoreError> {
        set_state(&self.order, CarrierState::from(self), write)
    }
}

fn set_state(order: &CarrierOrder, state: CarrierState, write: Write) -> Result<Write, StoreError> {
    let notifications = number(order.progress.notification_version);
    Ok(write.set_all(state)?.set("notificationCount", notifications))
}
