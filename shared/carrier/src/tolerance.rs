//! Deviations of partners from the contract.

use std::collections::BTreeMap;

use domain::{
    carrier::{Party, PartyId, Tolerated},
    violation::Violations,
};
use lambda::telemetry::Metric;

/// Counts a partner's deviations, and refuses those that are not tolerated. The name is a billed
/// dimension: it must be known that the caller acts for this party.
///
/// # Errors
/// Each that is not tolerated.
pub(crate) fn tolerate(
    name: &PartyId,
    partner: Option<&Party>,
    met: &[Tolerated],
) -> Result<(), Violations> {
    // One line a kind: a document may deviate in thousands of places.
    let mut counts = BTreeMap::<String, u32>::new();
    for tolerated in met {
        *counts.entry(tolerated.quirk.to_string()).or_default() += 1;
    }
    for (quirk, count) in counts {
        let metric = Metric::count("ToleratedQuirks", count);
        metric.by("partner", name.as_str()).by("quirk", quirk).emit();
    }
    partner.map_or(Ok(()), |partner| partner.tolerance.check(met))
}
