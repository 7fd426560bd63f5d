//! The answers about an order.

#[cfg(feature = "openapi")]
mod example;

#[cfg(feature = "openapi")]
use domain::esim::FailureKind;
use domain::{
    clock::rfc3339,
    esim::{EsimOrder, EsimOrderId, EsimOrderStatus, EsimOutput, Installation, PointStatus},
};
use serde::Serialize;
use serde_json::value::RawValue;

/// An order that was accepted: the body of 201.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EsimOrderAccepted {
    /// Its id.
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    id: EsimOrderId,
    /// The same.
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    external_id: EsimOrderId,
    /// `ACCEPTED`.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["ACCEPTED"])))]
    status: &'static str,
}

/// The body of 201.
pub fn accepted_body(id: EsimOrderId) -> EsimOrderAccepted {
    EsimOrderAccepted { id, external_id: id, status: EsimOrderStatus::Accepted.as_str() }
}

/// An order: the body of `GET v1/order/{id}`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "EsimOrder"))]
#[serde(rename_all = "camelCase")]
pub struct EsimOrderBody {
    /// Its id.
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    id: EsimOrderId,
    /// The same.
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    external_id: EsimOrderId,
    /// Where it stands.
    #[cfg_attr(
        feature = "openapi",
        schemars(with = "String", extend("enum" = EsimOrderStatus::ALL.map(EsimOrderStatus::as_str)))
    )]
    status: EsimOrderStatus,
    /// As it was sent.
    #[cfg_attr(feature = "openapi", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    input: Box<RawValue>,
    /// Once COMPLETED.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<OutputBody>,
    /// Once FAILED.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureBody>,
    /// How far a device has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<InstallationBody>,
}

/// A page of orders: the body of `GET v1/order`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EsimOrderList {
    /// Newest first.
    pub orders: Vec<EsimOrderBody>,
    /// Where the next page begins; absent at the end. A page with a cursor may be short, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What an order has produced. A top-up has ICCID and subscriptions only. The names are the
/// contract's, in their several styles.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "EsimOutput"))]
struct OutputBody {
    /// The eSIM.
    iccid: String,
    /// Bare host of the SM-DP+.
    #[serde(rename = "smdpUrl", skip_serializing_if = "Option::is_none")]
    smdp_url: Option<String>,
    /// What opens the profile.
    #[serde(rename = "matchingId", skip_serializing_if = "Option::is_none")]
    matching_id: Option<String>,
    /// The activation code.
    #[cfg_attr(
        feature = "openapi",
        schemars(example = &"LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    lpa_url: Option<String>,
    /// The first plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<String>,
    /// All of them, when there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subscription_ids: Vec<String>,
}

/// Why an order failed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "EsimFailure"))]
struct FailureBody {
    /// For programs.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend("enum" = FailureKind::ALL.map(FailureKind::as_str)))
    )]
    #[serde(rename = "type")]
    kind: &'static str,
    /// For people.
    message: String,
}

/// How far a device has come.
#[derive(Debug, Serialize)]
#[cfg_attr(
    feature = "openapi",
    derive(schemars::JsonSchema),
    schemars(rename = "EsimInstallation")
)]
struct InstallationBody {
    /// The last point it reached.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend(
            "enum" = ["ELIGIBILITY_CHECK", "CONFIRMATION", "PACKAGE_DOWNLOADED", "INSTALLED"]
        ))
    )]
    point: &'static str,
    /// How that went.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["SUCCEEDED", "FAILED"])))]
    status: &'static str,
    /// When.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    time: String,
    /// What stopped it: subject and reason code of SGP.22.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
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
        installation: order.installation.as_ref().map(InstallationBody::from),
    })
}

impl From<&Installation> for InstallationBody {
    fn from(installation: &Installation) -> Self {
        let (status, reason) = match &installation.status {
            PointStatus::Succeeded => ("SUCCEEDED", None),
            PointStatus::Failed { code } => ("FAILED", code.as_ref().map(ToString::to_string)),
        };
        Self { point: installation.point.as_str(), status, time: rfc3339(installation.at), reason }
    }
}
