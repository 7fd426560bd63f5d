//! Files with one SIM a line: ICCID,IMSI,ALGORITHM,K,OPC.

use std::str::FromStr;

use domain::sim::{Sim, SimIdentity, SimKeys};

/// The members of a line.
const MEMBERS: [&str; 5] = ["iccid", "imsi", "algorithm", "k", "opc"];

/// The SIM of a line; nothing for an empty line and for a heading. Says all that is wrong, and no
/// value: numbers are personal, and keys are secrets.
pub(super) fn read(line: &str) -> Result<Option<Sim>, String> {
    if line.is_empty() || line.trim_matches('"').to_ascii_lowercase().starts_with("iccid") {
        return Ok(None);
    }
    if line.contains(['"', '\'', ';', '\t']) {
        return Err("quotes, semicolons or tabs: write ICCID,IMSI,ALGORITHM,K,OPC".to_owned());
    }
    let members: Vec<&str> = line.split(',').map(str::trim).collect();
    let Ok([iccid, imsi, algorithm, k, opc]) = <[&str; MEMBERS.len()]>::try_from(members) else {
        return Err("not the five members ICCID,IMSI,ALGORITHM,K,OPC".to_owned());
    };
    let mut faults = Faults::default();
    let iccid = faults.parsed("iccid", iccid);
    let imsi = faults.parsed("imsi", imsi);
    let algorithm = faults.parsed("algorithm", algorithm);
    let k = faults.parsed("k", k);
    let opc = faults.parsed("opc", opc);
    match (iccid, imsi, algorithm, k, opc) {
        (Some(iccid), Some(imsi), Some(algorithm), Some(k), Some(opc)) => Ok(Some(Sim {
            identity: SimIdentity { iccid, imsi, algorithm },
            keys: SimKeys { k, opc },
        })),
        _ => Err(faults.0.join(", ")),
    }
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.0.push(format!("{name}: {error}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ICCID: &str = "89461177710001700003";
    const K: &str = "000102030405060708090a0b0c0d0e0f";

    #[test]
    fn a_line_has_five_members() {
        let line = format!("{ICCID}F, 240010000000001 ,Milenage,{},{K}", K.to_uppercase());
        let sim = read(&line).unwrap().unwrap();
        assert_eq!(sim.identity.iccid.as_str(), ICCID);
        assert_eq!(sim.keys.k, sim.keys.opc);
        for line in ["", "ICCID,IMSI,ALGORITHM,K,OPC", "\"iccid\""] {
            assert_eq!(read(line), Ok(None), "{line}");
        }
    }

    #[test]
    fn all_that_is_wrong_with_a_line_is_said_without_its_values() {
        for (line, words) in [
            (format!("{ICCID},240010000000001,milenage,{K}"), vec!["five members"]),
            (format!("{ICCID};240010000000001;milenage;{K};{K}"), vec!["semicolons"]),
            (
                format!("89461177710001700004,1,comp128v1,{K}0,x"),
                vec!["iccid: the check digit", "imsi: 14", "algorithm:", "k: 32", "opc: 32"],
            ),
        ] {
            let said = read(&line).unwrap_err();
            assert!(words.iter().all(|word| said.contains(word)), "{said}");
            assert!(!said.contains("8946") && !said.contains("0001020304"), "{said}");
        }
    }
}
