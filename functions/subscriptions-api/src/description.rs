//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use ecc::EccProblem;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    OrderPlaced, ServicesResponse, SubscriptionList, SubscriptionResponse, SubscriptionsApi,
};

/// A SIM that becomes a subscription.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct CreateSubscriptionRequest {
    /// 18 to 22 digits starting with 89, with their check digit.
    #[schemars(example = &"89461177710001700003")]
    iccid: String,
    /// E.164, 5 to 15 digits; a leading + is dropped.
    #[schemars(example = &"46708421488")]
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<String>,
    /// 14 or 15 digits.
    #[schemars(example = &"240071234567890")]
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<String>,
    /// Operator determined barring.
    #[schemars(range(max = 13), example = 7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    odb_profile: Option<u8>,
}

/// New values; at least one.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct ChangeSubscriptionRequest {
    /// Another number.
    #[schemars(example = &"46708421499")]
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<String>,
    /// Another SIM; the old one becomes void.
    #[schemars(example = &"89461177710001700011")]
    #[serde(skip_serializing_if = "Option::is_none")]
    iccid: Option<String>,
    /// Block or unblock.
    #[schemars(example = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
    /// `IN_USE`; never back.
    #[schemars(extend("enum" = ["IN_USE"]), example = &"IN_USE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Operator determined barring.
    #[schemars(range(max = 13), example = 7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    odb_profile: Option<u8>,
    /// A fixed address, or null for none.
    #[schemars(extend("x-nullable" = true, "format" = "ipv4"), example = &"10.1.2.3")]
    #[serde(skip_serializing_if = "Option::is_none")]
    static_ip: Option<String>,
    /// Access points; the first is the default.
    #[schemars(length(max = 32), example = [4, 2])]
    #[serde(skip_serializing_if = "Option::is_none")]
    apn_ids: Option<Vec<u32>>,
    /// Key of the voice application that answers its calls.
    #[schemars(length(min = 1, max = 128), example = &"key")]
    #[serde(skip_serializing_if = "Option::is_none")]
    a2p_voice_app_key: Option<String>,
    /// All its tags: each 1 to 100 of A-Z a-z 0-9 _ -.
    #[schemars(length(max = 10), example = ["fleet"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
}

/// Settings of a service; at least one.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct ChangeServiceRequest {
    /// How much of it, in the service's own unit.
    #[schemars(example = 5)]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    /// Where calls go on: an MSISDN.
    #[schemars(example = &"46708421488")]
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_number: Option<String>,
}

/// A service to add.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ServiceRequest {
    /// One of `GET /services`.
    id: String,
    /// How much of it, in the service's own unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    /// Where calls go on: an MSISDN.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_number: Option<String>,
    /// Its mode, 1 to 32 of A-Z a-z 0-9 . _ -.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
}

/// Services to add, each as an instance of its own.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddServicesRequest {
    #[schemars(length(min = 1, max = 32), example = json!([{"id": "VOICE", "limit": 5}]))]
    services: Vec<ServiceRequest>,
}

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    let digits = "`msisdn:<number>`, `iccid:<number>` or `imsi:<number>`";
    doc.path_parameter(
        "subscription",
        digits,
        json!({ "type": "string", "examples": ["msisdn:46708421488"] }),
    );
    doc.path_parameter("service", "A service's id.", json!({ "type": "string" }));
    doc.path_parameter(
        "instance",
        "Which of the service's instances.",
        json!({ "type": "integer", "minimum": 1 }),
    );
    let tag = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$" });
    doc.path_parameter("tag", "A tag.", tag);
    doc.api::<SubscriptionsApi, EccProblem>()
}

pub(crate) fn create_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("Create a subscription");
    let described = doc.takes::<CreateSubscriptionRequest>(described);
    places_order(doc, described)
}

pub(crate) fn list_subscriptions(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the client's subscriptions, newest first");
    let described = list_parameters().into_iter().fold(described, Operation::parameter);
    let described = doc.answers::<SubscriptionList>(described, 200, "A page.");
    doc.problem::<EccProblem>(described, 400, "A query parameter is malformed.")
}

pub(crate) fn get_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a subscription");
    doc.answers::<SubscriptionResponse>(described, 200, "The subscription.")
}

pub(crate) fn change_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("Change a subscription");
    let described = doc.takes::<ChangeSubscriptionRequest>(described);
    changes(doc, described)
}

pub(crate) fn delete_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("End a subscription; its SIM becomes void");
    places_order(doc, described)
}

pub(crate) fn add_services(doc: &mut Describer) -> Operation {
    let described = doc.operation("Add services");
    let described = doc.takes::<AddServicesRequest>(described);
    changes(doc, described)
}

pub(crate) fn change_service(doc: &mut Describer) -> Operation {
    let described = doc.operation("Change every instance of a service");
    let described = doc.takes::<ChangeServiceRequest>(described);
    changes(doc, described)
}

pub(crate) fn remove_service(doc: &mut Describer) -> Operation {
    let described = doc.operation("Remove a service");
    changes(doc, described)
}

pub(crate) fn add_tag(doc: &mut Describer) -> Operation {
    let described = doc.operation("Add a tag");
    changes(doc, described)
}

pub(crate) fn remove_tag(doc: &mut Describer) -> Operation {
    let described = doc.operation("Remove a tag");
    changes(doc, described)
}

pub(crate) fn list_services(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the services that may be assigned");
    doc.answers::<ServicesResponse>(described, 200, "The services.")
}

/// A change of what is there: an order, or nothing to change.
fn changes(doc: &mut Describer, described: Operation) -> Operation {
    places_order(doc, described).answer(204, "Nothing to change.")
}

/// What every operation that places an order has: the order, the key, the conflicts.
fn places_order(doc: &mut Describer, described: Operation) -> Operation {
    let key = "Makes the request safe to repeat for 24 hours: the first answer comes again, with \
               `Idempotency-Replayed: true`.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let described = described.parameter(Parameter::header("Idempotency-Key", key, schema));
    let placed = "Accepted: `Location` names the order.";
    let described = doc.answers::<OrderPlaced>(described, 202, placed);
    let malformed = "A parameter is malformed or missing.";
    let described = doc.problem::<EccProblem>(described, 400, malformed);
    let conflict = "`ORDER_OUTSTANDING`, `SIM_IN_USE` or `MSISDN_IN_USE`.";
    let described = doc.problem::<EccProblem>(described, 409, conflict);
    doc.problem::<EccProblem>(described, 422, "The key was used for another request.")
}

fn list_parameters() -> [Parameter; 4] {
    let text = json!({ "type": "string" });
    [
        Parameter::query(
            "limit",
            "How many at the most.",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 50 }),
        ),
        Parameter::query("cursor", "Where to go on: `cursor` of the page before.", text.clone()),
        Parameter::query("tag", "Only with this tag.", text),
        Parameter::query(
            "state",
            "Only in this state.",
            json!({ "type": "string", "enum": ["BEFORE_FIRST_USE", "IN_USE"] }),
        ),
    ]
}
