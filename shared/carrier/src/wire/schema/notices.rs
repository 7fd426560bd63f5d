//! Status, notifications and messages.

use domain::carrier::Quirk;

use super::{
    Kind::*, Member, Presence, Shape, optional as o, orders::CONTACT, required as r, rules, shape,
};

const STATUS: super::Kind = Word(
    &[
        "ACKNOWLEDGED",
        "IN_PROGRESS",
        "PENDING",
        "HELD",
        "REJECTED",
        "CANCELLED",
        "COMPLETED",
        "FAILED",
        "PARTIAL",
    ],
    &[("CANCELED", Quirk::CanceledWithOneL)],
);

/// The contract bounds no list of a notification; nobody has this many.
const MANY: usize = 1000;

const MESSAGES: Member = Member {
    name: "orderMessages",
    aliases: &[("orderErrors", Quirk::OrderErrors)],
    presence: Presence::Optional,
    kind: List(0, MANY, &Object(&ORDER_MESSAGE)),
};

pub(in super::super) static STATUS_REQUEST: Shape = Shape {
    name: "orderStatusRequest",
    aliases: &[],
    members: &[
        o("orderId", Id(45)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        o("buyerPurchaseOrderNumber", Id(16)),
    ],
    rule: Some(rules::names_an_order),
};

pub(in super::super) static STATUS_RESPONSE: Shape = Shape {
    name: "orderStatusResponse",
    aliases: &[],
    members: &[
        o("orderId", Id(45)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        o("buyerPurchaseOrderNumber", Id(16)),
        o("buyerOrderVersion", Id(2)),
        Member { name: "orderStatus", aliases: &[], presence: Presence::Required, kind: STATUS },
        o("projectId", Text(45)),
        o("requestedCompletionDate", Date),
        o("expectedCompletionDate", Date),
        o("completionDate", Date),
        o("orderItemStatuses", List(0, MANY, &Object(&ITEM_STATUS))),
        MESSAGES,
        o("correctiveOrderExpected", LooseBoolean),
    ],
    rule: Some(rules::names_an_order),
};

static ITEM_STATUS: Shape = shape(
    "orderItemStatus",
    &[
        r("orderItemReference", Id(4)),
        Member {
            name: "orderItemStatus",
            aliases: &[],
            presence: Presence::Required,
            kind: STATUS,
        },
    ],
);

pub(in super::super) static NOTIFICATION: Shape = Shape {
    name: "orderNotification",
    aliases: &[],
    members: &[
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
                &[("STATUS_UADATE", Quirk::StatusUadate), ("REJECT", Quirk::Reject)],
            ),
        ),
        o("notificationVersion", Integer(1, i64::MAX)),
        // Required where the type implies none: a rule.
        Member { name: "orderStatus", aliases: &[], presence: Presence::Optional, kind: STATUS },
        o("projectId", Text(45)),
        o("requestedCompletionDate", Date),
        o("expectedCompletionDate", Date),
        o("completionDate", Date),
        o(
            "billingAccountNumber",
            LongText { write: 13, read: 45, quirk: Quirk::LongBillingAccount },
        ),
        o("sellerOvcId", TextOr(45, &ID_ASSIGNMENT, Quirk::BareIdAssignment)),
        o("sellerUniIds", List(0, MANY, &Object(&ID_ASSIGNMENT))),
        o("sellerEnniIds", List(0, MANY, &Object(&ID_ASSIGNMENT))),
        o("enniSvlanIds", List(0, MANY, &Object(&SVLAN_ASSIGNMENT))),
        o("uniSvlanIds", List(0, MANY, &Object(&SVLAN_ASSIGNMENT))),
        o(
            "svlanIdLast",
            Deviation(Quirk::SvlanIdLastList, &List(0, MANY, &Object(&ENNI_SVLAN_LAST))),
        ),
        o("correctiveOrderExpected", LooseBoolean),
        o("correctionOrderDueDate", Date),
        o("orderCancellationDate", Date),
        o("orderCancellationReason", Text(300)),
        o("sellerOrderContact", Object(&CONTACT)),
        MESSAGES,
    ],
    rule: Some(rules::notification),
};

static ID_ASSIGNMENT: Shape = shape(
    "idAssignment",
    &[
        r("sellerAssignedId", Id(45)),
        o("buyerAssignedId", Text(45)),
        o("orderId", Id(45)),
        o("buyerPurchaseOrderNumber", Id(16)),
        o("orderItemReference", Id(4)),
    ],
);

static SVLAN_ASSIGNMENT: Shape = Shape {
    name: "svlanIdAssignment",
    aliases: &[],
    members: &[
        r("svlanId", Integer(0, 4095)),
        o("svlanIdLast", Integer(0, 4095)),
        o("sellerEnniId", Id(45)),
        o("sellerUniId", Id(45)),
    ],
    rule: Some(rules::svlan_assignment),
};

static ENNI_SVLAN_LAST: Shape =
    shape("svlanIdAssignment", &[r("sellerEnniId", Id(45)), r("svlanId", Integer(0, 4095))]);

const NAMES: Quirk = Quirk::ErrorMemberNames;

const fn long(write: usize) -> super::Kind {
    LongText { write, read: 2000, quirk: Quirk::LongMessageText }
}

pub(in super::super) static ORDER_MESSAGE: Shape = shape(
    "orderMessage",
    &[
        Member {
            name: "code",
            aliases: &[("errorCode", NAMES)],
            presence: Presence::Optional,
            kind: Text(12),
        },
        Member {
            name: "description",
            aliases: &[("errorDescription", NAMES)],
            presence: Presence::Optional,
            kind: long(150),
        },
        Member {
            name: "messageInformation",
            aliases: &[
                ("messageInformation", Quirk::MessageInformationCase),
                ("errorInformation", NAMES),
            ],
            presence: Presence::Optional,
            kind: long(300),
        },
        Member {
            name: "severity",
            aliases: &[("errorSeverity", NAMES)],
            presence: Presence::Required,
            kind: Word(
                &["ERROR", "WARNING", "INFORMATION"],
                &[("ERROR_OR_INFORMATION", Quirk::ErrorOrInformation)],
            ),
        },
        o("field", Text(100)),
        o("orderItemReference", Text(4)),
        r("correctionRequired", LooseBoolean),
    ],
);
