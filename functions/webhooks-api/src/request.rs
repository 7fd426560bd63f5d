use api::{
    json::parse_object,
    schema::{Kind, Object, object, optional, parsed, read, required},
};
use domain::{
    violation::Violations,
    webhook::{EndpointUrl, EventPattern, MAX_PATTERNS, Patterns},
};
use serde_json::Value;
use webhooks::Target;

const URL: Kind = parsed::<EndpointUrl>();
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
    /// The URL, as its owner wrote it and as it is called.
    pub(crate) url: Option<(EndpointUrl, Target)>,
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
        let mut violations = schema.check(&members).violations;
        let url: Option<EndpointUrl> = read::parsed(&members, "url");
        let url = url.and_then(|url| match Target::parse(url.as_str()) {
            Ok(target) => Some((url, target)),
            Err(error) => {
                violations.add("/url", error.to_string());
                None
            }
        });
        violations.into_result(())?;
        let texts = members.contains_key("events").then(|| read::items(&members, "events"));
        let events = texts.map(|texts| Patterns::parse("/events", texts.filter_map(Value::as_str)));
        Ok(Self { url, events: events.transpose()? })
    }
}
