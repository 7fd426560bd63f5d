//! The request bodies of both APIs as tables. Members that are not named are kept: the documents
//! let every resource be extended.

use api::schema::{Custom, Kind, Member, Object, object, optional, parsed, required, words};
use domain::service_order::{ItemAction, ItemId, MAX_ITEMS};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// The most characters of a text.
const LONGEST_TEXT: usize = 4_000;
/// The most characters of an id or a name.
const LONGEST_NAME: usize = 255;
/// The most entries of a list that is kept.
const MOST_ENTRIES: usize = 500;

const TEXT: Kind = Kind::OrNull(&Kind::Text(0, LONGEST_TEXT));
const NAME: Kind = Kind::OrNull(&Kind::Text(1, LONGEST_NAME));
const OBJECTS: Kind = Kind::OrNull(&Kind::List(0, MOST_ENTRIES, &Kind::Object(&ENTRY)));
const DATE: Kind = Kind::OrNull(&Kind::Custom(&DATE_TIME));
const OURS: Kind = Kind::Ours(&Kind::Any);

static ACTIONS: [&str; ItemAction::WORDS.len()] = words(&ItemAction::WORDS);

static DATE_TIME: Custom = Custom {
    check: |value| {
        let text = value.as_str().ok_or("must be a string")?;
        // In UTC it must be a year of four digits: it is stored and shown so.
        let date = OffsetDateTime::parse(text, &Rfc3339).ok();
        let date = date.and_then(|date| date.checked_to_offset(UtcOffset::UTC));
        let is_shown = |date: &OffsetDateTime| (0..=9999).contains(&date.year());
        date.filter(is_shown).map(drop).ok_or("a date and time (RFC 3339)")
    },
    schema: r#"{"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"}"#,
    beyond: true,
    examples: &["\"2026-12-01T08:00:00Z\""],
};

static ENTRY: Object = object("Entry", &[]).about("Kept as it is sent.").open();

static SPECIFICATION: Object = object(
    "ServiceSpecificationRef",
    &[required("id", Kind::Text(1, LONGEST_NAME))
        .about("`mobile-subscription`, `esim`, or of a nested item the id of a service.")
        .example(r#""mobile-subscription""#)],
)
.about("What kind of service.")
.open();

static CHARACTERISTIC: Object = object(
    "Characteristic",
    &[
        required("name", Kind::Text(1, LONGEST_NAME)).about("Its name.").example(r#""iccid""#),
        required("value", Kind::Any).about("Its value.").example(r#""89461177710001700003""#),
    ],
)
.about("A name and a value.")
.open();

const CHARACTERISTICS: Kind =
    Kind::OrNull(&Kind::List(0, MOST_ENTRIES, &Kind::Object(&CHARACTERISTIC)));

static SERVICE: Object = object(
    "ServiceRefOrValue",
    &[
        optional("id", NAME)
            .about("The subscription that is changed: `msisdn:…`, `iccid:…` or `imsi:…`.")
            .example(r#""msisdn:46708421488""#),
        optional("serviceSpecification", Kind::OrNull(&Kind::Object(&SPECIFICATION)))
            .about("What kind of service."),
        optional("serviceCharacteristic", CHARACTERISTICS).about("Its settings."),
    ],
)
.about("A service.")
.open();

static OFFERING: Object = object(
    "ProductOfferingRef",
    &[required("id", Kind::Text(1, LONGEST_NAME))
        .about("`mobile-subscription`, or the id of an eSIM product.")
        .example(r#""a3u3z000000PZBhAAO""#)],
)
.about("What is offered.")
.open();

static PRODUCT: Object = object(
    "ProductRefOrValue",
    &[
        optional("id", NAME)
            .about("The subscription that is changed: `msisdn:…`, `iccid:…` or `imsi:…`.")
            .example(r#""msisdn:46708421488""#),
        optional("productCharacteristic", CHARACTERISTICS).about("Its settings."),
    ],
)
.about("A product.")
.open();

static ITEM_REF: Object = object(
    "ServiceOrderItemRef",
    &[
        optional("itemId", NAME).about("The item.").example(r#""1""#),
        optional("id", NAME).about("The same, as some clients write it."),
        optional("serviceOrderId", NAME).about("Another order: kept, and not waited for."),
    ],
)
.about("An item of an order.")
.open();

static SERVICE_RELATIONSHIP: Object = object(
    "ServiceOrderItemRelationship",
    &[
        optional("relationshipType", NAME)
            .about(
                "`bundles` says nothing about the order of execution; with every other type the \
                    item waits for the other one.",
            )
            .example(r#""reliesOn""#),
        optional("orderItem", Kind::OrNull(&Kind::Object(&ITEM_REF))).about("The other item."),
    ],
)
.about("What an item has to do with another.")
.open();

static PRODUCT_RELATIONSHIP: Object = object(
    "OrderItemRelationship",
    &[
        optional("relationshipType", NAME)
            .about(
                "`bundles` says nothing about the order of execution; with every other type the \
                    item waits for the other one.",
            )
            .example(r#""reliesOn""#),
        optional("id", NAME).about("The other item.").example(r#""1""#),
    ],
)
.about("What an item has to do with another.")
.open();

const ID: Member = required("id", parsed::<ItemId>()).about("Unique within the order.");
const ACTION: Member = required("action", Kind::Word(&ACTIONS, &[])).about("What to do.");
const STATE: Member = optional("state", OURS).about("Set by the server.");

static NESTED_SERVICE_ITEM: Object = object(
    "NestedServiceOrderItem",
    &[
        ID,
        ACTION,
        required("service", Kind::Object(&SERVICE)).about("A service of the subscription."),
        optional(
            "serviceOrderItemRelationship",
            Kind::OrNull(&Kind::List(0, MAX_ITEMS, &Kind::Object(&SERVICE_RELATIONSHIP))),
        )
        .about("What it waits for."),
        optional("serviceOrderItem", Kind::Absent("items are nested in one level")),
        STATE,
    ],
)
.about("An item within another: it begins when that one is done.")
.open();

static SERVICE_ITEM: Object = object(
    "ServiceOrderItemRequest",
    &[
        ID,
        ACTION,
        required("service", Kind::Object(&SERVICE)).about("What it is about."),
        optional(
            "serviceOrderItemRelationship",
            Kind::OrNull(&Kind::List(0, MAX_ITEMS, &Kind::Object(&SERVICE_RELATIONSHIP))),
        )
        .about("What it waits for."),
        optional(
            "serviceOrderItem",
            Kind::OrNull(&Kind::List(0, MAX_ITEMS, &Kind::Object(&NESTED_SERVICE_ITEM))),
        )
        .about("Items within it: services of its subscription."),
        STATE,
    ],
)
.about("An item.")
.open();

static NESTED_PRODUCT_ITEM: Object = object(
    "NestedProductOrderItem",
    &[
        ID,
        ACTION,
        optional("productOffering", Kind::OrNull(&Kind::Object(&OFFERING))).about("The service."),
        optional("product", Kind::OrNull(&Kind::Object(&PRODUCT))).about("Its settings."),
        optional(
            "productOrderItemRelationship",
            Kind::OrNull(&Kind::List(0, MAX_ITEMS, &Kind::Object(&PRODUCT_RELATIONSHIP))),
        )
        .about("What it waits for."),
        optional("productOrderItem", Kind::Absent("items are nested in one level")),
        STATE,
    ],
)
.about("An item within another: it begins when that one is done.")
.open();

static PRODUCT_ITEM: Object = object(
    "ProductOrderItemRequest",
    &[
        ID,
        ACTION,
        optional("productOffering", Kind::OrNull(&Kind::Object(&OFFERING)))
            .about("What is ordered."),
        optional("product", Kind::OrNull(&Kind::Object(&PRODUCT))).about("What it is about."),
        optional(
            "productOrderItemRelationship",
            Kind::OrNull(&Kind::List(0, MAX_ITEMS, &Kind::Object(&PRODUCT_RELATIONSHIP))),
        )
        .about("What it waits for."),
        optional(
            "productOrderItem",
            Kind::OrNull(&Kind::List(0, MAX_ITEMS, &Kind::Object(&NESTED_PRODUCT_ITEM))),
        )
        .about("Items within it: services of its subscription."),
        STATE,
    ],
)
.about("An item.")
.open();

static PARTY: Object = object(
    "RelatedParty",
    &[required("id", Kind::Text(1, LONGEST_NAME)).about("The party.").example(r#""customer-1""#)],
)
.about("A party that has to do with the order.")
.open();

/// The members that an order of either API has besides its items, and those that are ours.
macro_rules! order {
    ($name:literal, $($own:expr),+ $(,)?) => {
        object(
            $name,
            &[
                $($own,)+
                optional("externalId", NAME)
                    .about("The client's id of the order: one order has it."),
                optional("description", TEXT).about("For people."),
                optional("category", TEXT).about("For people."),
                optional("priority", TEXT).about("For people."),
                optional("notificationContact", TEXT).about("For people."),
                optional("requestedStartDate", DATE).about("No item begins before this."),
                optional("requestedCompletionDate", DATE).about("Kept as it is sent."),
                optional("note", OBJECTS).about("Kept as they are sent."),
                optional("id", OURS).about("Set by the server."),
                optional("href", OURS).about("Set by the server."),
                optional("state", OURS).about("Set by the server."),
                optional("orderDate", OURS).about("Set by the server."),
                optional("startDate", OURS).about("Set by the server."),
                optional("completionDate", OURS).about("Set by the server."),
                optional("expectedCompletionDate", OURS).about("Set by the server."),
                optional("errorMessage", OURS).about("Set by the server."),
                optional("jeopardyAlert", OURS).about("Set by the server."),
                optional("milestone", OURS).about("Set by the server."),
            ],
        )
        .open()
    };
}

/// What is ours of an order: whatever a client sends of it is ignored.
pub(super) const OUR_MEMBERS: [&str; 10] = [
    "id",
    "href",
    "state",
    "orderDate",
    "startDate",
    "completionDate",
    "expectedCompletionDate",
    "errorMessage",
    "jeopardyAlert",
    "milestone",
];

/// What is ours of an item.
pub(super) const OUR_ITEM_MEMBERS: [&str; 2] = ["state", "errorMessage"];

/// The name that version 3 of the documents has for the items.
pub(super) const OLD_ITEMS: &str = "orderItem";

const SERVICE_ITEMS: Kind = Kind::List(1, MAX_ITEMS, &Kind::Object(&SERVICE_ITEM));
const PRODUCT_ITEMS: Kind = Kind::List(1, MAX_ITEMS, &Kind::Object(&PRODUCT_ITEM));

/// `POST serviceOrder`.
pub static SERVICE_ORDER: Object = order!(
    "ServiceOrderRequest",
    required("serviceOrderItem", SERVICE_ITEMS)
        .or_named(&[(OLD_ITEMS, true)])
        .about("The items, nested ones included at most 100."),
    optional("relatedParty", OBJECTS).about("Kept as they are sent."),
)
.about("An order.")
.example(
    r#"{"externalId": "PO-1", "serviceOrderItem": [{"id": "1", "action": "add", "service": {
        "serviceSpecification": {"id": "mobile-subscription"}, "serviceCharacteristic": [
        {"name": "iccid", "value": "89461177710001700003"}]}}]}"#,
);

/// `PATCH serviceOrder/{id}`.
pub static SERVICE_ORDER_PATCH: Object = order!(
    "ServiceOrderPatch",
    optional("serviceOrderItem", SERVICE_ITEMS)
        .about("All items: those that have begun unchanged."),
    optional("relatedParty", OBJECTS).about("Kept as they are sent."),
)
.about("New values (RFC 7396): null removes a member.")
.not_empty("at least one member to change")
.example(r#"{"description": "For the branch in Porto"}"#);

/// `POST productOrder`.
pub static PRODUCT_ORDER: Object = order!(
    "ProductOrderRequest",
    required("productOrderItem", PRODUCT_ITEMS)
        .or_named(&[(OLD_ITEMS, true)])
        .about("The items, nested ones included at most 100."),
    required("relatedParty", Kind::List(1, MOST_ENTRIES, &Kind::Object(&PARTY)))
        .about("Who has to do with the order."),
)
.about("An order.")
.example(
    r#"{"externalId": "PO-1", "relatedParty": [{"id": "customer-1"}], "productOrderItem": [
        {"id": "1", "action": "add", "productOffering": {"id": "mobile-subscription"},
        "product": {"productCharacteristic": [
        {"name": "iccid", "value": "89461177710001700003"}]}}]}"#,
);

/// `PATCH productOrder/{id}`.
pub static PRODUCT_ORDER_PATCH: Object = order!(
    "ProductOrderPatch",
    optional("productOrderItem", PRODUCT_ITEMS)
        .about("All items: those that have begun unchanged."),
    optional("relatedParty", Kind::List(1, MOST_ENTRIES, &Kind::Object(&PARTY)))
        .about("Who has to do with the order."),
)
.about("New values (RFC 7396): null removes a member.")
.not_empty("at least one member to change")
.example(r#"{"description": "For the branch in Porto"}"#);

macro_rules! cancel {
    ($name:literal, $order:literal) => {
        object(
            $name,
            &[
                required($order, Kind::Object(&ORDER_REF)).about("The order."),
                optional("cancellationReason", TEXT).about("Why."),
                optional("requestedCancellationDate", DATE).about("Kept and shown."),
                optional("state", OURS).about("Set by the server."),
            ],
        )
        .about("A request to cancel an order.")
        .open()
    };
}

static ORDER_REF: Object = object(
    "OrderRef",
    &[required("id", Kind::Text(1, LONGEST_NAME))
        .about("Its id.")
        .example(r#""0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6""#)],
)
.about("An order.")
.open();

/// `POST cancelServiceOrder`.
pub static CANCEL_SERVICE_ORDER: Object = cancel!("CancelServiceOrderRequest", "serviceOrder");

/// `POST cancelProductOrder`.
pub static CANCEL_PRODUCT_ORDER: Object = cancel!("CancelProductOrderRequest", "productOrder");
