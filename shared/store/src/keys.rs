//! The keys of the table (`infra/docs/architecture.md`, *Data*). No id contains a `#`.

mod drift;
mod feeds;
mod service_orders;
mod sims;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    batch::BatchId,
    carrier::{OrderId, PartyId, Pon, ServiceId},
    esim::{CustomerId, Email, EsimIccid, ProductId, ProfileType},
    idempotency::IdempotencyKey,
    identity::{ClientId, Tenant, signing::KeyId},
    numbering::Iccid,
    order::OrderKind,
    subscription::{Claim, SubscriptionId},
    webhook::{EndpointId, MessageId},
};

pub(crate) use drift::{FINDINGS, drift_pass, finding};
pub(crate) use feeds::{feed, feed_event, feed_head, feed_in_use, feed_use};
pub(crate) use service_orders::{
    cancel_task, cancel_tasks_of, dated, external_id, service_orders_of,
};
pub(crate) use sims::{sim, sim_by_imsi, sim_keys};

/// Shards of the due-time index: one partition would limit all orders to 1,000 writes a second.
pub(crate) const DUE_SHARDS: u8 = 16;

/// The two key attributes of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn new(pk: String, sk: &str) -> Self {
        Self { pk, sk: sk.to_owned() }
    }

    /// The key in the form of the SDK.
    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// A subscription: the item is at the same time the claim on the SIM that it was created with.
pub(crate) fn subscription(id: SubscriptionId) -> Key {
    Key::new(format!("ICCID#{}", id.first_sim()), "CLAIM")
}

pub(crate) fn claim(claim: &Claim) -> Key {
    let pk = match claim {
        Claim::Msisdn(number) => format!("MSISDN#{number}"),
        Claim::Iccid(number) => format!("ICCID#{number}"),
        Claim::Imsi(number) => format!("IMSI#{number}"),
    };
    Key::new(pk, "CLAIM")
}

/// An order of any kind, by its id as text.
pub(crate) fn order(id: &str) -> Key {
    Key::new(format!("ORDER#{id}"), "ORDER")
}

/// The id in an order's key.
pub(crate) fn order_id(pk: &str) -> Option<&str> {
    pk.strip_prefix("ORDER#")
}

/// The Buyer's document of a carrier order: a separate item because it is large and rarely changes.
pub(crate) fn document(id: &str) -> Key {
    Key::new(format!("ORDER#{id}"), "BODY")
}

/// A notification of a carrier order; they sort by their version.
pub(crate) fn notification(id: &str, version: u32) -> Key {
    Key::new(format!("ORDER#{id}"), &format!("{NOTIFICATIONS}{version:09}"))
}

/// A notification that its Seller has not numbered: after the one with this version, in the order
/// in which they come. `at` is in milliseconds, `content` tells apart what comes in the same one.
pub(crate) fn unnumbered_notification(id: &str, after: u32, at: i64, content: &str) -> Key {
    let sk = format!("{NOTIFICATIONS}{after:09}.{at:013}.{content:.16}");
    Key::new(format!("ORDER#{id}"), &sk)
}

/// The mark that a notification without a number, of this content, is stored.
pub(crate) fn known_notification(id: &str, content: &str) -> Key {
    Key::new(format!("ORDER#{id}"), &format!("KNOWN#{content}"))
}

/// Archived entries of an order's history, by the number of the first.
pub(crate) fn archive(id: &str, first: u64) -> Key {
    Key::new(format!("ORDER#{id}"), &format!("HISTORY#{first:09}"))
}

/// Prefix of the sort keys of an order's notifications.
pub(crate) const NOTIFICATIONS: &str = "NOTE#";

/// The claim on a Buyer's purchase order number.
pub(crate) fn pon(buyer: &PartyId, pon: &Pon) -> Key {
    Key::new(format!("PON#{buyer}#{pon}"), "CLAIM")
}

/// The pointer from a remote Seller's order id to our order. Neither a Seller's id nor its order
/// ids contain a `#`.
pub(crate) fn sold(seller: &PartyId, order: &OrderId) -> Key {
    Key::new(format!("SOLD#{seller}#{order}"), "SOLD")
}

/// Partition of the claims on S-VLAN ids at an ENNI of a Seller: the ENNI of another Seller may have
/// the same name.
pub(crate) fn svlans_at(seller: &PartyId, enni: &ServiceId) -> String {
    format!("ENNI#{seller}#{enni}")
}

/// The claim on an S-VLAN id at an ENNI.
pub(crate) fn svlan(seller: &PartyId, enni: &ServiceId, id: u16) -> Key {
    Key::new(svlans_at(seller, enni), &format!("{SVLANS}{id:04}"))
}

/// Partition of the owner index that lists the S-VLAN ids of an OVC.
pub(crate) fn svlans_of(seller: &PartyId, buyer: &PartyId, ovc: &ServiceId) -> String {
    format!("OVC#{seller}#{buyer}#{ovc}")
}

/// Prefix of the sort keys of an ENNI's S-VLAN ids.
pub(crate) const SVLANS: &str = "SVLAN#";

/// An entry of the party registry.
pub(crate) fn party(id: &PartyId) -> Key {
    Key::new(format!("PARTY#{id}"), "PARTY")
}

/// Our credentials at a remote party. A separate partition, which few functions may read.
pub(crate) fn party_credentials(id: &PartyId) -> Key {
    Key::new(format!("CREDENTIAL#{id}"), "CREDENTIAL")
}

/// The link from a party to the tenant of an enabled client that acts for it.
pub(crate) fn party_tenant(party: &str, tenant: &Tenant, client: &ClientId) -> Key {
    Key::new(format!("PARTY#{party}"), &format!("{PARTY_TENANTS}{tenant}#{client}"))
}

/// Prefix of the sort keys of a party's tenants.
pub(crate) const PARTY_TENANTS: &str = "TENANT#";

/// Partition of the owner index that lists the orders a party has placed.
pub(crate) fn orders_bought(by: &PartyId) -> String {
    format!("BUYER#{by}")
}

/// Partition of the owner index that lists the orders a party delivers.
pub(crate) fn orders_sold(by: &PartyId) -> String {
    format!("SELLER#{by}")
}

/// An eSIM of a tenant's customer.
pub(crate) fn esim(tenant: &Tenant, iccid: &EsimIccid) -> Key {
    Key::new(format!("ESIM#{tenant}#{iccid}"), "ESIM")
}

/// Partition of the owner index that lists a customer's eSIMs.
pub(crate) fn esims_of(customer: CustomerId) -> String {
    format!("CUSTOMER#{}", customer.0)
}

/// A tenant's customer. The key form of an e-mail address does not contain a `#`.
pub(crate) fn customer(tenant: &Tenant, email: &Email) -> Key {
    Key::new(format!("CUSTOMER#{tenant}#{}", email.key()), "CUSTOMER")
}

/// A product of a tenant's catalogue.
pub(crate) fn product(tenant: &Tenant, id: &ProductId) -> Key {
    Key::new(product_partition(tenant), id.as_str())
}

/// Partition of the products of a tenant's catalogue.
pub(crate) fn product_partition(tenant: &Tenant) -> String {
    format!("CATALOGUE#{tenant}#PRODUCT")
}

/// The currencies of a tenant's catalogue.
pub(crate) fn currencies(tenant: &Tenant) -> Key {
    Key::new(format!("CATALOGUE#{tenant}#CURRENCY"), "CURRENCIES")
}

/// A profile of the pool by its ICCID: one owner across all types.
pub(crate) fn profile(iccid: &Iccid) -> Key {
    Key::new(format!("PROFILE#{iccid}"), "PROFILE")
}

/// Shards of the free profiles of one type.
pub(crate) const POOL_SHARDS: u8 = 16;

/// Partition of free profiles of a type.
pub(crate) fn pool(profile_type: &ProfileType, shard: u8) -> String {
    format!("POOL#{profile_type}#{shard:02}")
}

/// The pool entry of a free profile.
pub(crate) fn free_profile(profile_type: &ProfileType, iccid: &Iccid) -> Key {
    Key::new(pool(profile_type, shard(iccid.as_str(), POOL_SHARDS)), iccid.as_str())
}

/// Partition of the known profile types of the pool and of products.
pub(crate) const PROFILE_TYPES: &str = "PROFILETYPES";

/// A known profile type.
pub(crate) fn profile_type(profile_type: &ProfileType) -> Key {
    Key::new(PROFILE_TYPES.to_owned(), &profile_type.to_string())
}

/// Partition of the profiles in quarantine, which the operator must release.
pub(crate) const QUARANTINE: &str = "QUARANTINE#PROFILES";

/// The quarantine entry of a profile.
pub(crate) fn quarantined(iccid: &Iccid) -> Key {
    Key::new(QUARANTINE.to_owned(), iccid.as_str())
}

pub(crate) fn client(id: &ClientId) -> Key {
    Key::new(format!("CLIENT#{id}"), "CLIENT")
}

/// All keys that sign access tokens, private parts included.
pub(crate) fn signing_keys() -> Key {
    Key::new("SIGNKEY#RING".to_owned(), "RING")
}

/// The public part of a signing key.
pub(crate) fn public_key(id: &KeyId) -> Key {
    Key::new(format!("KEY#{id}"), "KEY")
}

/// The caller's key is the last part, so that it cannot be mistaken for another tenant's key.
pub(crate) fn idempotency(tenant: &Tenant, key: &IdempotencyKey) -> Key {
    Key::new(format!("IDEM#{tenant}#{key}"), "IDEM")
}

/// Partition of the owner index that lists a tenant's subscriptions.
pub(crate) fn subscriptions_of(tenant: &Tenant) -> String {
    format!("TENANT#{tenant}#SUB")
}

/// Partition of the owner index that lists a tenant's orders of a kind.
pub(crate) fn orders_of(tenant: &Tenant, kind: OrderKind) -> String {
    format!("TENANT#{tenant}#{kind}")
}

/// Partition of the owner index that lists all clients: there are few, and only the operator
/// lists them.
pub(crate) const ALL_CLIENTS: &str = "CLIENTS";

/// The shard of an order in the due-time index.
pub(crate) fn due_shard(order_id: &str) -> u8 {
    shard(order_id, DUE_SHARDS)
}

/// FNV-1a: distributes ids that differ only in their last bits, and does not change over time.
fn shard(id: &str, shards: u8) -> u8 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u8::try_from(hash % u64::from(shards)).unwrap_or(0)
}

/// Partition of orders by due time.
pub(crate) fn due(shard: u8) -> String {
    format!("DUE#{shard:02}")
}

/// A batch.
pub(crate) fn batch(id: BatchId) -> Key {
    Key::new(format!("BATCH#{id}"), "BATCH")
}

/// A request of a batch, by its index.
pub(crate) fn batch_request(id: BatchId, index: u8) -> Key {
    Key::new(format!("BATCH#{id}"), &format!("REQUEST#{index:03}"))
}

/// Partition of batches by due time.
pub(crate) fn due_batch(shard: u8) -> String {
    format!("BATCHES#{shard:02}")
}

/// A tenant's endpoints, one partition of at most ten.
pub(crate) fn endpoints(tenant: &Tenant) -> String {
    format!("HOOKS#{tenant}")
}

/// An endpoint by its index among its tenant's. There are ten, so no tenant can have more.
pub(crate) fn endpoint(tenant: &Tenant, index: u8) -> Key {
    Key::new(endpoints(tenant), &format!("{ENDPOINTS}{index:02}"))
}

/// The index of an endpoint in its sort key.
pub(crate) fn endpoint_index(sk: &str) -> Option<u8> {
    sk.strip_prefix(ENDPOINTS)?.parse().ok()
}

/// What the sort keys of a tenant's endpoints begin with.
pub(crate) const ENDPOINTS: &str = "ENDPOINT#";

/// Partition of the owner index that lists the deliveries to an endpoint.
pub(crate) fn deliveries_of(endpoint: &EndpointId) -> String {
    format!("HOOK#{endpoint}")
}

/// A delivery. A partition of its own: one partition for all deliveries of an endpoint would
/// limit them to some hundred a second.
pub(crate) fn delivery(endpoint: &EndpointId, message: &MessageId) -> Key {
    Key::new(format!("HOOK#{endpoint}#{message}"), "DELIVERY")
}

/// A concurrency slot of an endpoint: held while a delivery is in flight.
pub(crate) fn slot(endpoint: &EndpointId, index: u8) -> Key {
    Key::new(format!("HOOK#{endpoint}#{SLOTS}{index}"), "SLOT")
}

/// What the last part of a slot's partition key begins with; no message id has a `#`.
pub(crate) const SLOTS: &str = "SLOT#";

/// The health of a party as a receiver of pushes.
pub(crate) fn push_health(endpoint: &EndpointId) -> Key {
    Key::new(format!("HOOK#{endpoint}#HEALTH"), "HEALTH")
}

/// The endpoint in the partition key of a delivery or slot, and what follows it.
pub(crate) fn of_endpoint(pk: &str) -> Option<(&str, &str)> {
    pk.strip_prefix("HOOK#")?.split_once('#')
}

/// Partition of the due index that holds the backlog of an endpoint: its waiting deliveries that
/// have no message in the queue.
pub(crate) fn backlog(endpoint: &EndpointId) -> String {
    format!("BACKLOG#{endpoint}")
}

/// Partition of deliveries by due time.
pub(crate) fn due_delivery(shard: u8) -> String {
    format!("DELIVERY#{shard:02}")
}

/// The permits that an owner's orders of a window have taken.
pub(crate) fn order_rate(owner: &str, window: i64) -> Key {
    Key::new(format!("RATE#{owner}"), &format!("ORDERS#{window}"))
}

/// Partition of the slots in which a tenant's callers wait for events.
pub(crate) fn waits(tenant: &Tenant) -> String {
    format!("WAIT#{tenant}")
}

/// A slot of a waiting caller.
pub(crate) fn wait(tenant: &Tenant, index: u8) -> Key {
    Key::new(waits(tenant), &format!("SLOT#{index:02}"))
}

/// A one-time link to the console, by the digest of its code.
pub(crate) fn console_link(digest: &str) -> Key {
    Key::new(format!("CONSOLELINK#{digest}"), "LINK")
}

/// A session of the console, by the digest of its secret.
pub(crate) fn console_session(digest: &str) -> Key {
    Key::new(format!("CONSOLESESSION#{digest}"), "SESSION")
}

/// Partition of orders that need intervention, by the time since which they do.
pub(crate) fn intervention(shard: u8) -> String {
    format!("INTERVENTION#{shard:02}")
}
