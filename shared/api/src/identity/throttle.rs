//! A token bucket per tenant, in addition to the gateway's limits: no tenant can exhaust a process.

use std::collections::HashMap;

use domain::identity::Tenant;
use time::{Duration, OffsetDateTime};

/// Maximum tenants counted.
const CAPACITY: usize = 1_024;

/// The requests that one process accepts from a tenant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Sustained requests per second; above zero.
    pub per_second: f64,
    /// Burst of requests; at least one.
    pub burst: f64,
}

impl Default for Rate {
    /// 200 per second, bursts of 400.
    fn default() -> Self {
        Self { per_second: 200.0, burst: 400.0 }
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: OffsetDateTime,
}

#[derive(Debug)]
pub(super) struct Throttle {
    rate: Rate,
    buckets: HashMap<Tenant, Bucket>,
}

impl Throttle {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Takes a token, or returns the number of seconds until there is one.
    pub(super) fn take(&mut self, tenant: &Tenant, now: OffsetDateTime) -> Result<(), u32> {
        let Rate { per_second, burst } = self.rate;
        if !self.buckets.contains_key(tenant) {
            if self.buckets.len() >= CAPACITY {
                self.buckets.clear();
            }
            self.buckets.insert(tenant.clone(), Bucket { tokens: burst, at: now });
        }
        let Some(bucket) = self.buckets.get_mut(tenant) else { return Ok(()) };
        let passed = (now - bucket.at).max(Duration::ZERO).as_seconds_f64();
        bucket.tokens = (bucket.tokens + passed * per_second).min(burst);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = ((1.0 - bucket.tokens) / per_second).ceil().clamp(1.0, 3_600.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 1 to 3,600 just above"
        )]
        Err(wait as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tenant_that_used_its_burst_is_throttled() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut throttle = Throttle::new(Rate { per_second: 1.0, burst: 2.0 });
        let (one, two): (Tenant, Tenant) = ("one".parse().unwrap(), "two".parse().unwrap());
        assert_eq!(throttle.take(&one, now), Ok(()));
        assert_eq!(throttle.take(&one, now), Ok(()));
        assert_eq!(throttle.take(&one, now), Err(1));
        assert_eq!(throttle.take(&two, now), Ok(()));
        assert_eq!(throttle.take(&one, now + Duration::SECOND), Ok(()));
    }
}
