//! The request bodies of the eSIM API and of the ES2+ callback as tables.

use std::str::FromStr;

use api::schema::{Custom, Depends, Kind, Object, Rule, object, optional, parsed, required, words};
use domain::{
    esim::{
        CountryCode, Currency, DeviceType, Eid, Email, EsimIccid, EsimOperationKind,
        MAX_SUBSCRIPTIONS, Price, ProductId, ReadActivationDateError,
    },
    numbering::Iccid,
    text::Described,
};
use serde_json::Value;
use thiserror::Error;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// The most characters of a name, a model and the like.
const LONGEST_TEXT: usize = 255;
/// The most characters of a date.
const LONGEST_DATE: usize = 64;
/// RFC 3339, section 5.6, where any character may separate date and time.
const DATE_TIME: &str = concat!(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[\s\S][0-9]{2}:[0-9]{2}:[0-9]{2}",
    r"(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
);

/// The names of a product: the preferred one, that of the seed's examples, the deprecated one.
pub(super) const PRODUCT_NAMES: [&str; 3] = ["product_id", "allowanceId", "id"];

static OPERATIONS: [&str; EsimOperationKind::WORDS.len()] = words(&EsimOperationKind::WORDS);
const TOPUP: &[&str] = &["TOPUP", "TOPUP_ACTIVATION"];
const NEW_ESIM: &[&str] = &["NEW_ESIM"];

/// `POST v1/order`.
pub static ESIM_ORDER: Object = object(
    "EsimOrderRequest",
    &[required("input", Kind::Object(&INPUT)).about("What is ordered.")],
)
.about("An order.")
.open()
.example(
    r#"{"input": {"operationType": "NEW_ESIM", "countryCode": "PT",
        "customer": {"email": "john@doe.com"}, "device": {"type": "ios"},
        "subscriptions": [{"product_id": "a3u3z000000PZBhAAO"}]}}"#,
);

static INPUT: Object = object(
    "EsimInput",
    &[
        required("operationType", Kind::Word(&OPERATIONS, &[]))
            .about("`TOPUP_ACTIVATION` is deprecated and means `TOPUP`."),
        required("countryCode", parsed::<CountryCode>()).about("The country of the order."),
        required("customer", Kind::Object(&CUSTOMER)).about("Whom it is for."),
        required("device", Kind::Depends(&DEVICE_OF_OPERATION)).about("What it is for."),
        required("subscriptions", Kind::List(1, MAX_SUBSCRIPTIONS, &Kind::Object(&PLAN)))
            .about("All of them or none."),
        optional("esim", Kind::Depends(&ESIM_OF_OPERATION)).about("Of a top-up: the eSIM."),
    ],
)
.about("What is ordered. Members that are not described here are kept and mean nothing.")
.open()
.rules(&[Rule::When {
    member: "operationType",
    is: TOPUP,
    needs: "esim",
    message: Some("required"),
}]);

static CUSTOMER: Object = object(
    "EsimCustomer",
    &[
        required("email", parsed::<Email>())
            .about("Identifies the customer; for TOPUP that of the eSIM's first order."),
        optional("firstName", SHORT_TEXT).about("First name."),
        optional("lastName", SHORT_TEXT).about("Last name."),
        optional("language", SHORT_TEXT).about("Language."),
        optional("countryOfResidence", Kind::OrNull(&parsed::<CountryCode>()))
            .about("Where the customer lives."),
    ],
)
.about("A customer. NEW_ESIM creates an unknown one.")
.open();

const SHORT_TEXT: Kind = Kind::OrNull(&Kind::Text(0, LONGEST_TEXT));

static DEVICE_OF_OPERATION: Depends = Depends {
    on: "operationType",
    is: TOPUP,
    then: &Kind::Object(&TOPUP_DEVICE),
    otherwise: &Kind::Object(&DEVICE),
    shown: &Kind::Object(&DEVICE),
};

const DEVICE_TYPES: [&str; 3] = device_types(DeviceType::allowed(EsimOperationKind::NewEsim));
const TOPUP_DEVICE_TYPES: [&str; 2] = device_types(DeviceType::allowed(EsimOperationKind::Topup));

const fn device_types<const N: usize>(types: &[DeviceType]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut n = 0;
    while n < N {
        words[n] = types[n].as_str();
        n += 1;
    }
    assert!(types.len() == N, "every type");
    words
}

macro_rules! device {
    ($name:literal, $types:expr) => {
        object(
            $name,
            &[
                required("type", Kind::Word($types, &[]))
                    .about("What kind of device.")
                    .example(r#""ios""#),
                optional("id", SHORT_TEXT)
                    .about("The caller's own name for it.")
                    .aliases(&[("product_id", false)], "differs from id, of which it is an alias"),
                optional("model", SHORT_TEXT).about("Its model."),
                optional("make", SHORT_TEXT).about("Its manufacturer."),
                optional("eid", Kind::OrNull(&parsed::<Eid>()))
                    .about("Binds the profile to this chip."),
            ],
        )
        .open()
    };
}

static DEVICE: Object = device!("EsimDevice", &DEVICE_TYPES).about("A device.");
static TOPUP_DEVICE: Object =
    device!("EsimTopupDevice", &TOPUP_DEVICE_TYPES).about("A device that can be topped up.");

static ESIM_OF_OPERATION: Depends = Depends {
    on: "operationType",
    is: TOPUP,
    then: &Kind::Object(&ESIM),
    otherwise: &Kind::Depends(&Depends {
        on: "operationType",
        is: NEW_ESIM,
        then: &Kind::OrNull(&Kind::Object(&NO_ESIM)),
        otherwise: &Kind::OrNull(&Kind::Any),
        shown: &Kind::OrNull(&Kind::Any),
    }),
    shown: &Kind::OrNull(&Kind::Object(&ANY_ESIM)),
};

static ESIM: Object =
    object("EsimToTopUp", &[required("iccid", parsed::<EsimIccid>()).about("Its number.")])
        .about("An eSIM: the `output.iccid` of its first order.")
        .open();
static NO_ESIM: Object = object("NoEsim", &[optional("iccid", Kind::Absent("only for TOPUP"))])
    .about("A new eSIM has no number yet.")
    .open();
static ANY_ESIM: Object =
    object("Esim", &[optional("iccid", parsed::<EsimIccid>()).about("Its number.")])
        .about("An eSIM.")
        .open();

static PLAN: Object = object(
    "EsimPlanRequest",
    &[
        required("product_id", parsed::<ProductId>())
            .about("A product of the caller's catalogue.")
            .aliases(
                &[(PRODUCT_NAMES[1], true), (PRODUCT_NAMES[2], false)],
                "differs from the other name of the product",
            ),
        optional("activationDate", Kind::OrNull(&parsed::<ActivationText>()))
            .about("RFC 3339, not in the past; now when left out."),
        optional("price", Kind::OrNull(&Kind::Custom(&PRICE)))
            .about("With `currency`, or neither.")
            .example("9.9"),
        optional("currency", Kind::OrNull(&parsed::<Currency>()))
            .about("One of the caller's currencies."),
    ],
)
.about("A plan.")
.open()
.rules(&[Rule::With("price", &["currency"]), Rule::With("currency", &["price"])]);

/// A number, or a string that holds one; how it was written is checked on the text of the body.
pub(super) static PRICE: Custom = Custom {
    check: |value| match value {
        Value::Number(number) => match number.as_f64() {
            Some(0.0..1e12) => Ok(()),
            _ => Err(NO_PRICE),
        },
        Value::String(text) => Price::validate(text).map_err(|_| NO_PRICE),
        _ => Err(NO_PRICE),
    },
    schema: r#"{"type": ["number", "string"], "minimum": 0, "exclusiveMaximum": 1000000000000,
        "pattern": "^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,6})?$",
        "description": "At most 12 digits before and 6 after the point, by the value: the number 1e2 is 100. A string has no exponent."}"#,
    beyond: true,
    examples: &["9.9", "\"9.90\"", "0"],
};
const NO_PRICE: &str =
    "a decimal number from 0, at most 12 digits and 6 decimals; as a string, without exponent";

/// The text of an activation date, which may be past.
pub(super) struct ActivationText;

impl ActivationText {
    pub(super) fn is_valid(text: &str) -> bool {
        Self::validate(text).is_ok()
    }
}

/// The text is no date.
#[derive(Debug, Error)]
pub(super) enum DateError {
    #[error("must have 0 to {LONGEST_DATE} characters")]
    TooLong,
    #[error("{0}")]
    Activation(ReadActivationDateError),
    #[error("must be a date and time of RFC 3339")]
    Form,
}

fn date_time(text: &str, form: DateError) -> Result<OffsetDateTime, DateError> {
    if text.chars().count() > LONGEST_DATE {
        return Err(DateError::TooLong);
    }
    let parsed = OffsetDateTime::parse(text, &Rfc3339).ok();
    parsed.and_then(|at| at.checked_to_offset(UtcOffset::UTC)).ok_or(form)
}

impl FromStr for ActivationText {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        date_time(text, DateError::Activation(ReadActivationDateError::Form)).map(|_| Self)
    }
}

impl Described for ActivationText {
    const PATTERN: &'static str = DATE_TIME;
    const LENGTH: (usize, usize) = (20, LONGEST_DATE);
    const FORMAT: Option<&'static str> = Some("date-time");
    const BEYOND: Option<&'static str> = Some("A date of the calendar.");
    const EXAMPLE: &'static str = "2030-09-13T12:00:00Z";
}

/// When something happened, in UTC.
pub(super) struct Timestamp(pub(super) OffsetDateTime);

impl FromStr for Timestamp {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        date_time(text, DateError::Form).map(Self)
    }
}

impl Described for Timestamp {
    const PATTERN: &'static str = DATE_TIME;
    const LENGTH: (usize, usize) = (20, LONGEST_DATE);
    const FORMAT: Option<&'static str> = Some("date-time");
    const BEYOND: Option<&'static str> = Some("A date of the calendar.");
    const EXAMPLE: &'static str = "2030-09-13T12:00:00Z";
}

/// How an execution ended (SGP.22, 6.5.1.4); true is well.
pub(super) const EXECUTIONS: [(&str, bool); 4] = [
    ("Executed-Success", true),
    ("Executed-WithWarning", true),
    ("Failed", false),
    ("Expired", false),
];
static EXECUTION_WORDS: [&str; EXECUTIONS.len()] = words(&EXECUTIONS);

/// ES2+ HandleDownloadProgressInfo (SGP.22, 6.5.2.6). Members that mean nothing here are not
/// looked at.
pub static DOWNLOAD_PROGRESS: Object = object(
    "HandleDownloadProgressInfo",
    &[
        required("iccid", parsed::<Iccid>()).about("The profile."),
        optional("eid", Kind::OrNull(&parsed::<Eid>())).about("The chip."),
        required("notificationPointId", Kind::Custom(&POINT))
            .about("1 eligibility check, 2 confirmation, 3 package downloaded, 4 installed.")
            .example("4"),
        required("timestamp", parsed::<Timestamp>())
            .about("When.")
            .or_named(&[("timeStamp", false)]),
        required("notificationPointStatus", Kind::Object(&POINT_STATUS)).about("How that went."),
    ],
)
.about("How far a download has come (SGP.22, 6.5.2.6).")
.open()
.example(
    r#"{"header": {"functionRequesterIdentifier": "1.2", "functionCallIdentifier": "TX"},
        "iccid": "89461177710001700003", "profileType": "consumer",
        "timestamp": "2030-09-13T12:00:00Z", "notificationPointId": 4,
        "notificationPointStatus": {"status": "Executed-Success"}}"#,
);

static POINT: Custom = Custom {
    check: |value| match super::progress::point(value) {
        Some(_) => Ok(()),
        None => Err("must be an integer from 1 to 4"),
    },
    schema: r#"{"type": ["integer", "string"], "minimum": 1, "maximum": 4,
        "pattern": "^\\+?0*[1-4]$"}"#,
    beyond: false,
    examples: &["1", "4", "\"3\""],
};

static POINT_STATUS: Object = object(
    "NotificationPointStatus",
    &[
        required("status", Kind::Word(&EXECUTION_WORDS, &[])).about("Whether it went well."),
        optional("statusCodeData", Kind::OrNull(&Kind::Object(&STATUS_CODE)))
            .about("What stopped it."),
    ],
)
.about("How an execution ended (SGP.22, 6.5.1.4).")
.open();

/// A code that makes no sense explains nothing: the failure counts without it.
static STATUS_CODE: Object = object(
    "StatusCodeData",
    &[
        optional("subjectCode", Kind::OrNull(&Kind::Any)).about("Of what.").example(r#""8.1""#),
        optional("reasonCode", Kind::OrNull(&Kind::Any)).about("Why.").example(r#""4.8""#),
    ],
)
.about("Two dotted numbers of SGP.22, 5.2.6.")
.open();
