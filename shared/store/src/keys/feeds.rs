//! The keys of feeds and of their use.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{feed::Feed, identity::Tenant};

use super::{Key, endpoints};

/// The note that a tenant reads a feed: beside its endpoints, so that one query finds everybody
/// who is told.
pub(crate) fn feed_use(tenant: &Tenant, feed: Feed) -> Key {
    Key::new(endpoints(tenant), &format!("{FEED_USES}{}", feed.as_str()))
}

/// What the sort keys of these notes begin with.
const FEED_USES: &str = "FEED#";

/// The feed of an item that is such a note; the inner none when no feed has this name.
pub(crate) fn feed_in_use(item: &HashMap<String, AttributeValue>) -> Option<Option<Feed>> {
    let feed = item.get("sk")?.as_s().ok()?.strip_prefix(FEED_USES)?;
    Some(feed.parse().ok())
}

/// Partition of a tenant's events of one type.
pub(crate) fn feed(tenant: &Tenant, feed: Feed) -> String {
    format!("FEED#{tenant}#{}", feed.as_str())
}

/// The head of a feed: its last number.
pub(crate) fn feed_head(tenant: &Tenant, of: Feed) -> Key {
    Key::new(feed(tenant, of), "HEAD")
}

/// An event; the numbers sort as text.
pub(crate) fn feed_event(tenant: &Tenant, of: Feed, number: u64) -> Key {
    Key::new(feed(tenant, of), &format!("EVENT#{number:016}"))
}
