//! The switch as its own tools show it.

use std::{collections::BTreeSet, process::Command};

use orderwire_local::ovs::{BRIDGE, OvsAddress};
use serde_json::Value;

/// The VLAN that every ENNI carries.
const RESERVED: u64 = 4095;

/// An ENNI, an S-VLAN id, and the OVC that has it.
pub(crate) type Claim = (String, u64, String);

/// What `ovs-vsctl` prints.
fn vsctl(address: &OvsAddress, arguments: &[&str]) -> String {
    let database = format!("--db=tcp:{}", address.ovsdb);
    let output = Command::new("ovs-vsctl")
        .args([database.as_str(), "--timeout=10", "--retry"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Changes the switch by hand.
pub(crate) fn change(address: &OvsAddress, arguments: &[&str]) {
    vsctl(address, arguments);
}

/// A column of an interface.
pub(crate) fn interface(address: &OvsAddress, port: &str, column: &str) -> String {
    vsctl(address, &["get", "Interface", port, column]).trim().to_owned()
}

/// Whether the bridge has a port.
pub(crate) fn has_port(address: &OvsAddress, port: &str) -> bool {
    vsctl(address, &["list-ports", BRIDGE]).lines().any(|line| line == port)
}

/// The actions on a frame that enters at a port.
pub(crate) fn trace(address: &OvsAddress, port: &str) -> String {
    let frame = format!("in_port={port},dl_src=50:54:00:00:00:01,dl_type=0x0800");
    let output = Command::new("ovs-appctl")
        .arg("-t")
        .arg(&address.control)
        .args(["--timeout=10", "ofproto/trace", BRIDGE, &frame])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.lines().last().unwrap().trim_start_matches("Datapath actions: ").to_owned()
}

/// The S-VLAN id of the S-tag that a frame gets which enters at a port.
pub(crate) fn s_tag(address: &OvsAddress, port: &str) -> Option<u64> {
    let actions = trace(address, port);
    let (_, tag) = actions.split_once("push_vlan(tpid=0x88a8,vid=")?;
    tag.split_once(',')?.0.parse().ok()
}

/// What all UNIs and ENNIs carry, as the switch has it: of the ports, and of the trunks.
pub(crate) fn carried(address: &OvsAddress) -> (BTreeSet<Claim>, BTreeSet<(String, u64)>) {
    let columns = "--columns=name,tag,trunks,external_ids";
    let printed = vsctl(address, &["--format=json", columns, "list", "Port"]);
    let table: Value = serde_json::from_str(&printed).unwrap();
    let (mut claims, mut trunks) = (BTreeSet::new(), BTreeSet::new());
    for row in table["data"].as_array().unwrap() {
        let ids = row[3][1].as_array().unwrap();
        let id = |name: &str| {
            let found = ids.iter().find(|pair| pair[0] == name)?;
            found[1].as_str()
        };
        if let Some(enni) = id("orderwire-enni") {
            let enni = enni.split_once('#').unwrap().1;
            let ids = row[2][1].as_array().cloned().unwrap_or_else(|| vec![row[2].clone()]);
            let ids = ids.iter().map(|id| id.as_u64().unwrap());
            trunks.extend(ids.filter(|id| *id != RESERVED).map(|id| (enni.to_owned(), id)));
        }
        let state = id("orderwire-state").map(|text| serde_json::from_str::<Value>(text).unwrap());
        let Some(service) = state.as_ref().and_then(|state| state.get("service")) else { continue };
        let text = |name: &str| service[name].as_str().unwrap().to_owned();
        let (first, last) = (service["first"].as_u64().unwrap(), service["last"].as_u64().unwrap());
        assert_eq!(row[1], first, "the tag of a port");
        claims.extend((first..=last).map(|id| (text("enni"), id, text("ovc"))));
    }
    (claims, trunks)
}
