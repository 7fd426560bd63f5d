//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Es2PlusCallbackApi;

/// How far a download has come (SGP.22, 6.5.2.6).
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HandleDownloadProgressInfo {
    /// Who calls, and a name for the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Value>,
    /// The profile.
    #[schemars(example = &"89461177710001700003")]
    iccid: String,
    /// Its type.
    #[schemars(example = &"consumer")]
    profile_type: String,
    /// When, RFC 3339.
    #[schemars(example = &"2030-09-13T12:00:00Z")]
    timestamp: String,
    /// 1 eligibility check, 2 confirmation, 3 package downloaded, 4 installed.
    #[schemars(range(min = 1, max = 4), example = 4)]
    notification_point_id: u8,
    /// How that went.
    notification_point_status: PointStatus,
    /// The chip.
    #[serde(skip_serializing_if = "Option::is_none")]
    eid: Option<String>,
    /// What the chip said.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_data: Option<String>,
}

/// How an execution ended (SGP.22, 6.5.1.4).
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PointStatus {
    /// Whether it went well.
    #[schemars(extend("enum" = ["Executed-Success", "Executed-WithWarning", "Failed", "Expired"]))]
    status: String,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code_data: Option<StatusCodeData>,
}

/// What stopped it: two dotted numbers of SGP.22, 5.2.6.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StatusCodeData {
    /// Of what.
    subject_code: String,
    /// Why.
    reason_code: String,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A problem (RFC 9457).
#[derive(Serialize, JsonSchema)]
struct ProblemDetails {
    /// `about:blank`.
    r#type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// For people.
    detail: String,
    /// For programs.
    code: String,
}

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.api::<Es2PlusCallbackApi, ProblemDetails>()
}

pub(crate) fn handle_download_progress(doc: &mut Describer) -> Operation {
    let described = doc.operation("Tell how far a download has come, as the SM-DP+");
    doc.takes::<HandleDownloadProgressInfo>(described).answer(204, "Noted.")
}
