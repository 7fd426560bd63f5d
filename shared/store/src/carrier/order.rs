//! The carrier orders of both sides as items.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    carrier::{AnyCarrierOrder, BuyerOrder, CarrierOrder, SellerOrder},
    order::{Applied, OrderKind},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value};

use crate::{
    connection::Item,
    error::StoreError,
    expression::{Write, number, text},
    orders::{Readable, Stored, is_of_kind},
    records::{BuyerOrderRecord, CarrierRecord},
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

    fn set_attributes(applied: &Applied<Self>, write: Write) -> Result<Write, StoreError> {
        let Self { order, holds_resources } = applied.order();
        let write = set_common(order, write)?;
        let holds = holds_resources.then_some(AttributeValue::Bool(true));
        Ok(write.set_or_remove("holdsResources", holds))
    }
}

impl Stored for BuyerOrder {
    fn id(&self) -> String {
        self.order.header.id.to_string()
    }

    fn set_attributes(applied: &Applied<Self>, write: Write) -> Result<Write, StoreError> {
        let order = applied.order();
        let buyers = to_attribute_value(BuyerOrderRecord::from(order))?;
        Ok(set_common(&order.order, write)?.set(BUYERS, buyers))
    }
}

fn set_common(order: &CarrierOrder, write: Write) -> Result<Write, StoreError> {
    let CarrierOrder { header, progress, entity_tag, .. } = order;
    let write = write
        .set("entityTag", number(*entity_tag))
        .set("notificationCount", number(progress.notification_version))
        .set("progress", to_attribute_value(progress)?)
        .set("version", to_attribute_value(&header.version)?)
        .set("requestedCompletion", to_attribute_value(&header.requested_completion)?)
        .set("desired", to_attribute_value(header.desired)?);
    Ok(write.set_or_remove("project", header.project.as_ref().map(text)))
}
