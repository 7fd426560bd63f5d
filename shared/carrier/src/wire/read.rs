//! Reading members of documents that are already checked.

use domain::carrier::{CarrierDate, NotificationType, OrderMessage, OrderStatus, Severity};
use serde_json::Value;

use super::schema::ORDER_MESSAGE;
use api::schema::{Members, read::integer};

pub(super) use api::schema::read::{object, objects, owned, parsed, text};

pub(super) fn date(object: &Members, name: &str) -> Option<CarrierDate> {
    text(object, name).map(CarrierDate::read)
}

pub(super) fn small(object: &Members, name: &str) -> Option<u16> {
    integer(object, name)
}

/// `true` or `false`, also as text.
pub(super) fn boolean(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        other => other == "true",
    }
}

/// A number as the text of its digits.
pub(super) fn digits(text: &str) -> Option<i64> {
    // A sign would be parsed as well.
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A notification's type, deviations included.
pub(super) fn kind(word: &str) -> Option<NotificationType> {
    match word {
        "STATUS_UADATE" | "ERROR_OR_INFORMATION" => Some(NotificationType::StatusUpdate),
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
pub(super) fn message(message: &Members) -> Option<OrderMessage> {
    let text = |name: &str, longest: usize| {
        let text = ORDER_MESSAGE.text(message, name)?;
        Some(text.chars().take(longest).collect::<String>())
    };
    let severity = Severity::read(ORDER_MESSAGE.text(message, "severity")?)?;
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
