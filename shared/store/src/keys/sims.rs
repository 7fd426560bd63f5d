use domain::numbering::{Iccid, Imsi};

use super::Key;

/// A SIM of a network that has no SIM data of its own: its identity.
pub(crate) fn sim(iccid: &Iccid) -> Key {
    Key::new(format!("SIM#{iccid}"), "SIM")
}

/// The claim of a SIM on the IMSI in it.
pub(crate) fn sim_by_imsi(imsi: &Imsi) -> Key {
    Key::new(format!("SIM#IMSI#{imsi}"), "SIM")
}

/// The keys of a SIM: a partition of its own, which few roles may read.
pub(crate) fn sim_keys(iccid: &Iccid) -> Key {
    Key::new(format!("SIMKEY#{iccid}"), "SIMKEY")
}
