//! What `info-all` says of a subscriber.

use std::{collections::BTreeMap, fmt};

use domain::{
    network::{HeldKeys, Subscriber},
    numbering::{Imsi, Msisdn},
    sim::Sim,
};

/// The authentication data that the register holds. Secrets: `Debug` output hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    algorithm: String,
    k: String,
    opc: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    fn are_of(&self, sim: &Sim) -> bool {
        self.algorithm.eq_ignore_ascii_case(sim.identity.algorithm.as_str())
            && self.k.eq_ignore_ascii_case(sim.keys.k.expose())
            && self.opc.eq_ignore_ascii_case(sim.keys.opc.expose())
    }
}

/// A subscriber of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its IMSI.
    pub imsi: Imsi,
    /// Its number.
    pub msisdn: Option<Msisdn>,
    /// Whether it may use circuit-switched services.
    pub circuit: bool,
    /// Whether it may use packet-switched services.
    pub packet: bool,
    /// The exchange that serves it, or the node for data.
    pub exchange: Option<String>,
    /// Keys of the third generation.
    pub keys: Option<Keys>,
    /// Whether it has keys of the second generation, which nothing here gives it.
    pub has_old_keys: bool,
}

impl Record {
    /// Reads the lines `name<TAB>value`. None: a line that must be there is not, or has no legal
    /// value. Lines that are unknown are those of another version, and passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let lines: BTreeMap<&str, &str> =
            text.lines().filter_map(|line| line.split_once('\t')).collect();
        let flag = |name| match lines.get(name) {
            Some(&"1") => Some(true),
            Some(&"0") => Some(false),
            _ => None,
        };
        let parsed = |name: &str| lines.get(name).filter(|value| !value.is_empty()).copied();
        let exchange = parsed("vlr_number").or_else(|| parsed("sgsn_number"));
        let owned = |name: &str| parsed(name).unwrap_or_default().to_owned();
        Some(Self {
            imsi: lines.get("imsi")?.parse().ok()?,
            msisdn: parsed("msisdn").map(str::parse).transpose().ok()?,
            circuit: flag("nam_cs")?,
            packet: flag("nam_ps")?,
            exchange: exchange.map(ToOwned::to_owned),
            keys: parsed("aud3g.algo").map(|algorithm| Keys {
                algorithm: algorithm.to_owned(),
                k: owned("aud3g.k"),
                opc: owned("aud3g.opc"),
            }),
            has_old_keys: parsed("aud2g.algo").is_some(),
        })
    }

    /// The same as a state, whosever keys it has.
    pub fn into_listed(self) -> Subscriber {
        let keys = match (&self.keys, self.has_old_keys) {
            (None, false) => HeldKeys::Missing,
            (Some(_), false) => HeldKeys::Own,
            (_, true) => HeldKeys::Other,
        };
        Subscriber { msisdn: self.msisdn, circuit: self.circuit, packet: self.packet, keys }
    }

    /// The same as a state, beside the SIM whose it should be.
    pub fn into_subscriber(self, sim: &Sim) -> Subscriber {
        let keys = match &self.keys {
            None if !self.has_old_keys => HeldKeys::Missing,
            Some(keys) if !self.has_old_keys && keys.are_of(sim) => HeldKeys::Own,
            _ => HeldKeys::Other,
        };
        Subscriber { msisdn: self.msisdn, circuit: self.circuit, packet: self.packet, keys }
    }
}

#[cfg(test)]
mod tests {
    use domain::sim::{SimAlgorithm, SimIdentity, SimKeys};
    use proptest::prelude::*;

    use super::*;

    const K: &str = "000102030405060708090a0b0c0d0e0f";
    const OPC: &str = "101112131415161718191a1b1c1d1e1f";

    fn sim(k: &str) -> Sim {
        let identity = SimIdentity {
            iccid: "89461177710001700003".parse().unwrap(),
            imsi: "240010000000001".parse().unwrap(),
            algorithm: SimAlgorithm::Milenage,
        };
        let keys = SimKeys { k: k.parse().unwrap(), opc: OPC.parse().unwrap() };
        Sim { identity, keys }
    }

    fn text(lines: &[&str]) -> String {
        let always = ["", "id\t1", "imsi\t240010000000001", "nam_cs\t1", "nam_ps\t0"];
        always.iter().chain(lines).copied().collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_record_has_what_the_register_says() {
        let keys = [&format!("aud3g.k\t{K}"), &format!("aud3g.opc\t{OPC}")];
        let lines = ["msisdn\t46708421488", "vlr_number\tMSC-1"];
        let lines = [&lines[..], &["aud3g.algo\tMILENAGE", keys[0], keys[1]]].concat();
        let record = Record::parse(&text(&lines)).unwrap();
        assert_eq!((record.circuit, record.packet), (true, false));
        assert_eq!(record.exchange.as_deref(), Some("MSC-1"));
        let shown = format!("{record:?}");
        assert!(!shown.contains(K) && !shown.contains("46708421488"), "{shown}");
        assert_eq!(record.clone().into_subscriber(&sim(K)).keys, HeldKeys::Own);
        assert_eq!(record.clone().into_subscriber(&sim(OPC)).keys, HeldKeys::Other);
        let old = Record { has_old_keys: true, ..record.clone() };
        assert_eq!(old.clone().into_subscriber(&sim(K)).keys, HeldKeys::Other);
        assert_eq!(old.clone().into_listed().keys, HeldKeys::Other);
        assert_eq!(record.into_listed().keys, HeldKeys::Own);
        let bare = Record::parse(&text(&[])).unwrap();
        let expected = Subscriber { packet: false, ..Subscriber::created() };
        assert_eq!(bare.into_subscriber(&sim(K)), expected);
    }

    #[test]
    fn a_record_without_what_it_must_have_is_none() {
        for text in ["", "\nimsi\t240010000000001", "imsi\t1\nnam_cs\t1\nnam_ps\t1"] {
            assert_eq!(Record::parse(text), None, "{text}");
        }
        assert_eq!(Record::parse(&text(&["msisdn\tnonsense"])), None);
        assert_eq!(Record::parse(&text(&["nam_cs\tyes"])), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_record_or_none(text in "[a-z_.0-9\\t\\n]{0,200}") {
            let _ = Record::parse(&text);
        }
    }
}
