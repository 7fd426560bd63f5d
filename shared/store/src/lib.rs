//! Where state is kept: keys, records, conditions and queries. The only crate that names the
//! DynamoDB SDK.
//!
//! One adapter for each permission: a function that only reads takes a type that can only read.

mod batches;
mod carrier;
mod clients;
mod conditions;
mod connection;
mod deliveries;
mod endpoints;
mod error;
mod esim;
mod expression;
mod feeds;
mod keys;
mod lease;
mod outbox;
mod placing;
mod records;
mod signing_keys;
mod subscriptions;
mod telling;
mod transaction;
mod watchdog;
mod work;

pub use batches::{DynamoBatchWork, DynamoBatches, DynamoOverdueBatches, OverdueBatch};
pub use carrier::{
    CarrierCommit, CarrierDue, CarrierList, CarrierListFilter, CarrierOrder, CarrierPlacing,
    Committed, DynamoCarrierOrders, DynamoCarrierWork, DynamoParties, DynamoSvlans, Granted,
    LeasedCarrierOrder, NewNotification, OrderDate, PlacedCarrierOrder, StoredNotification,
    WorkDue,
};
pub use clients::{ClientAdministration, DynamoClients};
pub use connection::Table;
pub use deliveries::{
    DeliveryLane, DynamoDeliveries, DynamoSending, DynamoWaitingDeliveries, StoredDelivery,
    WaitingDelivery,
};
pub use endpoints::{DynamoEndpoints, EndpointAdded, EndpointHealth};
pub use error::StoreError;
pub use esim::{
    DynamoCatalogue, DynamoCustomers, DynamoEsimOrders, DynamoEsimWork, DynamoProgress,
    DynamoQuarantine, DynamoStock, EsimEnding, EsimPlacing, EsimStep, ImportedProfiles,
    KnownCustomer, KnownForOrder, LeasedEsimOrder, NotedProgress, PlacedEsimOrder,
    QuarantinedProfile, ReleasedProfile, RemovedProfile, ReservedProfile,
};
pub use feeds::{DynamoFeeds, FeedEvent};
pub use outbox::OrderChange;
pub use placing::{DynamoPlacing, Placed, Placing};
pub use signing_keys::{DynamoPublicKeys, Rotation, SigningKeys};
pub use subscriptions::{DynamoSubscriptions, ListFilter, Page};
pub use telling::{DynamoTelling, Happening, Subject, Telling};
pub use watchdog::{DynamoWatchdog, OpenOrder};
pub use work::{DynamoOrders, DynamoWork, EndedBy, Ending, Leased};
