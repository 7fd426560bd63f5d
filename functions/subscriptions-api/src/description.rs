//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Link, Operation, text};
use domain::subscription::{ServiceId, SubscriptionRef, Tag};
use ecc::{
    EccProblem,
    read::{ADD_SERVICES, CHANGE_SERVICE, CHANGE_SUBSCRIPTION, CREATE_SUBSCRIPTION},
};
use serde_json::json;

use crate::{
    ImeiResponse, MobileNetworkResponse, OrderPlaced, ServicesResponse, SubscriptionList,
    SubscriptionResponse, SubscriptionsApi,
};

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Subscriptions", "Mobile subscriptions, their services and tags.");
    let names = "`msisdn:<number>`, `iccid:<number>` or `imsi:<number>`";
    doc.path_parameter("subscription", names, text::<SubscriptionRef>());
    doc.path_parameter("service", "A service's id.", text::<ServiceId>());
    doc.path_parameter(
        "instance",
        "Which of the service's instances.",
        json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }),
    );
    doc.path_parameter("tag", "A tag.", text::<Tag>());
    doc.api::<SubscriptionsApi, EccProblem>()
}

pub(crate) fn create_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("Create a subscription");
    let described = doc.takes(described, &CREATE_SUBSCRIPTION);
    places_order(doc, described).problem(422, RESERVED).links(202, &CREATED)
}

pub(crate) fn list_subscriptions(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the client's subscriptions").about(
        "Lists the client's subscriptions, newest first or as `order-by` says. A list has at most \
         10 filters, all of which must match. `order-by`, `offset` and filters are served from at \
         most 10,000 subscriptions: with more, `order-by` is refused, and an `offset` that leads \
         beyond them, with 400; a filtered page that ends there is short, and has a cursor. The \
         cursor lists any number, newest first; a whole ICCID or MSISDN is found among any number",
    );
    doc.responds_with::<SubscriptionList>(described, 200, "A page.")
}

pub(crate) fn get_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a subscription");
    doc.responds_with::<SubscriptionResponse>(described, 200, "The subscription.")
}

pub(crate) fn get_subscription_imei(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read the device of a subscription from the network");
    let described = doc.responds_with::<ImeiResponse>(described, 200, "The device.");
    read_from_network(described)
}

pub(crate) fn get_subscription_mobile_network(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read where the network saw a subscription last");
    let described =
        doc.responds_with::<MobileNetworkResponse>(described, 200, "The mobile network.");
    read_from_network(described)
}

/// What every operation has that asks the network.
fn read_from_network(described: Operation) -> Operation {
    described
        .problem(404, "The subscription does not exist, or the network does not report this.")
        .problem(503, "The network does not respond now: see Retry-After, and repeat the request.")
}

pub(crate) fn change_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("Change a subscription");
    let described = doc.takes(described, &CHANGE_SUBSCRIPTION);
    changes(doc, described).problem(422, RESERVED)
}

pub(crate) fn delete_subscription(doc: &mut Describer) -> Operation {
    let described = doc.operation("End a subscription; its SIM becomes void");
    places_order(doc, described)
}

pub(crate) fn add_services(doc: &mut Describer) -> Operation {
    let described = doc.operation("Add services");
    let described = doc.takes(described, &ADD_SERVICES);
    changes(doc, described)
}

pub(crate) fn change_service(doc: &mut Describer) -> Operation {
    let described = doc.operation("Change every instance of a service");
    let described = doc.takes(described, &CHANGE_SERVICE);
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
    doc.responds_with::<ServicesResponse>(described, 200, "The services.")
}

/// An order that gives a SIM or a number.
const RESERVED: &str = "`RESERVED_VALUE`: the SIM or the number is reserved for sandboxes; or the key \
                        was used for another request. Nothing changed.";

const ORDER: Link = Link {
    operation: "get_provisioning_order",
    parameters: &[("orderid", "$response.body#/orderId")],
};

/// What can be done with a subscription once it is created.
const CREATED: [Link; 4] = [
    of_subscription("get_subscription"),
    of_subscription("change_subscription"),
    of_subscription("delete_subscription"),
    of_subscription("add_services"),
];

const fn of_subscription(operation: &'static str) -> Link {
    Link { operation, parameters: &[("subscription", "iccid:{$request.body#/iccid}")] }
}

/// A change of what is there: an order, or nothing to change.
fn changes(doc: &mut Describer, described: Operation) -> Operation {
    places_order(doc, described.responds(204, "Nothing to change."))
}

/// What every operation that places an order has: the order, the key, the conflicts.
fn places_order(doc: &mut Describer, described: Operation) -> Operation {
    let placed = "Accepted: `Location` names the order.";
    let described = doc.responds_with::<OrderPlaced>(described.idempotent(), 202, placed);
    let conflict = "`ORDER_OUTSTANDING`, `SIM_IN_USE` or `MSISDN_IN_USE`.";
    described.header(202, "Location").problem(409, conflict).links(202, &[ORDER])
}
