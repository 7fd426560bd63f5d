use aws_sdk_dynamodb::types::AttributeValue;
use domain::{carrier::CarrierOrder, order::Applied};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value};

use crate::{
    connection::Item,
    error::StoreError,
    expression::{Write, number, text},
    orders::Stored,
    records::CarrierRecord,
};

impl Stored for CarrierOrder {
    fn id(&self) -> String {
        self.header.id.to_string()
    }

    fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item::<CarrierRecord>(item)?.try_into()
    }

    fn set_attributes(applied: &Applied<Self>, write: Write) -> Result<Write, StoreError> {
        let Self { header, progress, entity_tag, holds_resources, buyer_order, .. } =
            applied.order();
        let write = write
            .set("entityTag", number(*entity_tag))
            .set("notificationCount", number(progress.notification_version))
            .set("progress", to_attribute_value(progress)?)
            .set("version", to_attribute_value(&header.version)?)
            .set("requestedCompletion", to_attribute_value(&header.requested_completion)?)
            .set("desired", to_attribute_value(header.desired)?);
        let write = match &header.project {
            Some(project) => write.set("project", text(project)),
            None => write.remove("project"),
        };
        let write = match holds_resources {
            true => write.set("holdsResources", AttributeValue::Bool(true)),
            false => write.remove("holdsResources"),
        };
        Ok(match buyer_order {
            Some(buyer_order) => write.set("buyerOrder", to_attribute_value(buyer_order)?),
            None => write,
        })
    }

    /// Document and notifications are texts of the API: they come with the commit.
    fn effects(_: &Applied<Self>) -> Result<Vec<Write>, StoreError> {
        Ok(Vec::new())
    }
}
