//! ES2+ HandleDownloadProgressInfo (SGP.22, 5.3.5 and 6.5.2.6).

use domain::{
    esim::{DownloadProgress, Installation, NotificationPoint, PointStatus, StatusCode},
    violation::Violations,
};
use serde_json::Value;

use super::schema::{DOWNLOAD_PROGRESS, EXECUTIONS, Timestamp};
use api::{
    json::{parse_object, whole},
    schema::{Members, read},
};

/// Reads what an SM-DP+ tells of a download. Accepted besides what is specified:
/// `notificationPointId` as a string, `timeStamp`.
///
/// # Errors
/// Everything that is wrong.
pub fn read_download_progress(body: &[u8]) -> Result<DownloadProgress, Violations> {
    DOWNLOAD_PROGRESS.read(&parse_object(body)?, |members| {
        let at = if members.contains_key("timestamp") { "timestamp" } else { "timeStamp" };
        let Timestamp(at) = read::parsed(members, at)?;
        let point = point(members.get("notificationPointId")?)?;
        let status = status(read::object(members, "notificationPointStatus")?)?;
        Some(DownloadProgress {
            iccid: read::parsed(members, "iccid")?,
            eid: read::parsed(members, "eid"),
            installation: Installation { point, status, at },
        })
    })
}

/// A point's number, also as text.
pub(super) fn point(value: &Value) -> Option<NotificationPoint> {
    let id = match value {
        Value::String(text) => text.parse().ok(),
        other => whole(other).and_then(|id| u8::try_from(id).ok()),
    };
    id.and_then(NotificationPoint::of)
}

fn status(status: &Members) -> Option<PointStatus> {
    Some(match read::word(status, "status", &EXECUTIONS)? {
        true => PointStatus::Succeeded,
        false => {
            PointStatus::Failed { code: read::object(status, "statusCodeData").and_then(read_code) }
        }
    })
}

/// A code that makes no sense explains nothing: the failure counts without it.
fn read_code(data: &Members) -> Option<StatusCode> {
    let (subject, reason) = (read::text(data, "subjectCode")?, read::text(data, "reasonCode")?);
    format!("{subject}/{reason}").parse().ok()
}
