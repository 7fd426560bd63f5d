//! The JSON of ES2+ (SGP.22, 6.5.1 and 6.5.2).

use domain::esim::{
    CancelOrder, ConfirmOrder, ConfirmedOrder, DownloadOrder, Es2Answer, FAILED_WITHOUT_CODE,
    OrderedProfile, ReleaseProfile, StatusCode,
};
use serde::{Deserialize, Serialize};

use crate::exchange::Inconclusive;

/// Maximum length of an SM-DP+'s message, in characters.
const LONGEST_MESSAGE: usize = 500;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestHeader<'a> {
    pub(crate) function_requester_identifier: &'a str,
    pub(crate) function_call_identifier: &'a str,
}

#[derive(Serialize)]
pub(crate) struct WireRequest<'a, B> {
    pub(crate) header: RequestHeader<'a>,
    #[serde(flatten)]
    pub(crate) body: &'a B,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DownloadBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    eid: Option<&'a str>,
    iccid: &'a str,
    profile_type: &'a str,
}

impl<'a> DownloadBody<'a> {
    pub(crate) fn new(order: &'a DownloadOrder) -> Self {
        Self {
            eid: order.eid.as_ref().map(|eid| eid.as_str()),
            iccid: order.iccid.as_str(),
            profile_type: order.profile_type.as_str(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmBody<'a> {
    iccid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    eid: Option<&'a str>,
    matching_id: &'a str,
    release_flag: bool,
}

impl<'a> ConfirmBody<'a> {
    pub(crate) fn new(order: &'a ConfirmOrder) -> Self {
        Self {
            iccid: order.iccid.as_str(),
            eid: order.eid.as_ref().map(|eid| eid.as_str()),
            matching_id: order.matching_id.as_str(),
            release_flag: order.release,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelBody<'a> {
    iccid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    eid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matching_id: Option<&'a str>,
    final_profile_status_indicator: &'static str,
}

impl<'a> CancelBody<'a> {
    pub(crate) fn new(order: &'a CancelOrder) -> Self {
        Self {
            iccid: order.iccid.as_str(),
            eid: order.eid.as_ref().map(|eid| eid.as_str()),
            matching_id: order.matching_id.as_ref().map(|id| id.as_str()),
            final_profile_status_indicator: order.final_status.as_str(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ReleaseBody<'a> {
    iccid: &'a str,
}

impl<'a> ReleaseBody<'a> {
    pub(crate) fn new(order: &'a ReleaseProfile) -> Self {
        Self { iccid: order.iccid.as_str() }
    }
}

#[derive(Deserialize)]
struct WireResponse {
    header: ResponseHeader,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseHeader {
    function_execution_status: ExecutionStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionStatus {
    status: String,
    status_code_data: Option<StatusCodeData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusCodeData {
    subject_code: String,
    reason_code: String,
    message: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct DownloadedBody {
    iccid: String,
}

impl DownloadedBody {
    pub(crate) fn parse(bytes: &[u8]) -> Result<OrderedProfile, Inconclusive> {
        let body: Self = serde_json::from_slice(bytes).map_err(|_| incomplete("iccid"))?;
        Ok(OrderedProfile { iccid: body.iccid.parse().map_err(|_| incomplete("iccid"))? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmedBody {
    matching_id: String,
    smdp_address: Option<String>,
}

impl ConfirmedBody {
    pub(crate) fn parse(bytes: &[u8]) -> Result<ConfirmedOrder, Inconclusive> {
        let body: Self = serde_json::from_slice(bytes).map_err(|_| incomplete("matchingId"))?;
        let address = body.smdp_address.filter(|address| !address.is_empty());
        let smdp_address = address.map(|address| address.parse()).transpose();
        Ok(ConfirmedOrder {
            matching_id: body.matching_id.parse().map_err(|_| incomplete("matchingId"))?,
            smdp_address: smdp_address.map_err(|_| incomplete("smdpAddress"))?,
        })
    }
}

fn incomplete(member: &str) -> Inconclusive {
    Inconclusive::new(format!("executed, but {member} is missing or invalid"))
}

/// Interprets a response. Only a conclusive status counts: `Expired` leaves the effect unknown.
pub(crate) fn interpret<T>(
    response: Result<Vec<u8>, Inconclusive>,
    parse: impl FnOnce(&[u8]) -> Result<T, Inconclusive>,
) -> Es2Answer<T> {
    let interpreted = response.and_then(|bytes| {
        let response: WireResponse = serde_json::from_slice(&bytes)
            .map_err(|_| Inconclusive::new("not an ES2+ response"))?;
        let execution = response.header.function_execution_status;
        match execution.status.as_str() {
            "Executed-Success" | "Executed-WithWarning" => parse(&bytes).map(Es2Answer::Executed),
            "Failed" => failed(execution.status_code_data),
            "Expired" => Err(Inconclusive::new("expired")),
            _ => Err(Inconclusive::new("an unknown execution status")),
        }
    });
    interpreted.unwrap_or_else(Inconclusive::answer)
}

fn failed<T>(data: Option<StatusCodeData>) -> Result<Es2Answer<T>, Inconclusive> {
    let data = data.ok_or_else(|| Inconclusive::new(FAILED_WITHOUT_CODE))?;
    let code = format!("{}/{}", data.subject_code.trim(), data.reason_code.trim());
    let code: StatusCode =
        code.parse().map_err(|_| Inconclusive::new("failed with an invalid status code"))?;
    let message = data.message.map(|text| text.chars().take(LONGEST_MESSAGE).collect());
    Ok(Es2Answer::Failed { code, message })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn interpreted(body: &Value) -> Es2Answer<OrderedProfile> {
        interpret(Ok(serde_json::to_vec(body).unwrap()), DownloadedBody::parse)
    }

    fn header(status: &Value) -> Value {
        json!({ "functionExecutionStatus": status })
    }

    #[test]
    fn a_failed_function_with_http_200_is_a_failure() {
        let status = json!({
            "status": "Failed",
            "statusCodeData": {
                "subjectCode": "8.2.1", "reasonCode": "3.9",
                "subjectIdentifier": "x", "message": "unknown",
            },
        });
        let body = json!({ "header": header(&status), "iccid": "89461177710001700003" });
        let Es2Answer::Failed { code, message } = interpreted(&body) else { panic!("not failed") };
        assert_eq!((code.to_string().as_str(), message.as_deref()), ("8.2.1/3.9", Some("unknown")));
    }

    #[test]
    fn a_warning_is_a_success() {
        for status in ["Executed-Success", "Executed-WithWarning"] {
            let body = json!({
                "header": header(&json!({ "status": status })),
                "iccid": "89461177710001700003F",
            });
            assert!(matches!(interpreted(&body), Es2Answer::Executed(_)), "{status}");
        }
    }

    #[test]
    fn an_inconclusive_response_is_unknown() {
        for body in [
            json!({}),
            json!([]),
            json!({ "header": {} }),
            json!({ "header": header(&json!({ "status": "Expired" })) }),
            json!({ "header": header(&json!({ "status": "executed-success" })) }),
            json!({ "header": header(&json!({ "status": "Failed" })) }),
            json!({ "header": header(&json!({ "status": "Failed",
                "statusCodeData": { "subjectCode": "?", "reasonCode": "!" } })) }),
            json!({ "header": header(&json!({ "status": "Executed-Success" })) }),
            json!({ "header": header(&json!({ "status": "Executed-Success" })), "iccid": "1" }),
        ] {
            assert!(matches!(interpreted(&body), Es2Answer::Unknown { .. }), "{body}");
        }
        let html = interpret(Ok(b"<html>".to_vec()), DownloadedBody::parse);
        assert!(matches!(html, Es2Answer::Unknown { .. }));
    }

    #[test]
    fn a_failure_without_a_code_is_unknown_and_says_so() {
        for data in [json!({}), json!({ "statusCodeData": null })] {
            let mut status = json!({ "status": "Failed" });
            status.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
            let Es2Answer::Unknown { why } = interpreted(&json!({ "header": header(&status) }))
            else {
                panic!("not unknown: {status}")
            };
            assert_eq!(why, FAILED_WITHOUT_CODE);
        }
    }

    #[test]
    fn a_request_has_the_form_of_sgp_22() {
        let order = ConfirmOrder {
            iccid: "89461177710001700003".parse().unwrap(),
            matching_id: "A-1".parse().unwrap(),
            release: true,
            eid: None,
        };
        let header = RequestHeader {
            function_requester_identifier: "1.3.6.1",
            function_call_identifier: "TX-1",
        };
        let request = WireRequest { header, body: &ConfirmBody::new(&order) };
        assert_eq!(
            serde_json::to_value(request).unwrap(),
            json!({
                "header": {
                    "functionRequesterIdentifier": "1.3.6.1",
                    "functionCallIdentifier": "TX-1",
                },
                "iccid": "89461177710001700003",
                "matchingId": "A-1",
                "releaseFlag": true,
            })
        );
    }
}
