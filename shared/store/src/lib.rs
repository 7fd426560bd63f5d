//! Where state is kept: keys, records, conditions and queries. The only crate that names the
//! DynamoDB SDK.
//!
//! One adapter for each permission: a function that only reads takes a type that can only read.

mod batches;
mod carrier;
mod clients;
mod conditions;
mod connection;
mod console;
mod deliveries;
mod drift;
mod due;
mod ecc;
mod endpoints;
mod error;
mod esim;
mod expression;
mod feeds;
mod idempotency;
mod index;
mod keys;
mod orders;
mod outbox;
mod publishing;
mod quota;
mod records;
mod service_orders;
mod signing_keys;
mod sims;
mod size;
mod subscribers;
mod subscriptions;
mod transaction;
mod waits;
mod watchdog;

pub use batches::{DueBatches, DynamoBatchWork, DynamoBatches, DynamoOverdueBatches, OverdueBatch};
pub use carrier::{
    CarrierCommit, CarrierList, CarrierListFilter, CarrierPlacing, CommittedNotification,
    DynamoBuyerWork, DynamoCarrierOrders, DynamoParties, DynamoSellerWork, DynamoSvlans, Granted,
    ItemSize, NewNotification, NotificationPage, OrderDate, PlacedCarrierOrder,
    ReceivedNotification, StoredNotification, escaped_len,
};
pub use clients::{ClientAdministration, DynamoClients};
pub use connection::Table;
pub use console::DynamoConsole;
pub use deliveries::{
    Acquired, Begun, DueEntry, DueItem, DueSlot, DynamoBacklog, DynamoDeliveries,
    DynamoPushTargets, DynamoSending, DynamoWaitingDeliveries, EndpointSlot, HeldSlots, Joined,
    NextAttempt, Predecessor, PushTarget, StoredDelivery, WaitingDelivery,
};
pub use drift::{DynamoFindings, DynamoPass, DynamoTruth, SimTruth};
pub use due::DuePosition;
pub use ecc::{DynamoOrders, DynamoPlacing, DynamoWork, Placed, Placing};
pub use endpoints::{DynamoEndpoints, EndpointAdded, EndpointHealth};
pub use error::{GuardedError, StoreError};
pub use esim::{
    CustomerErasure, DynamoCatalogue, DynamoCustomers, DynamoEsimOrders, DynamoEsimWork,
    DynamoProgress, DynamoQuarantine, DynamoStock, ErasingCustomer, EsimPlacing, ImportedProfiles,
    KnownCustomer, KnownForOrder, NotedProgress, PlacedEsimOrder, QuarantinedProfile,
    ReleasedProfile, RemovedProfile, ReservedProfile,
};
pub use feeds::{DynamoFeedUse, DynamoFeeds, FeedEvent};
pub use idempotency::DynamoResponses;
pub use orders::{
    Authority, CancelOrderError, CanceledOrder, Committed, Leased, MOST_ORDERS_READ, OrderPage,
    OrderRange, OrderReader, OrderWork, Stored,
};
pub use outbox::{News, OnlyChange, OrderChange};
pub use publishing::{DynamoPublisher, PendingPublication, Subject};
pub use quota::OrderRate;
pub use service_orders::{
    DeletedServiceOrder, DynamoServiceOrders, DynamoServiceWork, ListedOrders, MOST_SERVICE_ORDERS,
    PlacedServiceOrder, ServicePlacing,
};
pub use signing_keys::{DynamoPublicKeys, Rotation, SigningKeys};
pub use sims::{DynamoSimData, DynamoSims, ImportedSim};
pub use subscribers::{DynamoSubscribers, Interest, Subscribers};
pub use subscriptions::{DynamoSubscriptions, ListQuery, Listing, MOST_LISTED, Page};
pub use waits::{BeginWait, DynamoWaits, HeldWait};
pub use watchdog::{Awaits, DueOrders, DynamoWatchdog, OpenOrder};
