use api::{
    json::parse_object,
    schema::{Kind, Object, object, optional, parsed, read, required},
};
use domain::{
    violation::Violations,
    webhook::{EventPattern, MAX_PATTERNS, Patterns},
};
use endpoints::CalledUrl;
use serde_json::Value;

const URL: Kind = parsed::<CalledUrl>();
const URL_TEXT: &str = "https, port 443 or 8443, a public name or address.";
const EVENTS: Kind = Kind::List(1, MAX_PATTERNS, &parsed::<EventPattern>());
const EVENTS_TEXT: &str = "`*`, a family such as `order.*`, or a type such as `order.completed`.";

/// `POST /webhooks`.
pub(crate) static CREATE_WEBHOOK: Object = object(
    "CreateWebhookRequest",
    &[
        required("url", URL).about(URL_TEXT),
        required("events", EVENTS).about(EVENTS_TEXT).example(r#"["order.*"]"#),
    ],
)
.about("An endpoint to register.")
.example(r#"{"url": "https://example.com/orderwire", "events": ["order.*"]}"#);

/// `PATCH /webhooks/{id}`: a JSON Merge Patch (RFC 7396).
pub(crate) static CHANGE_WEBHOOK: Object = object(
    "ChangeWebhookRequest",
    &[
        optional("url", URL).about(URL_TEXT),
        optional("events", EVENTS).about(EVENTS_TEXT).example(r#"["order.*"]"#),
    ],
)
.about("New values of an endpoint: a member that is absent stays as it is.")
.example(r#"{"events": ["order.completed"]}"#);

/// What a request says of an endpoint.
pub(crate) struct EndpointBody {
    /// The URL.
    pub(crate) url: Option<CalledUrl>,
    /// Its event patterns.
    pub(crate) events: Option<Patterns>,
}

impl EndpointBody {
    /// Reads a whole endpoint: every member must be there.
    pub(crate) fn whole(body: &[u8]) -> Result<Self, Violations> {
        Self::read(body, true)
    }

    /// Reads a JSON Merge Patch (RFC 7396) of an endpoint. No member can be removed.
    pub(crate) fn patch(body: &[u8]) -> Result<Self, Violations> {
        Self::read(body, false)
    }

    fn read(body: &[u8], is_whole: bool) -> Result<Self, Violations> {
        let members = parse_object(body)?;
        let schema = if is_whole { &CREATE_WEBHOOK } else { &CHANGE_WEBHOOK };
        schema.validate(&members)?;
        let url = read::parsed(&members, "url");
        let texts = members.contains_key("events").then(|| read::items(&members, "events"));
        let events = texts.map(|texts| Patterns::parse("/events", texts.filter_map(Value::as_str)));
        Ok(Self { url, events: events.transpose()? })
    }
}
