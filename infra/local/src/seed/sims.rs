//! SIM data for a network that has none of its own.

use domain::{
    numbering::Iccid,
    sim::{Sim, SimAlgorithm, SimIdentity, SimKeys},
};
use store::{DynamoSimData, Table};

use super::SeedError;

/// The first SIM, that of the published examples, and what follows it.
const FIRST: &str = "89461177710001700003";
const PREFIX: &str = "894611777100018";
const COUNT: u64 = 60;
/// Home network 240 07, as the IMSIs of the published examples.
const NETWORK: &str = "24007";
/// K and OPc of test set 1 of 3GPP TS 35.208, changed for each SIM.
const K: u128 = 0x465b_5ce8_b199_b49f_aa5f_0a2e_e238_a6bc;
const OPC: u128 = 0xcd63_cb71_954a_9f4e_48a5_994e_37a0_2baf;

/// Stores the demo SIMs; their numbers.
pub(crate) async fn demo_sims(table: &Table) -> Result<Vec<Iccid>, SeedError> {
    let sims: Vec<Sim> = iccids().into_iter().zip(0..).map(|(iccid, n)| sim(iccid, n)).collect();
    let data = DynamoSimData::new(table.clone());
    for some in sims.chunks(DynamoSimData::MOST) {
        data.import(some).await?;
    }
    Ok(sims.into_iter().map(|sim| sim.identity.iccid).collect())
}

/// Numbers with their check digit: one of ten is right.
fn iccids() -> Vec<Iccid> {
    let candidates = (0..COUNT * 10).map(|n| format!("{PREFIX}{n:05}"));
    let others = candidates.filter_map(|text| text.parse().ok());
    FIRST.parse().ok().into_iter().chain(others).take(usize::try_from(COUNT).unwrap_or(1)).collect()
}

fn sim(iccid: Iccid, n: u128) -> Sim {
    // The formats are those that are parsed: no demo SIM is left out.
    let imsi = format!("{NETWORK}{:010}", 1_700_000 + n);
    let imsi = imsi.parse().expect("15 digits");
    let key = |key: u128| format!("{:032x}", key ^ n).parse().expect("32 hexadecimal digits");
    Sim {
        identity: SimIdentity { iccid, imsi, algorithm: SimAlgorithm::Milenage },
        keys: SimKeys { k: key(K), opc: key(OPC) },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_demo_sim_has_numbers_and_keys_of_its_own() {
        let sims: Vec<Sim> =
            iccids().into_iter().zip(0..).map(|(iccid, n)| sim(iccid, n)).collect();
        assert_eq!(sims.len() as u64, COUNT);
        let distinct = |of: fn(&Sim) -> String| sims.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|sim| sim.identity.iccid.to_string()) as u64, COUNT);
        assert_eq!(distinct(|sim| sim.identity.imsi.to_string()) as u64, COUNT);
        assert_eq!(distinct(|sim| sim.keys.k.expose().to_owned()) as u64, COUNT);
    }
}
