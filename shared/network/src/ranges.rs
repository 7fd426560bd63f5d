//! Which network has which SIMs: networks by ranges of ICCIDs, as a deployment configures them
//! (`SUBSCRIPTION_NETWORKS`).

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use domain::{network::MobileNetwork, numbering::Iccid};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// What every ICCID begins with (ITU-T E.118).
const TELECOM: &str = "89";
/// Maximum length of an ICCID, in digits.
const LONGEST: usize = 22;

/// What becomes of an order with values that its network cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotCarried {
    /// It is refused; the reason names the values.
    #[default]
    Refuse,
    /// It is carried out without them; a log line and a metric name the values.
    Report,
}

/// A network, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkKind {
    /// A provisioning system that executes operations under keys, at this URL.
    Keyed {
        /// Without a trailing slash.
        url: String,
    },
    /// A home location register, by its control interface.
    OsmoHlr {
        /// Host and port.
        address: String,
        /// What becomes of values that it cannot carry.
        not_carried: NotCarried,
        /// The mobile network of its exchanges; none: it is not reported.
        own: Option<MobileNetwork>,
    },
}

/// The SIMs of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRange {
    /// What their ICCIDs begin with.
    pub prefix: String,
    /// The network.
    pub kind: NetworkKind,
}

/// Networks by ranges. Where ranges overlap, the longest prefix counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkRanges(Vec<NetworkRange>);

impl NetworkRanges {
    /// The ranges, in the order in which they are written.
    pub fn ranges(&self) -> &[NetworkRange] {
        &self.0
    }

    /// The index of the range that a SIM is in.
    pub fn find(&self, iccid: &Iccid) -> Option<usize> {
        let fits = |range: &NetworkRange| iccid.as_str().starts_with(&range.prefix);
        let fitting = self.0.iter().enumerate().filter(|(_, range)| fits(range));
        fitting.max_by_key(|(_, range)| range.prefix.len()).map(|(index, _)| index)
    }
}

/// The text is no list of networks. Says all that is wrong with it, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.join(", "))]
pub struct ParseNetworkRangesError(Vec<String>);

/// A range as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeText {
    #[serde(default)]
    iccid: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    osmo_hlr: Option<String>,
    #[serde(default)]
    not_carried: Option<String>,
    #[serde(default)]
    mobile_network: Option<MobileNetworkText>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MobileNetworkText {
    mcc: String,
    mnc: String,
}

impl FromStr for NetworkRanges {
    type Err = ParseNetworkRangesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let texts: Vec<RangeText> = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            ParseNetworkRangesError(vec![format!("not a JSON list of ranges ({place})")])
        })?;
        let (mut ranges, mut faults) = (Vec::new(), Vec::new());
        for (number, text) in (1..).zip(&texts) {
            match range(text) {
                Ok(range) => ranges.push(range),
                Err(wrong) => {
                    faults
                        .extend(wrong.into_iter().map(|fault| format!("range {number}: {fault}")));
                }
            }
        }
        let mut prefixes = BTreeSet::new();
        for prefix in texts.iter().filter_map(|text| text.iccid.as_ref()) {
            if !prefixes.insert(prefix) {
                faults.push(format!("two ranges with the iccid {prefix}"));
            }
        }
        if faults.is_empty() { Ok(Self(ranges)) } else { Err(ParseNetworkRangesError(faults)) }
    }
}

fn range(text: &RangeText) -> Result<NetworkRange, Vec<String>> {
    let mut faults: Vec<String> =
        text.unknown.keys().map(|name| format!("no member {name:?} is known")).collect();
    let prefix = text.iccid.clone().unwrap_or_default();
    let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
    if !prefix.starts_with(TELECOM) || !digits || prefix.len() > LONGEST {
        faults.push("iccid: 2 to 22 digits that begin with 89".to_owned());
    }
    let kind = match (&text.url, &text.osmo_hlr) {
        (Some(url), None) => keyed(text, url, &mut faults),
        (None, Some(address)) => osmo_hlr(text, address, &mut faults),
        (Some(_), Some(_)) => {
            faults.push("url and osmoHlr contradict each other".to_owned());
            None
        }
        (None, None) => {
            faults.push("url or osmoHlr is missing".to_owned());
            None
        }
    };
    match kind {
        Some(kind) if faults.is_empty() => Ok(NetworkRange { prefix, kind }),
        _ => Err(faults),
    }
}

fn keyed(text: &RangeText, url: &str, faults: &mut Vec<String>) -> Option<NetworkKind> {
    let is_url = outbound::reqwest::Url::parse(url)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_url {
        faults.push("url: not an absolute http or https URL".to_owned());
    }
    if text.not_carried.is_some() || text.mobile_network.is_some() {
        faults.push("notCarried and mobileNetwork are of osmoHlr only".to_owned());
    }
    Some(NetworkKind::Keyed { url: url.trim_end_matches('/').to_owned() })
}

fn osmo_hlr(text: &RangeText, address: &str, faults: &mut Vec<String>) -> Option<NetworkKind> {
    if !is_address(address) {
        faults.push("osmoHlr: a host and a port, separated by a colon".to_owned());
    }
    let not_carried = match text.not_carried.as_deref() {
        None | Some("refuse") => NotCarried::Refuse,
        Some("report") => NotCarried::Report,
        Some(_) => {
            faults.push("notCarried: refuse or report".to_owned());
            NotCarried::Refuse
        }
    };
    let written = text.mobile_network.as_ref();
    let own = written.and_then(|MobileNetworkText { mcc, mnc }| MobileNetwork::new(mcc, mnc, None));
    if own.is_none() && written.is_some() {
        faults.push("mobileNetwork: mcc has 3 digits, mnc 2 or 3".to_owned());
    }
    Some(NetworkKind::OsmoHlr { address: address.to_owned(), not_carried, own })
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_host = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte));
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<NetworkRanges, String> {
        text.parse().map_err(|error: ParseNetworkRangesError| error.to_string())
    }

    #[test]
    fn the_longest_prefix_has_a_sim() {
        let ranges = parsed(
            r#"[{ "iccid": "89", "url": "https://one.example/" },
                { "iccid": "894611777", "osmoHlr": "10.0.0.5:4259", "notCarried": "report",
                  "mobileNetwork": { "mcc": "240", "mnc": "01" } },
                { "iccid": "8946", "osmoHlr": "hlr.internal:4259" }]"#,
        );
        let ranges = ranges.unwrap();
        let found = |iccid: &str| ranges.find(&iccid.parse().unwrap());
        assert_eq!(found("89461177710001700003"), Some(1));
        assert_eq!(found("89460000000000000018"), Some(2));
        assert_eq!(found("890000000000000004"), Some(0));
        let kinds: Vec<_> = ranges.ranges().iter().map(|range| &range.kind).collect();
        assert_eq!(kinds[0], &NetworkKind::Keyed { url: "https://one.example".to_owned() });
        let expected = NetworkKind::OsmoHlr {
            address: "10.0.0.5:4259".to_owned(),
            not_carried: NotCarried::Report,
            own: MobileNetwork::new("240", "01", None),
        };
        assert_eq!(kinds[1], &expected);
        assert_eq!(NetworkRanges::default().find(&"890000000000000004".parse().unwrap()), None);
    }

    #[test]
    fn all_that_is_wrong_is_said_in_one_line() {
        let wrong = r#"[{ "iccid": "46", "url": "ftp://x", "osmoHlr": "y" },
            { "iccid": "8946", "osmoHlr": "nowhere", "notCarried": "no", "colour": 1 },
            { "iccid": "8946", "url": "https://x", "notCarried": "report" }, {}]"#;
        let said = parsed(wrong).unwrap_err();
        for fault in [
            "range 1: iccid: 2 to 22 digits that begin with 89",
            "range 1: url and osmoHlr contradict each other",
            "range 2: no member \"colour\" is known",
            "range 2: osmoHlr: a host and a port, separated by a colon",
            "range 2: notCarried: refuse or report",
            "range 3: notCarried and mobileNetwork are of osmoHlr only",
            "range 4: iccid: 2 to 22 digits that begin with 89",
            "range 4: url or osmoHlr is missing",
            "two ranges with the iccid 8946",
        ] {
            assert!(said.contains(fault), "{fault}: {said}");
        }
        assert!(!said.contains('\n'));
        for text in ["", "{}", "[1]", r#"[{"iccid": 89}]"#, "[{"] {
            assert!(parsed(text).unwrap_err().starts_with("not a JSON list of ranges"), "{text}");
        }
        for address in ["host", "host:", "host:0", "host:65536", ":4259", "a b:1", "h:4259/x"] {
            let text = format!(r#"[{{ "iccid": "89", "osmoHlr": "{address}" }}]"#);
            assert!(parsed(&text).is_err(), "{address}");
        }
    }
}
