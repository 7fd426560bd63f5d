use api::json::{ObjectReader, parse_object};
use domain::{
    violation::Violations,
    webhook::{EndpointUrl, MAX_PATTERNS, Patterns},
};
use webhooks::Target;

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
        let mut violations = Violations::new();
        let mut reader = ObjectReader::new(&members, &mut violations);
        let url: Option<EndpointUrl> = match is_whole {
            true => reader.required("url", |value| value.parse()),
            false => reader.optional("url", |value| value.parse()),
        };
        let url = url.and_then(|url| match Target::parse(url.as_str()) {
            Ok(target) => Some((url, target)),
            Err(error) => {
                reader.refuse("url", error.to_string());
                None
            }
        });
        let texts = match is_whole {
            true => reader.required("events", |value| {
                value.array(1..=MAX_PATTERNS, |item| item.text(1..=64))
            }),
            false => reader.optional("events", |value| {
                value.array(1..=MAX_PATTERNS, |item| item.text(1..=64))
            }),
        };
        reader.deny_unknown();
        let events = texts.and_then(|texts| match Patterns::parse("/events", texts) {
            Ok(patterns) => Some(patterns),
            Err(wrong) => {
                for violation in wrong.iter() {
                    violations.add(violation.pointer.clone(), violation.message.clone());
                }
                None
            }
        });
        violations.into_result(Self { url, events })
    }
}
