//! Grants that no test needs, and why they stay.

/// Grants that stay for one reason.
pub(super) struct Excuse {
    /// When they are needed.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers, and held by a test"))]
    pub(super) why: &'static str,
    /// As the check prints them.
    pub(super) grants: &'static [&'static str],
}

/// Each is needed in a situation that the tests do not make under a role.
pub(super) const EXCUSED: &[Excuse] = &[
    Excuse {
        why: "an item that refers to the order of a UNI or ENNI by its purchase order number",
        grants: &["carrier-order-worker: dynamodb:GetItem on OrdersTable, PON#*"],
    },
    Excuse {
        why: "the eSIMs of a customer who has some",
        grants: &["operator: dynamodb:GetItem on OrdersTable, ESIM#*"],
    },
    Excuse {
        why: "a status response may be the first to name the Seller's order, and may leave no room in the history",
        grants: &[
            "carrier-status-api: dynamodb:PutItem on OrdersTable, ORDER#*",
            "carrier-status-api: dynamodb:PutItem on OrdersTable, SOLD#*",
        ],
    },
    Excuse {
        why: "of a caller with a token; tests of carrier-orders-api and carrier-status-api read it",
        grants: &["carrier-notifications-api: dynamodb:GetItem on OrdersTable, KEY#*"],
    },
    Excuse {
        why: "a message that is tried again after a delay of its own, as esim-worker and subscription-worker do in e2e",
        grants: &[
            "carrier-order-worker: sqs:ChangeMessageVisibility on CarrierWorkQueue",
            "batch-worker: sqs:ChangeMessageVisibility on BatchesQueue",
            "service-order-worker: sqs:ChangeMessageVisibility on ServiceWorkQueue",
            "notification-fanout: sqs:ChangeMessageVisibility on EventsQueue",
            "webhook-sender: sqs:ChangeMessageVisibility on DeliveriesQueue",
        ],
    },
    Excuse {
        why: "a delivery that is replayed; functions/webhooks-api/tests/endpoints.rs does it without a role",
        grants: &["webhooks-api: dynamodb:UpdateItem on OrdersTable, HOOK#*"],
    },
    Excuse {
        why: "deliveries that wait for a slot of their receiver; tests/process/deliveries does it without roles",
        grants: &[
            "webhook-sender: dynamodb:Query on OrdersTable/index/byDue, BACKLOG#*",
            "sweeper: dynamodb:Query on OrdersTable/index/byDue, BACKLOG#*",
        ],
    },
    Excuse {
        why: "an overdue carrier order; those of other kinds are swept in e2e by the same code",
        grants: &["sweeper: sqs:SendMessage on CarrierWorkQueue"],
    },
    Excuse {
        why: "a resolved eSIM order may add an eSIM, take it, or put its profile into quarantine",
        grants: &[
            "operator: dynamodb:PutItem on OrdersTable, ESIM#*",
            "operator: dynamodb:PutItem on OrdersTable, QUARANTINE#*",
            "operator: dynamodb:UpdateItem on OrdersTable, ESIM#*",
            "console-api: dynamodb:GetItem on OrdersTable, ESIM#*",
            "console-api: dynamodb:GetItem on OrdersTable, PROFILE#*",
            "console-api: dynamodb:PutItem on OrdersTable, ESIM#*",
            "console-api: dynamodb:PutItem on OrdersTable, QUARANTINE#*",
            "console-api: dynamodb:UpdateItem on OrdersTable, ESIM#*",
            "console-api: dynamodb:UpdateItem on OrdersTable, PROFILE#*",
        ],
    },
    Excuse {
        why: "a resolved order that has no room left in its history archives a part of it",
        grants: &[
            "operator: dynamodb:PutItem on OrdersTable, ORDER#*",
            "console-api: dynamodb:PutItem on OrdersTable, ORDER#*",
        ],
    },
    Excuse {
        why: "a deletion or a change of SIM that is resolved as completed takes the SIM out of service",
        grants: &[
            "operator: dynamodb:UpdateItem on OrdersTable, ICCID#*",
            "operator: dynamodb:UpdateItem on OrdersTable, IMSI#*",
            "console-api: dynamodb:PutItem on OrdersTable, ICCID#*",
            "console-api: dynamodb:UpdateItem on OrdersTable, ICCID#*",
            "console-api: dynamodb:UpdateItem on OrdersTable, IMSI#*",
            "console-api: dynamodb:DeleteItem on OrdersTable, IMSI#*",
        ],
    },
    Excuse {
        why: "a search by IMSI, which reads as one by number does",
        grants: &["console-api: dynamodb:GetItem on OrdersTable, IMSI#*"],
    },
    Excuse {
        why: "an order that is retried from the console, of another kind than ECC; the same code sends it",
        grants: &[
            "console-api: sqs:SendMessage on CarrierWorkQueue",
            "console-api: sqs:SendMessage on EsimWorkQueue",
            "console-api: sqs:SendMessage on ServiceWorkQueue",
        ],
    },
    Excuse {
        why: "dead letters of batches and service orders; those of the other queues are sent again and deleted by the same code",
        grants: &[
            "operator: sqs:DeleteMessage on BatchesDeadLetterQueue",
            "operator: sqs:SendMessage on BatchesQueue",
            "operator: sqs:DeleteMessage on ServiceWorkDeadLetterQueue",
            "operator: sqs:SendMessage on ServiceWorkQueue",
        ],
    },
    Excuse {
        why: "a cancelled change unlocks its subscription (shared/store/tests/store/canceling.rs does it without a role), and a cancelled creation releases its IMSI, as it does its number",
        grants: &[
            "provisioning-orders-api: dynamodb:DeleteItem on OrdersTable, IMSI#*",
            "provisioning-orders-api: dynamodb:UpdateItem on OrdersTable, ICCID#*",
            "service-order-worker: dynamodb:DeleteItem on OrdersTable, IMSI#*",
        ],
    },
    Excuse {
        why: "a request that is refused asks for the response under its key; subscriptions-api does it under its role",
        grants: &["provisioning-orders-api: dynamodb:GetItem on OrdersTable, IDEM#*"],
    },
];
