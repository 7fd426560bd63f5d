//! Who is told, without the functions: endpoints of webhooks, and feeds that are read.

use domain::{
    clock::RandomSource,
    feed::Feed,
    webhook::{Endpoint, EndpointId, Health, Patterns, Secret, Secrets},
};
use store::{DynamoEndpoints, DynamoFeedUse, Table};
use time::OffsetDateTime;

/// Registers an endpoint of a tenant for these events.
///
/// # Panics
/// It cannot be registered.
pub async fn add_endpoint(
    table: &Table,
    tenant: &str,
    patterns: &[&str],
    random: &dyn RandomSource,
    now: OffsetDateTime,
) -> Endpoint {
    let events = Patterns::parse("/events", patterns.iter().copied());
    let endpoint = Endpoint {
        id: EndpointId::new(now, random),
        tenant: tenant.parse().expect("tests use valid tenants"),
        url: "https://receiver.example.com/hook".parse().expect("a valid URL"),
        events: events.expect("tests use valid patterns"),
        secrets: Secrets::new(Secret::new(random)),
        health: Health::default(),
        created_at: now,
        revision: 1,
    };
    let added = DynamoEndpoints::new(table.clone()).add(&endpoint).await;
    added.expect("the emulator answers");
    endpoint
}

/// Notes that a tenant reads a feed.
///
/// # Panics
/// It cannot be noted.
pub async fn read_feed(table: &Table, tenant: &str, feed: Feed, now: OffsetDateTime) {
    let tenant = tenant.parse().expect("tests use valid tenants");
    let read = DynamoFeedUse::new(table.clone()).read(&tenant, feed, now).await;
    read.expect("the emulator answers");
}
