//! The function in the OpenAPI document.

use api::{
    openapi::{DescribeError, Describer, Operation},
    problem::HttpProblem,
};
use esim::wire::DOWNLOAD_PROGRESS;

use crate::Es2PlusCallbackApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("ES2+", "What SM-DP+ servers report (GSMA SGP.22).");
    doc.api::<Es2PlusCallbackApi, HttpProblem>()
}

pub(crate) fn handle_download_progress(doc: &mut Describer) -> Operation {
    let described = doc.operation("Report the progress of a download, as the SM-DP+");
    doc.takes(described, &DOWNLOAD_PROGRESS).responds(204, "Noted.")
}
