//! Deviations of partners from the contract.

use domain::{
    carrier::{Party, PartyId, Tolerated},
    violation::Violations,
};
use lambda::telemetry::Metric;

/// Counts a partner's deviations, and refuses those that are not tolerated.
///
/// # Errors
/// Each that is not tolerated.
pub(crate) fn tolerate(
    name: &PartyId,
    partner: Option<&Party>,
    met: &[Tolerated],
) -> Result<(), Violations> {
    for tolerated in met {
        let quirk = tolerated.quirk.to_string();
        let metric = Metric::count("ToleratedQuirks", 1);
        metric.by("partner", name.as_str()).by("quirk", quirk).emit();
    }
    partner.map_or(Ok(()), |partner| partner.tolerance.check(met))
}
