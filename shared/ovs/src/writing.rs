//! A conditional write: a `wait` for each row to be as it was read, then the changes. OVSDB executes all
//! of it or nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    carrier::ServiceId,
    ethernet::{SwitchTask, UniChange, UniState},
};
use serde_json::{Value, json};

use crate::{
    names::{guard, ovc_key, port_of_enni, port_of_uni, service_key},
    reading::{
        BEFORE, ENNI, FENCE, Ids, NOWHERE, ORDER, OVC, PortRow, Rows, STATE, TUNNEL, UNI, having,
        map, policing, select,
    },
    record::{stamped, written},
    switch::BRIDGE,
};

/// The VLAN that every ENNI carries and nobody has: an empty set of trunks carries all.
const RESERVED: u16 = 4095;

/// Collects the operations of one transaction.
pub(crate) struct Transaction<'a> {
    task: &'a SwitchTask,
    rows: &'a Rows,
    conditions: Vec<Value>,
    operations: Vec<Value>,
    trunks: BTreeMap<ServiceId, Trunks>,
}

#[derive(Default)]
struct Trunks {
    removed: BTreeSet<u16>,
    added: BTreeSet<u16>,
}

impl<'a> Transaction<'a> {
    /// The operations of a write. The last one selects the number of the configuration, for the wait
    /// until it is applied.
    pub(crate) fn of(task: &'a SwitchTask, rows: &'a Rows, changes: &[UniChange]) -> Vec<Value> {
        let (conditions, operations, trunks) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut all = Self { task, rows, conditions, operations, trunks };
        all.guard();
        for change in changes {
            all.uni(change);
        }
        all.ennis();
        let comment = format!("orderwire: {}", stamped(&task.stamp));
        let raise = json!([["next_cfg", "+=", 1]]);
        let mut operations = all.conditions;
        operations.extend(all.operations);
        operations.extend([
            json!({ "op": "comment", "comment": comment }),
            mutate("Open_vSwitch", json!([]), raise),
            select("Open_vSwitch", json!([]), &["next_cfg"]),
        ]);
        operations
    }

    /// No other worker of the order has written since it was read; and this one notes that it has.
    fn guard(&mut self) {
        let name = guard(&self.task.stamp.order);
        let bridge = json!([["name", "==", BRIDGE]]);
        self.conditions.push(match self.rows.bridge_ids.get(&name) {
            Some(value) => {
                let has = json!(["external_ids", "includes", ["map", [[name, value]]]]);
                let there = json!([["name", "==", BRIDGE], has]);
                wait("Bridge", there, json!({ "name": BRIDGE }))
            }
            // A condition cannot say that a key is absent: all of the map is as it was.
            None => wait(
                "Bridge",
                bridge.clone(),
                json!({ "external_ids": map(&self.rows.bridge_ids) }),
            ),
        });
        let value = stamped(&self.task.stamp);
        let noted = json!([
            ["external_ids", "delete", ["set", [name]]],
            ["external_ids", "insert", ["map", [[name, value]]]],
        ]);
        self.operations.push(mutate("Bridge", bridge, noted));
    }

    fn uni(&mut self, change: &UniChange) {
        match (self.rows.ports.get(&change.uni), &change.to) {
            (None, UniState::Absent) => {}
            (None, _) => self.add(change),
            (Some(port), UniState::Absent) => self.remove(port),
            (Some(port), _) => self.set(port, change),
        }
        if let Some(old) = change.from.service() {
            let trunks = self.trunks.entry(old.enni.clone()).or_default();
            trunks.removed.extend(old.svlans.ids());
        }
        if let Some(new) = change.to.service() {
            let trunks = self.trunks.entry(new.enni.clone()).or_default();
            trunks.added.extend(new.svlans.ids());
        }
    }

    fn add(&mut self, change: &UniChange) {
        let key = service_key(&self.task.seller, &change.uni);
        let absent = json!({ "op": "wait", "timeout": 0, "table": "Port",
            "where": having(UNI, &key), "columns": ["name"], "until": "==", "rows": [] });
        self.conditions.push(absent);
        let mut port = port_row(change);
        port["external_ids"] = map(&self.ids(change, &Ids::new()));
        self.insert(&port_of_uni(&key), port, policed(&change.to));
    }

    /// Adds a port with an interface of its own, which the switch makes: type `internal`.
    fn insert(&mut self, name: &str, mut port: Value, mut interface: Value) {
        let (port_id, interface_id) = (format!("p_{name}"), format!("i_{name}"));
        interface["name"] = json!(name);
        interface["type"] = json!("internal");
        port["name"] = json!(name);
        port["interfaces"] = json!(["named-uuid", interface_id]);
        self.operations.extend([
            json!({ "op": "insert", "table": "Interface", "uuid-name": interface_id, "row": interface }),
            json!({ "op": "insert", "table": "Port", "uuid-name": port_id, "row": port }),
        ]);
        let added = json!([["ports", "insert", ["set", [["named-uuid", port_id]]]]]);
        self.operations.push(mutate("Bridge", json!([["name", "==", BRIDGE]]), added));
    }

    /// The row goes with the last reference to it.
    fn remove(&mut self, port: &PortRow) {
        self.as_read(port);
        let removed = json!([["ports", "delete", ["set", [port.uuid]]]]);
        self.operations.push(mutate("Bridge", json!([["name", "==", BRIDGE]]), removed));
    }

    fn set(&mut self, port: &PortRow, change: &UniChange) {
        self.as_read(port);
        let mut row = port_row(change);
        row["external_ids"] = map(&self.ids(change, &port.ids));
        self.operations.push(update("Port", &port.uuid, row));
        if let Some(interface) = port.interface() {
            self.operations.push(update("Interface", interface, policed(&change.to)));
        }
    }

    fn as_read(&mut self, port: &PortRow) {
        let row = json!({ "tag": port.tag, "external_ids": map(&port.ids) });
        self.conditions.push(wait("Port", json!([["_uuid", "==", port.uuid]]), row));
    }

    /// What is noted at a port, beside what others have noted there.
    fn ids(&self, change: &UniChange, found: &Ids) -> Ids {
        let SwitchTask { seller, stamp, .. } = self.task;
        let mut ids = found.clone();
        ids.remove(OVC);
        let mut note = |name: &str, value: String| ids.insert(name.to_owned(), value);
        note(UNI, service_key(seller, &change.uni));
        note(ORDER, stamp.order.to_string());
        note(FENCE, stamp.fence.0.to_string());
        note(STATE, written(&change.to));
        note(BEFORE, written(&change.before));
        if let Some(service) = change.to.service() {
            note(OVC, ovc_key(seller, &service.buyer, &service.ovc));
        }
        ids
    }

    /// The S-VLAN ids that ENNIs carry. Those of other orders are not touched: no condition is needed.
    fn ennis(&mut self) {
        for (enni, Trunks { removed, added }) in std::mem::take(&mut self.trunks) {
            let gone: Vec<u16> = removed.difference(&added).copied().collect();
            match self.rows.ennis.get(&enni) {
                Some(row) => {
                    let trunks = json!([
                        ["trunks", "delete", ["set", gone]],
                        ["trunks", "insert", ["set", added]],
                    ]);
                    let there = json!([["_uuid", "==", row.uuid]]);
                    self.operations.push(mutate("Port", there, trunks));
                }
                None => self.add_enni(&enni, added),
            }
        }
    }

    fn add_enni(&mut self, enni: &ServiceId, mut trunks: BTreeSet<u16>) {
        let key = service_key(&self.task.seller, enni);
        let absent = json!({ "op": "wait", "timeout": 0, "table": "Port",
            "where": having(ENNI, &key), "columns": ["name"], "until": "==", "rows": [] });
        self.conditions.push(absent);
        trunks.insert(RESERVED);
        let ids = Ids::from([(ENNI.to_owned(), key.clone())]);
        let port = json!({
            "vlan_mode": "trunk", "trunks": ["set", trunks], "external_ids": map(&ids),
        });
        self.insert(&port_of_enni(&key), port, json!({}));
    }
}

/// The columns of a UNI's port. Protected: frames of one UNI never reach another.
fn port_row(change: &UniChange) -> Value {
    let tag = change.to.service().map_or(NOWHERE, |service| service.svlans.first());
    json!({
        "tag": tag,
        "vlan_mode": TUNNEL,
        "protected": true,
        "other_config": ["map", [["qinq-ethtype", "802.1ad"]]],
    })
}

fn policed(state: &UniState) -> Value {
    let (rate, burst) = policing(state);
    json!({ "ingress_policing_rate": rate, "ingress_policing_burst": burst })
}

/// Fails at once if the rows are not this one (RFC 7047, 5.2.6).
#[expect(clippy::needless_pass_by_value, reason = "built for this call")]
fn wait(table: &str, condition: Value, row: Value) -> Value {
    let columns: Vec<&String> = row.as_object().into_iter().flat_map(|row| row.keys()).collect();
    json!({
        "op": "wait", "timeout": 0, "table": table, "where": condition,
        "columns": columns, "until": "==", "rows": [row],
    })
}

#[expect(clippy::needless_pass_by_value, reason = "built for this call")]
fn update(table: &str, uuid: &Value, row: Value) -> Value {
    json!({ "op": "update", "table": table, "where": [["_uuid", "==", uuid]], "row": row })
}

#[expect(clippy::needless_pass_by_value, reason = "built for this call")]
fn mutate(table: &str, condition: Value, mutations: Value) -> Value {
    json!({ "op": "mutate", "table": table, "where": condition, "mutations": mutations })
}
