//! Reading members of documents that are already checked.

use std::str::FromStr;

use domain::carrier::{CarrierDate, NotificationType, OrderMessage, OrderStatus, Severity};
use serde_json::Value;

use super::schema::{ORDER_MESSAGE, Object};
use api::json::whole;

pub(super) fn text<'m>(object: &'m Object, name: &str) -> Option<&'m str> {
    object.get(name)?.as_str()
}

pub(super) fn owned(object: &Object, name: &str) -> Option<String> {
    text(object, name).map(str::to_owned)
}

pub(super) fn parsed<T: FromStr>(object: &Object, name: &str) -> Option<T> {
    text(object, name)?.parse().ok()
}

pub(super) fn date(object: &Object, name: &str) -> Option<CarrierDate> {
    text(object, name).map(CarrierDate::read)
}

pub(super) fn small(object: &Object, name: &str) -> Option<u16> {
    u16::try_from(whole(object.get(name)?)?).ok()
}

pub(super) fn object<'m>(object: &'m Object, name: &str) -> Option<&'m Object> {
    object.get(name)?.as_object()
}

/// The objects of an array; none of an array that is not there.
pub(super) fn objects<'m>(object: &'m Object, name: &str) -> impl Iterator<Item = &'m Object> {
    let items = object.get(name).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_object)
}

/// `true` or `false`, also as text.
pub(super) fn boolean(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        other => other == "true",
    }
}

/// A notification's type, deviations included.
pub(super) fn kind(word: &str) -> Option<NotificationType> {
    match word {
        "STATUS_UADATE" => Some(NotificationType::StatusUpdate),
        "REJECT" => Some(NotificationType::Rejection),
        word => NotificationType::read(word),
    }
}

/// An order's status, deviations included.
pub(super) fn status(word: &str) -> Option<OrderStatus> {
    match word {
        "CANCELED" => Some(OrderStatus::Cancelled),
        word => OrderStatus::read(word),
    }
}

/// A checked `orderMessage`, within the limits of what is written.
pub(super) fn message(message: &Object) -> Option<OrderMessage> {
    let text = |name: &str, longest: usize| {
        let text = ORDER_MESSAGE.text(message, name)?;
        Some(text.chars().take(longest).collect::<String>())
    };
    let severity = match ORDER_MESSAGE.text(message, "severity")? {
        "ERROR_OR_INFORMATION" => Severity::Information,
        word => Severity::read(word)?,
    };
    Some(OrderMessage {
        code: text("code", 12),
        description: text("description", 150),
        message_information: text("messageInformation", 300),
        severity,
        field: text("field", 100),
        order_item_reference: parsed(message, "orderItemReference"),
        correction_required: message.get("correctionRequired").is_some_and(boolean),
    })
}
