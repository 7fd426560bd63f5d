//! Orders that arrive as they like, and what each key, queue and function has to bear.

use std::collections::BTreeMap;

use store::OrderRate;

use super::{access::Access, limits::Limits};
use crate::orders::is_read;

/// Simulated seconds; the same seed draws the same arrivals.
const SECONDS: usize = 60;
const SEED: u64 = 11;

/// How the keys of an order are to those of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// Each order has its own.
    Order,
    /// One for each tenant.
    Tenant,
    /// So many for each tenant, one of them by chance.
    OfTenant(u64),
    /// So many in all, one of them by chance.
    Shards(u64),
    /// One for all.
    One,
}

/// The classes of keys: what a key begins with, and its spread. The first that fits.
const CLASSES: [(&str, &str, Spread); 23] = [
    ("", "ORDER#", Spread::Order),
    ("", "MSISDN#", Spread::Order),
    ("", "ICCID#", Spread::Order),
    ("", "IMSI#", Spread::Order),
    ("", "IDEM#", Spread::Order),
    ("", "BATCH#", Spread::Order),
    ("", "RATE#", Spread::Tenant),
    ("", "HOOKS#", Spread::Tenant),
    ("", "FEED#", Spread::Tenant),
    ("", "CLIENT#", Spread::Tenant),
    ("", "SEEN#", Spread::Tenant),
    ("byOwner", "TENANT#", Spread::Tenant),
    ("byOwner", "HOOK#", Spread::Tenant),
    ("byDue", "DUE#", Spread::Shards(16)),
    ("byDue", "INTERVENTION#", Spread::Shards(16)),
    ("byDue", "DELIVERY#", Spread::Shards(16)),
    ("byDue", "BATCHES#", Spread::Shards(16)),
    ("byDue", "BACKLOG#", Spread::Tenant),
    ("", "HOOK#…#HEALTH", Spread::Tenant),
    ("", "HOOK#…#SLOT#", Spread::OfTenant(8)),
    ("", "HOOK#…#", Spread::Order),
    ("byOwner", "CLIENTS", Spread::One),
    ("", "", Spread::One),
];

/// Whether a key is of a class; `…` stands for an id.
fn fits(pattern: &str, key: &str) -> bool {
    match pattern.split_once('…') {
        None => key.starts_with(pattern),
        Some((head, tail)) => key.strip_prefix(head).is_some_and(|rest| {
            rest.split_once('#').is_some_and(|(_, rest)| format!("#{rest}").starts_with(tail))
        }),
    }
}

/// The class of a key: its index, what it begins with, its spread.
fn class(access: &Access) -> (&'static str, &'static str, Spread) {
    let known =
        CLASSES.iter().find(|(index, head, _)| access.index == *index && fits(head, &access.key));
    known.copied().unwrap_or(("", "", Spread::One))
}

/// Orders a second, of so many tenants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) rate: f64,
    pub(crate) tenants: u64,
}

/// What has to bear a load: which part of it is used.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) what: String,
    /// Of its limit, on average and in the worst second.
    pub(crate) mean: f64,
    pub(crate) worst: f64,
    /// Set by the deployment or raised on request, not a limit that the design must keep.
    pub(crate) is_setting: bool,
}

/// Every use under a load, the highest first.
pub(crate) fn uses(order: &super::Order, limits: &Limits, load: Load) -> Vec<Use> {
    let mut uses = keys(&order.accesses, limits, load);
    uses.extend(services(order, limits, load));
    uses.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    uses
}

/// The hottest key of each class.
fn keys(accesses: &[Access], limits: &Limits, load: Load) -> Vec<Use> {
    // Units of one order by class and direction.
    let mut units: BTreeMap<(&str, &str, bool), (f64, Spread)> = BTreeMap::new();
    for access in accesses {
        let (index, head, spread) = class(access);
        for (amount, is_write) in [(access.writes, true), (access.reads, false)] {
            if amount > 0.0 {
                units.entry((index, head, is_write)).or_insert((0.0, spread)).0 += amount;
            }
        }
    }
    let one = |((index, head, is_write), (units, spread)): ((&str, &str, bool), (f64, Spread))| {
        let d = &limits.dynamodb;
        let limit = if is_write { d.key_write_units } else { d.key_read_units };
        let (mean, worst) = hottest(spread, load);
        let place = if index.is_empty() { "key" } else { index };
        let direction = if is_write { "writes" } else { "reads" };
        let what = format!("{place} `{head}…`, {direction}");
        Use { what, mean: mean * units / limit, worst: worst * units / limit, is_setting: false }
    };
    units.into_iter().map(one).collect()
}

/// Orders a second that the hottest key of a spread sees: on average, and in the worst second.
fn hottest(spread: Spread, load: Load) -> (f64, f64) {
    let keys = match spread {
        Spread::Order => return (1.0, 1.0),
        Spread::Tenant => load.tenants,
        Spread::OfTenant(each) => load.tenants * each,
        Spread::Shards(count) => count,
        Spread::One => 1,
    };
    #[expect(clippy::cast_precision_loss, reason = "there are few keys")]
    let mean = load.rate / keys as f64;
    let mut random = fastrand::Rng::with_seed(SEED ^ keys);
    let worst = (0..SECONDS).map(|_| {
        // The most of `keys` draws, of which a sample of 64 stands for many.
        (0..keys.min(64)).map(|_| poisson(mean, &mut random)).fold(0.0, f64::max)
    });
    (mean, worst.fold(0.0, f64::max))
}

/// Arrivals in a second at this rate.
fn poisson(mean: f64, random: &mut fastrand::Rng) -> f64 {
    if mean > 50.0 {
        // By the normal distribution, which it is near to there: twelve draws have variance 1.
        let sum: f64 = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        return (mean + mean.sqrt() * sum).max(0.0).round();
    }
    let (limit, mut product, mut count) = ((-mean).exp(), random.f64(), 0.0);
    while product > limit {
        product *= random.f64();
        count += 1.0;
    }
    count
}

/// Table, queues, functions and gateway.
#[expect(clippy::cast_precision_loss, reason = "there are few tenants")]
fn services(order: &super::Order, limits: &Limits, load: Load) -> Vec<Use> {
    let total = |f: fn(&Access) -> f64| order.accesses.iter().map(f).sum::<f64>() * load.rate;
    let (writes, reads) = (total(|it| it.writes), total(|it| it.reads));
    let (d, l) = (&limits.dynamodb, &limits.lambda);
    let invoked = |name: &str| order.invocations.get(name).copied().unwrap_or(0.0) * load.rate;
    let mut all: Vec<(String, f64, f64)> = vec![
        ("table, write units (raised on request)".into(), writes, d.table_write_units),
        ("table, read units (raised on request)".into(), reads, d.table_read_units),
        ("new table, write units (until it is warm)".into(), writes, d.new_table_write_units),
        ("new table, read units (until it is warm)".into(), reads, d.new_table_read_units),
    ];
    let requests: f64 =
        order.invocations.iter().filter(|(name, _)| name.ends_with("-api")).map(|(_, n)| n).sum();
    let requests = requests * load.rate;
    let stage = limits.deployed.stage_requests;
    all.push(("requests that the stage lets pass".into(), requests, stage));
    all.push(("requests of the account".into(), requests, limits.api_gateway.account_requests));
    let route = limits.deployed.creates;
    all.push(("creates that their route lets pass".into(), load.rate, route));
    let permits = OrderRate::default();
    let of_tenant = load.rate / load.tenants as f64;
    let permitted = f64::from(permits.most) / permits.window.as_seconds_f64();
    all.push(("orders permitted to a tenant".into(), of_tenant, permitted));
    let mut busy = requests * order.api_seconds;
    for (name, (most, batch)) in &limits.deployed.queues {
        let messages = invoked(name);
        if messages == 0.0 {
            continue;
        }
        // The messages of a batch are handled concurrently, and batches are full under load.
        let instances = messages / batch * order.worker_seconds(name, limits);
        busy += instances;
        all.push((format!("instances of {name}, batches of {batch}"), instances, *most));
        let in_flight = instances * batch;
        all.push((format!("messages in flight to {name}"), in_flight, limits.sqs.in_flight));
    }
    let relayed = invoked("outbox-relay");
    let (records, factor) = limits.deployed.relay;
    // A batch: a query for who is told, and sends of ten.
    let ms = &limits.milliseconds;
    let batch = (ms.table_read + ms.queue_request * (records / 10.0).ceil()) / 1e3;
    // A shard of the stream is one of the table's partitions, which split before this.
    let shards = (writes / d.key_write_units).ceil().max(1.0);
    let relay = relayed / records * batch;
    busy += relay;
    all.push(("the relay's batches of a stream shard".into(), relay, shards * factor));
    all.push(("concurrent invocations of the account".into(), busy, l.account_concurrency));
    let grown = busy / 10.0;
    all.push(("instances added in a second".into(), grown, l.scaling_in_ten_seconds / 10.0));
    let use_of = |(what, used, limit): (String, f64, f64)| {
        let mean = used / limit;
        let is_setting = !what.starts_with("the relay");
        Use { what, mean, worst: mean, is_setting }
    };
    all.into_iter().map(use_of).collect()
}

impl super::Order {
    /// Seconds that a worker's instance needs for a message.
    fn worker_seconds(&self, name: &str, limits: &Limits) -> f64 {
        let ms = &limits.milliseconds;
        let outside = match name {
            "webhook-sender" => ms.delivery,
            "subscription-worker" => ms.network_request,
            _ => ms.queue_request,
        };
        (outside + self.table_millis_of_message) / 1e3
    }
}

/// Milliseconds that calls of the table take.
pub(super) fn table_millis<'e>(
    exchanges: impl Iterator<Item = &'e testkit::Exchange>,
    limits: &Limits,
) -> f64 {
    let ms = &limits.milliseconds;
    let time = |exchange: &testkit::Exchange| match exchange.operation.as_str() {
        "TransactWriteItems" => ms.table_transaction,
        _ if is_read(exchange) => ms.table_read,
        _ => ms.table_write,
    };
    exchanges.map(time).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(index: &str, key: &str) -> Access {
        Access { index: index.into(), key: key.into(), writes: 1.0, reads: 0.0 }
    }

    #[test]
    fn every_key_has_the_spread_of_its_class() {
        for (index, key, spread) in [
            ("", "ORDER#1", Spread::Order),
            ("byDue", "DUE#08", Spread::Shards(16)),
            ("", "HOOK#e#HEALTH", Spread::Tenant),
            ("", "HOOK#e#SLOT#3", Spread::OfTenant(8)),
            ("", "HOOK#e#msg_1", Spread::Order),
            ("byOwner", "TENANT#one#SUB", Spread::Tenant),
            // What nobody has thought of counts as hot.
            ("", "NEW#1", Spread::One),
        ] {
            assert_eq!(class(&access(index, key)).2, spread, "{index} {key}");
        }
    }

    #[test]
    fn the_same_load_draws_the_same_arrivals() {
        let load = Load { rate: 1_000.0, tenants: 10 };
        let (mean, worst) = hottest(Spread::Tenant, load);
        assert_eq!(mean, 100.0);
        assert!(worst > 110.0 && worst < 160.0, "{worst}");
        assert_eq!(hottest(Spread::Tenant, load), (mean, worst));
        assert_eq!(hottest(Spread::Shards(16), load).0, 62.5);
    }
}
