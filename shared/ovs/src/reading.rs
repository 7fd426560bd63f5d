//! What a switch holds: the selections, and UNIs from their rows.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    carrier::{PartyId, ServiceId},
    ethernet::{
        Bandwidth, HeldUni, OvcAtUni, ServiceChange, SwitchAim, SwitchSnapshot, SwitchTask,
        UniState,
    },
};
use serde_json::{Value, json};

use crate::{
    connection::{Connection, OvsdbError},
    names::{guard, ovc_key, service_key},
    record::{parsed, stamp},
    switch::BRIDGE,
};

pub(crate) const UNI: &str = "orderwire-uni";
pub(crate) const OVC: &str = "orderwire-ovc";
pub(crate) const ENNI: &str = "orderwire-enni";
pub(crate) const ORDER: &str = "orderwire-order";
pub(crate) const FENCE: &str = "orderwire-fence";
pub(crate) const STATE: &str = "orderwire-state";
pub(crate) const BEFORE: &str = "orderwire-before";

/// The mode of a UNI's port.
pub(crate) const TUNNEL: &str = "dot1q-tunnel";
/// The VLAN of a UNI without OVC: no ENNI carries it.
pub(crate) const NOWHERE: u16 = 0;

pub(crate) type Ids = BTreeMap<String, String>;

/// The port of a UNI.
#[derive(Debug, Clone)]
pub(crate) struct PortRow {
    pub(crate) uuid: Value,
    pub(crate) tag: Value,
    pub(crate) ids: Ids,
    mode: Value,
    interfaces: Vec<Value>,
}

impl PortRow {
    pub(crate) fn interface(&self) -> Option<&Value> {
        self.interfaces.first()
    }
}

/// The port of an ENNI.
#[derive(Debug, Clone)]
pub(crate) struct EnniRow {
    pub(crate) uuid: Value,
    trunks: BTreeSet<u64>,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) current: u64,
    pub(crate) next: u64,
    pub(crate) bridge_ids: Ids,
    pub(crate) ports: BTreeMap<ServiceId, PortRow>,
    pub(crate) ennis: BTreeMap<ServiceId, EnniRow>,
    interfaces: BTreeMap<String, Value>,
    /// UNIs that more than one port has.
    doubled: BTreeSet<ServiceId>,
}

impl Rows {
    /// Reads what a task concerns, in two transactions: the second needs what the first finds. A write
    /// waits for each row to be as it is here.
    pub(crate) async fn read(
        connection: &mut Connection,
        task: &SwitchTask,
    ) -> Result<Self, OvsdbError> {
        let mut selections = vec![
            select("Open_vSwitch", json!([]), &["cur_cfg", "next_cfg"]),
            select("Bridge", json!([["name", "==", BRIDGE]]), &["external_ids"]),
        ];
        let columns = ["_uuid", "tag", "vlan_mode", "external_ids", "interfaces"];
        let ports = keys(task).into_iter();
        selections.extend(ports.map(|(name, key)| select("Port", having(name, &key), &columns)));
        let results = connection.transact(selections).await?;
        let [root, bridge, ports @ ..] = results.as_slice() else {
            return Err(OvsdbError::Unreadable);
        };
        let mut rows = Self::of_switch(root, bridge).ok_or(OvsdbError::Unreadable)??;
        for row in ports.iter().flat_map(rows_of) {
            rows.add_port(&task.seller, row).ok_or(OvsdbError::Unreadable)?;
        }
        rows.read_behind(connection, task).await?;
        Ok(rows)
    }

    fn of_switch(root: &Value, bridge: &Value) -> Option<Result<Self, OvsdbError>> {
        let root = rows_of(root).next()?;
        let Some(bridge) = rows_of(bridge).next() else {
            return Some(Err(OvsdbError::Refused(format!("no bridge {BRIDGE}"))));
        };
        Some(Ok(Self {
            current: root.get("cur_cfg")?.as_u64()?,
            next: root.get("next_cfg")?.as_u64()?,
            bridge_ids: ids(bridge.get("external_ids")?)?,
            ..Self::default()
        }))
    }

    fn add_port(&mut self, seller: &PartyId, row: &Value) -> Option<()> {
        let port = PortRow {
            uuid: row.get("_uuid")?.clone(),
            tag: row.get("tag")?.clone(),
            mode: row.get("vlan_mode")?.clone(),
            ids: ids(row.get("external_ids")?)?,
            interfaces: elements(row.get("interfaces")?),
        };
        // A port with the order's stamp and another Seller's key is none that we wrote.
        let key = port.ids.get(UNI).and_then(|key| key.strip_prefix(&format!("{seller}#")))?;
        let uni: ServiceId = key.parse().ok()?;
        if self.ports.get(&uni).is_some_and(|known| known.uuid != port.uuid) {
            self.doubled.insert(uni.clone());
        }
        self.ports.insert(uni, port);
        Some(())
    }

    /// The interfaces of the ports, and the ENNIs that they lead to or are to lead to.
    async fn read_behind(
        &mut self,
        connection: &mut Connection,
        task: &SwitchTask,
    ) -> Result<(), OvsdbError> {
        let interfaces: Vec<Value> =
            self.ports.values().filter_map(|port| port.interfaces.first()).cloned().collect();
        let ennis: Vec<ServiceId> = self.enni_ids(task).into_iter().collect();
        if interfaces.is_empty() && ennis.is_empty() {
            return Ok(());
        }
        let columns = ["_uuid", "ingress_policing_rate", "ingress_policing_burst", "error"];
        let of = |uuid: &Value| select("Interface", json!([["_uuid", "==", uuid]]), &columns);
        let mut selections: Vec<Value> = interfaces.iter().map(of).collect();
        let key = |enni| having(ENNI, &service_key(&task.seller, enni));
        selections.extend(ennis.iter().map(|enni| select("Port", key(enni), &["_uuid", "trunks"])));
        let results = connection.transact(selections).await?;
        let (found, trunks) = results.split_at(interfaces.len());
        for row in found.iter().flat_map(rows_of) {
            self.interfaces.insert(row["_uuid"].to_string(), row.clone());
        }
        for (enni, result) in ennis.into_iter().zip(trunks) {
            if let Some(row) = rows_of(result).next() {
                let trunks = elements(&row["trunks"]).iter().filter_map(Value::as_u64).collect();
                self.ennis.insert(enni, EnniRow { uuid: row["_uuid"].clone(), trunks });
            }
        }
        Ok(())
    }

    fn enni_ids(&self, task: &SwitchTask) -> BTreeSet<ServiceId> {
        let states = self.ports.values().flat_map(|port| {
            [STATE, BEFORE].into_iter().filter_map(|name| parsed(port.ids.get(name)?))
        });
        let held = states.filter_map(|state| Some(state.service()?.enni.clone()));
        let wanted = fulfilled(task).iter().filter_map(|change| match change {
            ServiceChange::Ovc { svlans: Some((enni, _)), .. } => Some(enni.clone()),
            _ => None,
        });
        held.chain(wanted).collect()
    }

    /// The same as what decisions are taken by.
    pub(crate) fn snapshot(&self, task: &SwitchTask) -> SwitchSnapshot {
        let guard = self.bridge_ids.get(&guard(&task.stamp.order));
        SwitchSnapshot {
            unis: self.ports.iter().map(|(uni, port)| (uni.clone(), self.uni(uni, port))).collect(),
            guard: guard.and_then(|text| stamp(text)),
        }
    }

    fn uni(&self, uni: &ServiceId, port: &PortRow) -> HeldUni {
        let read = |name| port.ids.get(name).map(|text| parsed(text));
        let order = port.ids.get(ORDER).zip(port.ids.get(FENCE));
        let stamp = order.and_then(|(order, fence)| stamp(&format!("{order}/{fence}")));
        let (state, before) = (read(STATE), read(BEFORE));
        let is_legible = state != Some(None) && before != Some(None);
        let state = state.flatten().unwrap_or(UniState::Idle);
        let mut drift = if stamp.is_some() { self.drift(port, &state) } else { Vec::new() };
        if !is_legible || (stamp.is_none() && port.ids.contains_key(ORDER)) {
            drift.push("what is noted at a UNI is not readable");
        }
        if self.doubled.contains(uni) {
            drift.push("more than one port has a UNI");
        }
        HeldUni { state, stamp, before: before.flatten().unwrap_or(UniState::Idle), drift }
    }

    /// What of a port is not as it was configured.
    fn drift(&self, port: &PortRow, state: &UniState) -> Vec<&'static str> {
        let tag = state.service().map_or(NOWHERE, |service| service.svlans.first());
        let interface =
            port.interfaces.first().and_then(|one| self.interfaces.get(&one.to_string()));
        let found = [
            ("a UNI has another S-VLAN id", port.tag != json!(tag)),
            ("a UNI has another VLAN mode", port.mode != json!(TUNNEL)),
            ("a UNI has another rate", !interface.is_some_and(|row| is_policed(row, state))),
            ("a UNI's port has an error", interface.is_some_and(|row| row["error"].is_string())),
            (
                "an ENNI does not carry the S-VLAN ids of an OVC",
                state.service().is_some_and(|service| !self.carries(service)),
            ),
        ];
        found.into_iter().filter(|(_, differs)| *differs).map(|(word, _)| word).collect()
    }

    fn carries(&self, service: &OvcAtUni) -> bool {
        let enni = self.ennis.get(&service.enni);
        enni.is_some_and(|enni| service.svlans.ids().all(|id| enni.trunks.contains(&id.into())))
    }
}

fn is_policed(interface: &Value, state: &UniState) -> bool {
    let (rate, burst) = policing(state);
    interface["ingress_policing_rate"].as_u64() == Some(rate)
        && interface["ingress_policing_burst"].as_u64() == Some(burst)
}

/// Rate and burst of an interface; 0 polices nothing.
pub(crate) fn policing(state: &UniState) -> (u64, u64) {
    let bandwidth = state.service().and_then(|service| service.bandwidth);
    bandwidth.map_or((0, 0), |Bandwidth { kbps, burst_kbit }| (kbps, burst_kbit))
}

/// What ports of a task have in `external_ids`.
fn keys(task: &SwitchTask) -> BTreeSet<(&'static str, String)> {
    let uni = |uni: &ServiceId| (UNI, service_key(&task.seller, uni));
    let ovc = |ovc: &ServiceId| (OVC, ovc_key(&task.seller, &task.buyer, ovc));
    let named = fulfilled(task).iter().flat_map(|change| match change {
        ServiceChange::Uni { uni: id } => vec![uni(id)],
        ServiceChange::Ovc { ovc: id, uni: at, .. } => {
            at.iter().map(uni).chain([ovc(id)]).collect()
        }
        ServiceChange::End { service } => vec![uni(service), ovc(service)],
    });
    named.chain([(ORDER, task.stamp.order.to_string())]).collect()
}

fn fulfilled(task: &SwitchTask) -> &[ServiceChange] {
    match &task.aim {
        SwitchAim::Fulfil(changes) => changes,
        SwitchAim::Withdraw | SwitchAim::Settle => &[],
    }
}

/// The condition that `external_ids` has this value.
pub(crate) fn having(name: &str, value: &str) -> Value {
    json!([["external_ids", "includes", ["map", [[name, value]]]]])
}

#[expect(clippy::needless_pass_by_value, reason = "built for this call")]
pub(crate) fn select(table: &str, condition: Value, columns: &[&str]) -> Value {
    json!({ "op": "select", "table": table, "where": condition, "columns": columns })
}

pub(crate) fn rows_of(result: &Value) -> impl Iterator<Item = &Value> {
    result["rows"].as_array().into_iter().flatten()
}

/// The elements of a set; one element is written without the set (RFC 7047, 5.1).
fn elements(value: &Value) -> Vec<Value> {
    match value.as_array().map(Vec::as_slice) {
        Some([kind, Value::Array(elements)]) if kind == "set" => elements.clone(),
        _ => vec![value.clone()],
    }
}

/// A map of texts.
fn ids(value: &Value) -> Option<Ids> {
    let pair = |pair: &Value| {
        let (name, value) = (pair.get(0)?.as_str()?, pair.get(1)?.as_str()?);
        Some((name.to_owned(), value.to_owned()))
    };
    value.get(1)?.as_array()?.iter().map(pair).collect()
}

/// The same as OVSDB writes it.
pub(crate) fn map(ids: &Ids) -> Value {
    json!(["map", ids.iter().map(|(name, value)| [name, value]).collect::<Vec<_>>()])
}
