//! The answers about an order.

use domain::{
    clock::rfc3339,
    esim::{EsimOrder, EsimOrderId, EsimOrderStatus, EsimOutput, Installation, PointStatus},
};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

/// The body of 201.
pub fn accepted_body(id: EsimOrderId) -> Value {
    json!({ "id": id, "externalId": id, "status": EsimOrderStatus::Accepted.as_str() })
}

/// The body of `GET v1/order/{id}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EsimOrderBody {
    id: EsimOrderId,
    external_id: EsimOrderId,
    status: EsimOrderStatus,
    input: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<OutputBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<Value>,
}

/// The names are the contract's, in their several styles.
#[derive(Debug, Serialize)]
struct OutputBody {
    iccid: String,
    #[serde(rename = "smdpUrl", skip_serializing_if = "Option::is_none")]
    smdp_url: Option<String>,
    #[serde(rename = "matchingId", skip_serializing_if = "Option::is_none")]
    matching_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lpa_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<String>,
    /// All of them, when there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subscription_ids: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FailureBody {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
}

impl From<EsimOutput> for OutputBody {
    fn from(output: EsimOutput) -> Self {
        let plans: Vec<String> = output.plans.iter().map(|plan| plan.0.to_string()).collect();
        let activation = output.activation.as_ref();
        Self {
            iccid: output.iccid.to_string(),
            smdp_url: activation.map(|code| code.host.to_string()),
            matching_id: activation.map(|code| code.matching_id.to_string()),
            lpa_url: activation.map(ToString::to_string),
            subscription_id: plans.first().cloned(),
            subscription_ids: if plans.len() > 1 { plans } else { Vec::new() },
        }
    }
}

/// An order as its caller sees it.
///
/// # Errors
/// The kept `input` is no JSON: our fault.
pub fn order_body(order: &EsimOrder) -> Result<EsimOrderBody, serde_json::Error> {
    let failed = order.failure.as_ref().filter(|_| order.status == EsimOrderStatus::Failed);
    Ok(EsimOrderBody {
        id: order.id,
        external_id: order.id,
        status: order.status,
        input: RawValue::from_string(order.input.0.clone())?,
        output: order.output().map(OutputBody::from),
        failure: failed.map(|failure| FailureBody {
            kind: failure.kind.as_str(),
            message: failure.message.clone(),
        }),
        installation: order.installation.as_ref().map(installation_body),
    })
}

/// How far a device has come: the point, how it went, when, and what stopped it.
fn installation_body(installation: &Installation) -> Value {
    let mut body = json!({
        "point": installation.point.as_str(),
        "status": match installation.status {
            PointStatus::Succeeded => "SUCCEEDED",
            PointStatus::Failed { .. } => "FAILED",
        },
        "time": rfc3339(installation.at),
    });
    if let PointStatus::Failed { code: Some(code) } = &installation.status {
        body["reason"] = json!(code.to_string());
    }
    body
}
