//! ES2+ HandleDownloadProgressInfo (SGP.22, 5.3.5 and 6.5.2.6).

use domain::{
    esim::{DownloadProgress, Eid, Installation, NotificationPoint, PointStatus, StatusCode},
    numbering::Iccid,
    violation::Violations,
};
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use api::json::{ObjectReader, parse_object};

/// The most characters of a date.
const LONGEST_DATE: usize = 64;
/// How an execution ended (SGP.22, 6.5.1.4); true is well.
const EXECUTIONS: [(&str, bool); 4] = [
    ("Executed-Success", true),
    ("Executed-WithWarning", true),
    ("Failed", false),
    ("Expired", false),
];

/// Reads what an SM-DP+ tells of a download. Accepted besides what is specified:
/// `notificationPointId` as a string, `timeStamp`.
///
/// # Errors
/// Everything that is wrong.
pub fn read_download_progress(body: &[u8]) -> Result<DownloadProgress, Violations> {
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let progress = read(&mut reader);
    match progress {
        Some(progress) if violations.is_empty() => Ok(progress),
        _ => Err(violations),
    }
}

fn read(news: &mut ObjectReader<'_, '_>) -> Option<DownloadProgress> {
    let iccid = news.required("iccid", |value| value.parse::<Iccid>());
    let eid = news.nullable("eid", |value| value.parse::<Eid>()).present();
    let point = read_point(news);
    let at = read_time(news);
    let status = news.required("notificationPointStatus", |value| value.object(read_status));
    let installation = Installation { point: point?, status: status?, at: at? };
    Some(DownloadProgress { iccid: iccid?, eid, installation })
}

fn read_point(news: &mut ObjectReader<'_, '_>) -> Option<NotificationPoint> {
    let name = "notificationPointId";
    let id = match news.required(name, |value| Some(value.raw()))? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|id| u8::try_from(id).ok()),
    };
    let point = id.and_then(NotificationPoint::of);
    if point.is_none() {
        news.refuse(name, "must be an integer from 1 to 4");
    }
    point
}

fn read_time(news: &mut ObjectReader<'_, '_>) -> Option<OffsetDateTime> {
    let quirk = "timeStamp";
    let name = if news.has(quirk) && !news.has("timestamp") { quirk } else { "timestamp" };
    let text = news.required(name, |value| value.text(0..=LONGEST_DATE))?;
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .and_then(|at| at.checked_to_offset(UtcOffset::UTC));
    if at.is_none() {
        news.refuse(name, "must be a date and time of RFC 3339");
    }
    at
}

fn read_status(status: &mut ObjectReader<'_, '_>) -> Option<PointStatus> {
    let well = status.required("status", |value| value.one_of(&EXECUTIONS));
    let code = status.nullable("statusCodeData", |value| value.object(|d| Some(read_code(d))));
    match well? {
        true => Some(PointStatus::Succeeded),
        false => Some(PointStatus::Failed { code: code.present().flatten() }),
    }
}

/// A code that makes no sense explains nothing: the failure counts without it.
fn read_code(data: &mut ObjectReader<'_, '_>) -> Option<StatusCode> {
    let subject = data.nullable("subjectCode", |value| Some(value.raw())).present();
    let reason = data.nullable("reasonCode", |value| Some(value.raw())).present();
    let (subject, reason) = (subject?.as_str()?, reason?.as_str()?);
    format!("{subject}/{reason}").parse().ok()
}
