//! What is stored of a UNI's state in `external_ids`, as JSON.

use domain::{
    carrier::{PartyId, ServiceId, SvlanRange},
    ethernet::{Bandwidth, OvcAtUni, Stamp, UniState},
    lease::Fence,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateName {
    Absent,
    Idle,
    Ending,
    Serving,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StateRecord {
    state: StateName,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<ServiceRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ServiceRecord {
    buyer: PartyId,
    ovc: ServiceId,
    enni: ServiceId,
    first: u16,
    last: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    bandwidth: Option<BandwidthRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct BandwidthRecord {
    kbps: u64,
    kbit: u64,
}

impl From<&UniState> for StateRecord {
    fn from(state: &UniState) -> Self {
        let name = match state {
            UniState::Absent => StateName::Absent,
            UniState::Idle => StateName::Idle,
            UniState::Ending => StateName::Ending,
            UniState::Serving(_) => StateName::Serving,
        };
        let service = state.service().map(|service| ServiceRecord {
            buyer: service.buyer.clone(),
            ovc: service.ovc.clone(),
            enni: service.enni.clone(),
            first: service.svlans.first(),
            last: service.svlans.last(),
            bandwidth: service
                .bandwidth
                .map(|Bandwidth { kbps, burst_kbit }| BandwidthRecord { kbps, kbit: burst_kbit }),
        });
        Self { state: name, service }
    }
}

/// The text of a state.
pub(crate) fn written(state: &UniState) -> String {
    serde_json::to_string(&StateRecord::from(state)).unwrap_or_default()
}

/// The state of a text. None: it is no such text.
pub(crate) fn parsed(text: &str) -> Option<UniState> {
    let StateRecord { state, service } = serde_json::from_str(text).ok()?;
    Some(match (state, service) {
        (StateName::Absent, None) => UniState::Absent,
        (StateName::Idle, None) => UniState::Idle,
        (StateName::Ending, None) => UniState::Ending,
        (StateName::Serving, Some(service)) => UniState::Serving(OvcAtUni {
            svlans: SvlanRange::new(service.first, service.last).ok()?,
            buyer: service.buyer,
            ovc: service.ovc,
            enni: service.enni,
            bandwidth: service
                .bandwidth
                .map(|BandwidthRecord { kbps, kbit }| Bandwidth { kbps, burst_kbit: kbit }),
        }),
        _ => return None,
    })
}

/// The text of a stamp: the order, a slash, the fence.
pub(crate) fn stamped(stamp: &Stamp) -> String {
    format!("{}/{}", stamp.order, stamp.fence.0)
}

/// The stamp of a text.
pub(crate) fn stamp(text: &str) -> Option<Stamp> {
    // An order id of a partner may contain a slash.
    let (order, fence) = text.rsplit_once('/')?;
    Some(Stamp { order: order.parse().ok()?, fence: Fence(fence.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn serving(bandwidth: Option<Bandwidth>) -> UniState {
        UniState::Serving(OvcAtUni {
            buyer: "Buyer 1".parse().unwrap(),
            ovc: "OVC-1".parse().unwrap(),
            enni: "ENNI \"1\"".parse().unwrap(),
            svlans: SvlanRange::new(100, 104).unwrap(),
            bandwidth,
        })
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let bandwidth = Some(Bandwidth { kbps: 100_000, burst_kbit: 98 });
        let states = [UniState::Absent, UniState::Idle, UniState::Ending];
        for state in states.into_iter().chain([serving(None), serving(bandwidth)]) {
            assert_eq!(parsed(&written(&state)), Some(state));
        }
        assert_eq!(parsed(r#"{"state":"serving"}"#), None);
        assert_eq!(written(&UniState::Idle), r#"{"state":"idle"}"#);
    }

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        let one = Stamp { order: "a/b".parse().unwrap(), fence: Fence(7) };
        assert_eq!(stamped(&one), "a/b/7");
        assert_eq!(stamp(&stamped(&one)), Some(one));
        assert_eq!(stamp("a"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_state_or_none(text in "[ -~]{0,80}") {
            let _ = (parsed(&text), stamp(&text));
        }
    }
}
