//! Events of the feeds (`infra/docs/contracts/ecc.md`, *Events*) as tables: what a worker writes to
//! a feed and the API's document describe.

use api::schema::{Custom, Kind, Object, object, optional, parsed, required};
use domain::{
    numbering::{Iccid, Imsi, Msisdn},
    subscription::SubscriptionState,
};

const NUMBER: Kind = Kind::Integer(1, 9_007_199_254_740_991);

/// A timestamp of ours.
static TIME: Custom = Custom {
    check: |value| if value.is_string() { Ok(()) } else { Err("must be a string") },
    schema: r#"{"type": "string", "format": "date-time"}"#,
    beyond: false,
    examples: &[r#""2026-11-21T12:00:00Z""#],
};

/// `order`: an order has come to a status.
pub static ORDER_EVENT: Object = object(
    "OrderEvent",
    &[
        required("sequence-number", NUMBER).about("Rises by one from event to event."),
        required("time", Kind::Custom(&TIME)).about("When."),
        optional("msisdn", parsed::<Msisdn>()).about("The subscription's number."),
        required("iccid", parsed::<Iccid>()).about("The subscription's SIM."),
        optional("imsi", parsed::<Imsi>()).about("The identity in the SIM."),
        required("orderid", Kind::Text(1, 16)).about("The order's number, as text."),
        required("status", Kind::Word(&["PROVISIONING", "COMPLETED", "CANCELED"], &[]))
            .about("The status of the order."),
        optional("batchid", Kind::Text(1, 36)).about("The batch that placed the order."),
        optional("requestid", Kind::Text(1, 64)).about("The request of the batch."),
        required("type", Kind::Word(&["OrderEventInfo"], &[])).about("The type of event."),
    ],
)
.about("An order has come to a status.")
.example(
    r#"{"sequence-number": 7, "time": "2016-03-10T00:00:05Z", "msisdn": "4612312312",
        "iccid": "89461177710001700003", "orderid": "20144", "status": "COMPLETED",
        "type": "OrderEventInfo"}"#,
);

/// `state-change`: a subscription has come to a state.
pub static STATE_CHANGE_EVENT: Object = object(
    "StateChangeEvent",
    &[
        required("sequence-number", NUMBER).about("Rises by one from event to event."),
        required("time", Kind::Custom(&TIME)).about("When."),
        optional("msisdn", parsed::<Msisdn>()).about("The subscription's number."),
        required("iccid", parsed::<Iccid>()).about("The subscription's SIM."),
        optional("imsi", parsed::<Imsi>()).about("The identity in the SIM."),
        required("orderid", Kind::Text(1, 16)).about("The order's number, as text."),
        required(
            "state",
            Kind::Word(
                &[SubscriptionState::BeforeFirstUse.as_str(), SubscriptionState::InUse.as_str()],
                &[],
            ),
        )
        .about("The state of the subscription."),
        required("type", Kind::Word(&["StateChangeEventInfo"], &[])).about("The type of event."),
    ],
)
.about("A subscription has come to a state.")
.example(
    r#"{"sequence-number": 3, "time": "2016-03-10T00:00:05Z", "msisdn": "4612312312",
        "iccid": "89461177710001700003", "orderid": "20144", "state": "IN_USE",
        "type": "StateChangeEventInfo"}"#,
);

/// `batch`: a batch has ended.
pub static BATCH_EVENT: Object = object(
    "BatchEvent",
    &[
        required("sequence-number", NUMBER).about("Rises by one from event to event."),
        required("time", Kind::Custom(&TIME)).about("When."),
        required("batchid", Kind::Text(1, 36)).about("The batch."),
        required("status", Kind::Word(&["COMPLETED", "PARTIALLY_COMPLETED"], &[]))
            .about("Whether all of its requests have completed."),
        required("type", Kind::Word(&["BatchEventInfo"], &[])).about("The type of event."),
    ],
)
.about("A batch has ended.")
.example(
    r#"{"sequence-number": 1, "time": "2016-03-10T00:00:05Z",
        "batchid": "3a6acf89-1ccf-4611-9424-453930f57ef1", "status": "COMPLETED",
        "type": "BatchEventInfo"}"#,
);
