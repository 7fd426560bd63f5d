//! The messages that endpoints receive, as tables: for the document.

use api::schema::{Custom, Kind, Object, object, optional, parsed, required};
use domain::webhook::EndpointId;

/// A timestamp of ours.
static TIME: Custom = Custom {
    check: |value| if value.is_string() { Ok(()) } else { Err("must be a string") },
    schema: r#"{"type": "string", "format": "date-time"}"#,
    beyond: false,
    examples: &[r#""2026-11-21T12:00:00.500Z""#],
};

/// `order.*`.
pub(crate) static ORDER_MESSAGE: Object = object(
    "OrderMessage",
    &[
        required(
            "type",
            Kind::Word(
                &[
                    "order.accepted",
                    "order.in_progress",
                    "order.pending",
                    "order.held",
                    "order.completed",
                    "order.partial",
                    "order.canceled",
                    "order.rejected",
                    "order.failed",
                    "order.assessing_cancellation",
                    "order.pending_cancellation",
                ],
                &[],
            ),
        )
        .about("The status that it has come to."),
        required("timestamp", Kind::Custom(&TIME)).about("When the order came to the status."),
        required("data", Kind::Object(&ORDER_DATA)).about("Which order."),
    ],
)
.about("An order has come to a status.")
.example(
    r#"{"type": "order.completed", "timestamp": "2026-11-21T12:00:00.500Z",
        "data": {"kind": "ecc", "orderId": "20144", "status": "COMPLETED", "sequence": 2}}"#,
);

static ORDER_DATA: Object = object(
    "OrderMessageData",
    &[
        required("kind", Kind::Word(&["ecc", "carrier", "esim", "service"], &[]))
            .about("Of which API."),
        required("orderId", Kind::String).about("The order's id, of whatever kind, as text."),
        required("status", Kind::String).about("The status as the order's own API shows it."),
        required("sequence", Kind::Integer(1, i64::MAX))
            .about("Counts the messages of the order from 1 without a gap."),
        optional("reason", Kind::String).about("Why."),
        optional("buyerId", Kind::String).about("Of a carrier order: its Buyer."),
        optional("sellerId", Kind::String).about("Of a carrier order: its Seller."),
        optional("buyerPurchaseOrderNumber", Kind::String)
            .about("Of a carrier order: the Buyer's number."),
    ],
)
.about("Which order, and its status.")
.open();

/// `webhook.test`.
pub(crate) static TEST_MESSAGE: Object = object(
    "TestMessage",
    &[
        required("type", Kind::Word(&["webhook.test"], &[])).about("A test."),
        required("timestamp", Kind::Custom(&TIME)).about("When."),
        required("data", Kind::Object(&ENDPOINT_DATA)).about("Which endpoint."),
    ],
)
.about("The owner of an endpoint tests it.");

/// `webhook.disabled`.
pub(crate) static DISABLED_MESSAGE: Object = object(
    "DisabledMessage",
    &[
        required("type", Kind::Word(&["webhook.disabled"], &[])).about("Disabled."),
        required("timestamp", Kind::Custom(&TIME)).about("When."),
        required("data", Kind::Object(&ENDPOINT_DATA)).about("Which endpoint."),
    ],
)
.about("Another endpoint of the same owner has been disabled.");

static ENDPOINT_DATA: Object = object(
    "EndpointMessageData",
    &[
        required("endpointId", parsed::<EndpointId>()).about("The endpoint."),
        optional("reason", Kind::String).about("Why it was disabled."),
    ],
)
.about("Which endpoint.")
.open();

#[cfg(test)]
mod tests {
    use api::json::parse_object;
    use domain::{
        order::OrderKind,
        webhook::{EventType, Payload},
    };
    use time::macros::datetime;

    use super::*;

    #[test]
    fn payloads_are_as_documented() {
        let at = datetime!(2026-11-21 12:00 UTC);
        let order = Payload::order(OrderKind::Ecc, "20144", "COMPLETED", 2, at).unwrap();
        let order = parse_object(order.with("reason", "done").to_body().as_bytes()).unwrap();
        ORDER_MESSAGE.validate(&order).unwrap();
        let endpoint = "we_1".parse().unwrap();
        let test = Payload::test(&endpoint, 1, at).to_body();
        TEST_MESSAGE.validate(&parse_object(test.as_bytes()).unwrap()).unwrap();
    }

    #[test]
    fn every_kind_of_order_is_documented() {
        let Kind::Word(kinds, _) = ORDER_DATA.members[0].kind else { panic!("a word") };
        assert_eq!(kinds, OrderKind::ALL.map(OrderKind::as_str));
    }

    #[test]
    fn every_type_of_event_is_documented() {
        for event in EventType::ALL {
            let schemas = [&ORDER_MESSAGE, &TEST_MESSAGE, &DISABLED_MESSAGE];
            let named = schemas.iter().filter(|schema| match schema.members[0].kind {
                Kind::Word(words, _) => words.contains(&event.as_str()),
                _ => false,
            });
            assert_eq!(named.count(), 1, "{event}");
        }
    }
}
