//! What has happened to an order of each kind, read off its item.

use domain::{
    esim,
    order::OrderKind,
    provisioning::{OrderStatus, ProvisioningOrder},
};

use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use super::{Happening, Owed, Telling};
use crate::{
    carrier::{CarrierOrder, DynamoParties},
    connection::Table,
    error::StoreError,
    keys,
    records::{CarrierRecord, EsimOrderRecord, OrderHeader, ProvisioningRecord},
};

/// The order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A provisioning order.
    Ecc(Box<ProvisioningOrder>),
    /// A carrier order.
    Carrier(Box<CarrierOrder>),
    /// An eSIM order.
    Esim(esim::EsimOrderId),
}

pub(super) async fn read(table: &Table, id: &str) -> Result<Option<Telling>, StoreError> {
    let Some(item) = table.item(&keys::order(id), true).await? else { return Ok(None) };
    let header: OrderHeader = from_item(item.clone())?;
    let telling = match header.kind {
        OrderKind::Ecc => of_ecc(id, from_item(item)?)?,
        OrderKind::Carrier => of_carrier(table, id, from_item(item)?).await?,
        OrderKind::Esim => of_esim(id, from_item(item)?)?,
    };
    Ok(Some(telling))
}

fn untold(all: impl Iterator<Item = Happening>, told: u64) -> Vec<Happening> {
    all.filter(|happening| happening.sequence > told).collect()
}

fn of_ecc(id: &str, record: ProvisioningRecord) -> Result<Telling, StoreError> {
    let OrderHeader { told, sequence, .. } = record.header;
    let order = ProvisioningOrder::try_from(record)?;
    let placed = Happening {
        sequence: 1,
        status: OrderStatus::Provisioning.as_str().to_owned(),
        at: order.order_date,
        reason: None,
    };
    let passed = (2..).zip(&order.history).map(|(sequence, passage)| Happening {
        sequence,
        status: passage.status.as_str().to_owned(),
        at: passage.at,
        reason: passage.reason.clone(),
    });
    Ok(Telling {
        id: id.to_owned(),
        kind: OrderKind::Ecc,
        audience: vec![order.tenant.clone()],
        correlation_id: order.correlation_id.clone(),
        untold: untold(std::iter::once(placed).chain(passed), told),
        last: order.status.is_final().then_some(sequence),
        rests: false,
        buyer: Owed::default(),
        subject: Subject::Ecc(Box::new(order)),
    })
}

/// Both sides hear of it: whoever has a client that acts for one of the two parties.
async fn of_carrier(table: &Table, id: &str, record: CarrierRecord) -> Result<Telling, StoreError> {
    let OrderHeader { told, notes, pushed, asked, answered, work_due_at, .. } = record.header;
    let order = CarrierOrder::try_from(record)?;
    let parties = DynamoParties::new(table.clone());
    let mut audience = parties.tenants(&order.header.buyer).await?;
    audience.extend(parties.tenants(&order.header.seller).await?);
    audience.sort();
    audience.dedup();
    let passed = (1..).zip(&order.history).map(|(sequence, passage)| Happening {
        sequence,
        status: passage.status.as_str().to_owned(),
        at: passage.at,
        reason: passage.reason.clone(),
    });
    Ok(Telling {
        id: id.to_owned(),
        kind: OrderKind::Carrier,
        audience,
        correlation_id: order.correlation_id.clone(),
        untold: untold(passed, told),
        last: None,
        rests: work_due_at.is_none(),
        buyer: Owed { notes, pushed, asked, answered },
        subject: Subject::Carrier(Box::new(order)),
    })
}

fn of_esim(id: &str, record: EsimOrderRecord) -> Result<Telling, StoreError> {
    let OrderHeader { told, sequence, .. } = record.header;
    let order = esim::EsimOrder::try_from(record)?;
    let placed = Happening {
        sequence: 1,
        status: esim::EsimOrderStatus::Accepted.as_str().to_owned(),
        at: order.order_date,
        reason: None,
    };
    let passed = (2..).zip(&order.history).map(|(sequence, passage)| Happening {
        sequence,
        status: passage.status.as_str().to_owned(),
        at: passage.at,
        reason: order
            .failure
            .as_ref()
            .filter(|_| passage.status == esim::EsimOrderStatus::Failed)
            .map(|failure| failure.kind.as_str().to_owned()),
    });
    Ok(Telling {
        id: id.to_owned(),
        kind: OrderKind::Esim,
        audience: vec![order.tenant.clone()],
        correlation_id: order.correlation_id.clone(),
        untold: untold(std::iter::once(placed).chain(passed), told),
        last: order.status.is_final().then_some(sequence),
        rests: false,
        buyer: Owed::default(),
        subject: Subject::Esim(order.id),
    })
}
