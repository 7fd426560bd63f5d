//! Status, notifications and messages.

use api::schema::{Custom as CustomKind, Kind::*, Member, Other, Rule};
use domain::carrier::Quirk;

use super::{
    DATE, Kind, LOOSE_BOOLEAN, Object, STATUS, examples, object, optional as o, orders::CONTACT,
    required as r, rules,
};

/// The contract bounds no list of a notification; nobody has this many.
const MANY: usize = 1000;

/// A number, also as the text of its digits.
const VERSION: Kind = Or(
    &Integer(1, i64::MAX),
    Other::Kind(&Custom(&VERSION_TEXT)),
    Quirk::NotificationVersionAsText,
);
static VERSION_TEXT: CustomKind = CustomKind {
    check: |value| {
        let number = value.as_str().and_then(super::super::read::digits);
        number.filter(|number| *number > 0).map(drop).ok_or("must be an integer of at least 1")
    },
    schema: r#"{"type": "string", "pattern": "^[0-9]{1,19}$"}"#,
    beyond: true,
    examples: &["\"1\""],
};

static MESSAGE: Kind = Object(&ORDER_MESSAGE);
const MESSAGES: Member<Quirk> =
    o("orderMessages", List(0, MANY, &MESSAGE)).quirks(&[("orderErrors", Quirk::OrderErrors)]);

/// `orderStatusRequest`.
pub static STATUS_REQUEST: Object = object(
    "orderStatusRequest",
    &[
        o("orderId", Id(45)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        o("buyerPurchaseOrderNumber", Id(16)),
    ],
)
.about("Asks for the status of an order: by its id, or by the Buyer's number.")
.rules(&[Rule::Without("buyerPurchaseOrderNumber", &["orderId"])])
.example(examples::STATUS_REQUEST);

/// `orderStatusResponse`.
pub static STATUS_RESPONSE: Object = object(
    "orderStatusResponse",
    &[
        o("orderId", Id(45)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        o("buyerPurchaseOrderNumber", Id(16)),
        o("buyerOrderVersion", Id(2)),
        r("orderStatus", STATUS),
        o("projectId", Label(45)),
        o("requestedCompletionDate", DATE),
        o("expectedCompletionDate", DATE),
        o("completionDate", DATE),
        o("orderItemStatuses", List(0, MANY, &Object(&ITEM_STATUS))),
        MESSAGES,
        o("correctiveOrderExpected", LOOSE_BOOLEAN),
    ],
)
.about("The status of an order and of its items.")
.rules(&[Rule::Without("buyerPurchaseOrderNumber", &["orderId"])])
.example(examples::STATUS_RESPONSE);

static ITEM_STATUS: Object =
    object("orderItemStatus", &[r("orderItemReference", Id(4)), r("orderItemStatus", STATUS)])
        .about("The status of an item.")
        .component_named("itemStatus");

/// `orderNotification`.
pub static NOTIFICATION: Object = object(
    "orderNotification",
    &[
        r("orderId", Id(45)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        r("buyerPurchaseOrderNumber", Id(16)),
        r("buyerOrderVersion", Id(2)),
        r(
            "notificationType",
            Word(
                &[
                    "REJECTION",
                    "CONFIRMATION",
                    "CONFIGURATION",
                    "CANCELLATION",
                    "COMPLETION",
                    "JEOPARDY",
                    "STATUS_UPDATE",
                ],
                &[
                    ("STATUS_UADATE", Quirk::StatusUadate),
                    ("ERROR_OR_INFORMATION", Quirk::ErrorOrInformation),
                    ("REJECT", Quirk::Reject),
                ],
            ),
        ),
        o("notificationVersion", VERSION),
        // Required where the type implies none: a rule.
        o("orderStatus", STATUS),
        o("projectId", Label(45)),
        o("requestedCompletionDate", DATE),
        o("expectedCompletionDate", DATE),
        o("completionDate", DATE),
        o(
            "billingAccountNumber",
            LongLabel { write: 13, read: 45, quirk: Quirk::LongBillingAccount },
        ),
        o(
            "sellerOvcId",
            Or(&Object(&ID_ASSIGNMENT), Other::Kind(&Id(45)), Quirk::BareIdAssignment),
        ),
        o("sellerUniIds", List(0, MANY, &Object(&ID_ASSIGNMENT))),
        o("sellerEnniIds", List(0, MANY, &Object(&ID_ASSIGNMENT))),
        o("enniSvlanIds", List(0, MANY, &Object(&SVLAN_ASSIGNMENT))),
        o("uniSvlanIds", List(0, MANY, &Object(&SVLAN_ASSIGNMENT))),
        o(
            "svlanIdLast",
            Deviation(Quirk::SvlanIdLastList, &List(0, MANY, &Object(&ENNI_SVLAN_LAST))),
        ),
        o("correctiveOrderExpected", LOOSE_BOOLEAN),
        o("correctionOrderDueDate", DATE),
        o("orderCancellationDate", DATE),
        o("orderCancellationReason", Label(300)),
        o("sellerOrderContact", Object(&CONTACT)),
        MESSAGES,
    ],
)
.about("Progress of an order, as its Seller reports it.")
.rules(&[
    Rule::When {
        member: "notificationType",
        is: &["JEOPARDY", "STATUS_UPDATE"],
        needs: "orderStatus",
        message: None,
    },
    Rule::When {
        member: "notificationType",
        is: &["STATUS_UADATE", "ERROR_OR_INFORMATION"],
        needs: "orderStatus",
        message: Some("required with STATUS_UPDATE"),
    },
    Rule::Check(rules::notification, ""),
])
.example(examples::NOTIFICATION);

static ID_ASSIGNMENT: Object = object(
    "idAssignment",
    &[
        r("sellerAssignedId", Id(45)),
        o("buyerAssignedId", Label(45)),
        o("orderId", Id(45)),
        o("buyerPurchaseOrderNumber", Id(16)),
        o("orderItemReference", Id(4)),
    ],
)
.about("An identifier of the Seller, and what it was given to.");

static SVLAN_ASSIGNMENT: Object = object(
    "svlanIdAssignment",
    &[
        r("svlanId", Integer(0, 4095)),
        o("svlanIdLast", Integer(0, 4095)),
        o("sellerEnniId", Id(45)),
        o("sellerUniId", Id(45)),
    ],
)
.about("S-VLAN ids of the Seller, and where they are used.")
.rules(&[Rule::Check(rules::svlan_assignment, "`svlanIdLast` is not less than `svlanId`.")]);

static ENNI_SVLAN_LAST: Object =
    object("svlanIdAssignment", &[r("sellerEnniId", Id(45)), r("svlanId", Integer(0, 4095))]);

const NAMES: Quirk = Quirk::ErrorMemberNames;

const fn long(write: usize) -> Kind {
    LongLabel { write, read: 2000, quirk: Quirk::LongMessageText }
}

pub(in super::super) static ORDER_MESSAGE: Object = object(
    "orderMessage",
    &[
        o("code", Label(12)).quirks(&[("errorCode", NAMES)]),
        o("description", long(150)).quirks(&[("errorDescription", NAMES)]),
        o("messageInformation", long(300)).quirks(&[
            ("messageInformation", Quirk::MessageInformationCase),
            ("errorInformation", NAMES),
        ]),
        r("severity", Word(&["ERROR", "WARNING", "INFORMATION"], &[]))
            .quirks(&[("errorSeverity", NAMES)]),
        o("field", Label(100)),
        o("orderItemReference", Label(4)),
        r("correctionRequired", LOOSE_BOOLEAN),
    ],
)
.about("What is wrong with an order, or worth knowing about it.");
