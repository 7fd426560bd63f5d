//! A bandwidth profile as a switch polices it.

use api::schema::{Members, read::integer};
use domain::ethernet::Bandwidth;
use serde_json::Value;

use super::read::{object, text};

/// A thousand terabits a second: what no port has.
const MOST_KBPS: f64 = 1e12;

/// Committed and excess rate together, with both bursts: a switch that knows one rate drops what is
/// beyond both. None: the profile has no rate.
pub(super) fn bandwidth(profile: &Members) -> Option<Bandwidth> {
    let rate = |name| object(profile, name).and_then(kbps);
    let rates = [rate("committedInformationRate"), rate("excessInformationRate")];
    let kbps = rates.into_iter().flatten().reduce(u64::saturating_add).filter(|sum| *sum > 0)?;
    let burst = |name| integer::<u64>(profile, name).unwrap_or(0);
    let bytes = burst("committedBurstSize").saturating_add(burst("excessBurstSize"));
    Some(Bandwidth { kbps, burst_kbit: bytes.saturating_mul(8).div_ceil(1_000) })
}

/// The rate in whole kilobits a second, none lost.
fn kbps(rate: &Members) -> Option<u64> {
    let amount = rate.get("amount").and_then(Value::as_f64)?;
    let unit = match text(rate, "units")? {
        "Gbps" => 1e6,
        _ => 1e3,
    };
    // A rate below zero is none.
    let kbps = (amount * unit).ceil().clamp(0.0, MOST_KBPS);
    format!("{kbps:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(profile: &Value) -> Option<(u64, u64)> {
        let bandwidth = bandwidth(profile.as_object().unwrap())?;
        Some((bandwidth.kbps, bandwidth.burst_kbit))
    }

    #[test]
    fn both_rates_and_both_bursts_count() {
        let rate = |amount: f64, units: &str| json!({ "amount": amount, "units": units });
        let profile = json!({
            "committedInformationRate": rate(1.5, "Mbps"),
            "excessInformationRate": rate(1.0, "Gbps"),
            "committedBurstSize": 12_176,
            "excessBurstSize": 1,
        });
        assert_eq!(read(&profile), Some((1_001_500, 98)));
        let committed = json!({ "committedInformationRate": rate(0.0001, "Mbps") });
        assert_eq!(read(&committed), Some((1, 0)), "a rate is not rounded to none");
        let excess = json!({ "excessInformationRate": rate(1e300, "Gbps") });
        assert_eq!(read(&excess), Some((1_000_000_000_000, 0)));
    }

    #[test]
    fn a_profile_without_a_rate_polices_nothing() {
        assert_eq!(read(&json!({})), None);
        assert_eq!(read(&json!({ "committedBurstSize": 12_176 })), None);
        let none = json!({ "committedInformationRate": { "amount": 0, "units": "Mbps" } });
        assert_eq!(read(&none), None);
        let less = json!({ "committedInformationRate": { "amount": -1, "units": "Mbps" } });
        assert_eq!(read(&less), None);
    }
}
