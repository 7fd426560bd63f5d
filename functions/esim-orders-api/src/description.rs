//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::EsimOrdersApi;

/// An order.
#[derive(Serialize, JsonSchema)]
struct EsimOrderRequest {
    /// What is ordered.
    input: Input,
}

/// What is ordered. Members that are not described here are kept and mean nothing.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    /// `TOPUP_ACTIVATION` is deprecated and means `TOPUP`.
    #[schemars(extend("enum" = ["NEW_ESIM", "TOPUP", "TOPUP_ACTIVATION"]), example = &"NEW_ESIM")]
    operation_type: String,
    /// ISO 3166-1 alpha-2.
    #[schemars(length(equal = 2), example = &"PT")]
    country_code: String,
    /// Whom it is for.
    customer: Customer,
    /// What it is for.
    device: Device,
    /// All of them or none.
    #[schemars(length(min = 1, max = 15))]
    subscriptions: Vec<PlanRequest>,
    /// For TOPUP only: the eSIM.
    #[serde(skip_serializing_if = "Option::is_none")]
    esim: Option<Esim>,
}

/// A customer. NEW_ESIM creates an unknown one.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Customer {
    /// By which the customer is known; for TOPUP that of the eSIM's first order.
    #[schemars(extend("format" = "email"), example = &"john@doe.com")]
    email: String,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    /// Language.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    country_of_residence: Option<String>,
}

/// A device. `product_id` is an alias of `id`.
#[derive(Serialize, JsonSchema)]
struct Device {
    /// `iot` for NEW_ESIM only.
    #[schemars(extend("enum" = ["iot", "ios", "android"]), example = &"ios")]
    r#type: String,
    /// The caller's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    make: Option<String>,
    /// Binds the profile to this chip: 32 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    eid: Option<String>,
}

/// A plan. `allowanceId` (deprecated) and `id` are aliases of `product_id`.
#[derive(Serialize, JsonSchema)]
struct PlanRequest {
    /// A product of the caller's catalogue.
    #[schemars(example = &"a3u3z000000PZBhAAO")]
    product_id: String,
    /// RFC 3339, not in the past; now when left out.
    #[serde(rename = "activationDate", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"), example = &"2030-09-13T12:00:00Z")]
    activation_date: Option<String>,
    /// With `currency`, or neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<f64>,
    /// One of the caller's currencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
}

/// An eSIM.
#[derive(Serialize, JsonSchema)]
struct Esim {
    /// Its number: the `output.iccid` of its first order.
    #[schemars(example = &"89461177710001700003")]
    iccid: String,
}

/// An order that was accepted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EsimOrderAccepted {
    /// Its id.
    id: String,
    /// The same.
    external_id: String,
    /// `ACCEPTED`.
    status: String,
}

/// An order.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EsimOrder {
    /// Its id.
    id: String,
    /// The same.
    external_id: String,
    /// Where it stands.
    #[schemars(extend("enum" = ["ACCEPTED", "FULFILLING", "COMPLETED", "FAILED"]))]
    status: String,
    /// As it was sent.
    input: Value,
    /// Once COMPLETED.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output>,
    /// Once FAILED.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// How far a device has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<Installation>,
}

/// What the order has produced. A top-up has ICCID and subscriptions only.
#[derive(Serialize, JsonSchema)]
struct Output {
    /// The eSIM.
    iccid: String,
    /// Bare host of the SM-DP+.
    #[serde(rename = "smdpUrl", skip_serializing_if = "Option::is_none")]
    smdp_url: Option<String>,
    /// What opens the profile.
    #[serde(rename = "matchingId", skip_serializing_if = "Option::is_none")]
    matching_id: Option<String>,
    /// The activation code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815")]
    lpa_url: Option<String>,
    /// The first plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<String>,
    /// All of them, when there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subscription_ids: Vec<String>,
}

/// Why it failed.
#[derive(Serialize, JsonSchema)]
struct Failure {
    /// For programs.
    #[schemars(extend("enum" = ["PROFILE_REFUSED", "PLAN_REFUSED", "ENDED_BY_OPERATOR"]))]
    r#type: String,
    /// For people.
    message: String,
}

/// How far a device has come.
#[derive(Serialize, JsonSchema)]
struct Installation {
    /// The last point it reached.
    #[schemars(extend("enum" = ["ELIGIBILITY_CHECK", "CONFIRMATION", "PACKAGE_DOWNLOADED", "INSTALLED"]))]
    point: String,
    /// How that went.
    #[schemars(extend("enum" = ["SUCCEEDED", "FAILED"]))]
    status: String,
    /// When.
    time: String,
    /// What stopped it: subject and reason code of SGP.22.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A problem.
#[derive(Serialize, JsonSchema)]
struct EsimProblem {
    /// For programs.
    r#type: String,
    /// For people, one for each fault.
    messages: Vec<String>,
}

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.path_parameter("id", "The order's id.", json!({ "type": "string", "format": "uuid" }));
    doc.api::<EsimOrdersApi, EsimProblem>()
}

pub(crate) fn create(doc: &mut Describer) -> Operation {
    let key = "Makes the request safe to repeat for 24 hours: the first answer comes again, with \
               `Idempotency-Replayed: true`.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let described = doc.operation("Order an eSIM, or plans for one");
    let described = described.parameter(Parameter::header("Idempotency-Key", key, schema));
    let described = doc.takes::<EsimOrderRequest>(described);
    let placed = "Accepted: `Location` names the order.";
    let described = doc.answers::<EsimOrderAccepted>(described, 201, placed);
    let locked = "`ORDER_OUTSTANDING`: the eSIM has an order under way.";
    let described = doc.problem::<EsimProblem>(described, 409, locked);
    let refused = "`PRODUCT_NOT_FOUND`, `CUSTOMER_MUST_EXIST`, `EMAIL_AND_ICCID_DO_NOT_MATCH`, \
                   `SUBSCRIPTION_LIMIT_REACHED`, or the key was used for another request: nothing \
                   changed.";
    doc.problem::<EsimProblem>(described, 422, refused)
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read an order");
    doc.answers::<EsimOrder>(described, 200, "The order.")
}

pub(crate) fn get_qr_code(doc: &mut Describer) -> Operation {
    let described = doc.operation("The activation code as a QR code, to be scanned");
    let pictures = "`image/png`, or `image/svg+xml`, which is the default.";
    let described =
        described.parameter(Parameter::header("Accept", pictures, json!({ "type": "string" })));
    let described = described.answer(200, "The picture: SVG, or PNG by `Accept`.");
    doc.problem::<EsimProblem>(described, 409, "The order is not COMPLETED.")
}
