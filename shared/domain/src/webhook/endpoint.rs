use std::{collections::BTreeSet, fmt, str::FromStr};

use thiserror::Error;
use time::OffsetDateTime;
use uuid::Builder;

use super::{EventType, Health, HubEvent, Secrets};
use crate::{
    clock::RandomSource,
    identity::Tenant,
    service_order::Face,
    text::{Described, texts},
    violation::Violations,
};

/// The most endpoints a tenant may have.
pub const MAX_ENDPOINTS: u8 = 10;

/// The most patterns an endpoint may have.
pub const MAX_PATTERNS: usize = 20;

texts! {
    /// Names an endpoint: `we_` and 32 hexadecimal digits, time-ordered; or `party_` and the
    /// digits of a party's id, for what is pushed to a carrier.
    EndpointId, 206, "A-Z a-z 0-9 _ -", "A-Za-z0-9_-", "we_0192f0c1a2b37d4e8f90a1b2c3d4e5f6",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    /// Where an endpoint listens, as it was registered. Which URLs may be registered and called
    /// is not decided here: `webhooks::Target` reads it, before storing and before each call.
    EndpointUrl, 2048, "printable ASCII without blank and #", "!-\"$-~",
        "https://example.com/orderwire",
        |b| b.is_ascii_graphic() && b != b'#';
}

impl EndpointId {
    /// A new id. Ids of later milliseconds sort later.
    pub fn new(now: OffsetDateTime, random: &dyn RandomSource) -> Self {
        let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let (high, low) = (random.generate().to_be_bytes(), random.generate().to_be_bytes());
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high);
        random[8..].copy_from_slice(&low[..2]);
        let uuid = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Self(format!("we_{}", uuid.as_simple()))
    }
}

/// What an endpoint wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventPattern {
    /// `*`: everything.
    Everything,
    /// `order.*`: every type that begins like this one.
    FamilyOf(EventType),
    /// `order.completed`: one type.
    Only(EventType),
    /// An event of a TM Forum hub, in its envelope. Registered by `POST hub` alone.
    Hub(HubEvent),
}

impl EventPattern {
    /// Whether it covers an event.
    pub fn matches(self, event: EventType) -> bool {
        match self {
            Self::Everything => true,
            Self::FamilyOf(member) => member.family() == event.family(),
            Self::Only(only) => only == event,
            Self::Hub(_) => false,
        }
    }

    /// The pattern that was written so.
    ///
    /// # Errors
    /// None was.
    pub fn from_stored(text: &str) -> Result<Self, ParsePatternError> {
        HubEvent::from_name(text).map_or_else(|| text.parse(), |event| Ok(Self::Hub(event)))
    }
}

/// The text covers no event there is: a slip in it would mean silence for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be *, a family such as order.*, or a type such as order.completed")]
pub struct ParsePatternError;

impl FromStr for EventPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        let mut types = EventType::ALL.into_iter();
        match text.strip_suffix(".*") {
            Some(family) => types.find(|event| event.family() == family).map(Self::FamilyOf),
            None => types.find(|event| event.as_str() == text).map(Self::Only),
        }
        .ok_or(ParsePatternError)
    }
}

impl Described for EventPattern {
    const PATTERN: &'static str = concat!(
        r"^(\*|webhook\.(\*|test|disabled)|order\.(\*|accepted|in_progress|pending|held|completed",
        "|partial|canceled|rejected|failed|assessing_cancellation|pending_cancellation))$",
    );
    const LENGTH: (usize, usize) = (1, 28);
    const EXAMPLE: &'static str = "order.*";
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::FamilyOf(member) => write!(f, "{}.*", member.family()),
            Self::Only(event) => event.fmt(f),
            Self::Hub(event) => event.fmt(f),
        }
    }
}

/// Everything an endpoint wants to hear: at least one pattern, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(BTreeSet<EventPattern>);

impl Patterns {
    /// Reads a list of patterns, found at `pointer` in the request.
    ///
    /// # Errors
    /// Every pattern that covers nothing; a list of none or of more than [`MAX_PATTERNS`].
    pub fn parse<'a>(
        pointer: &str,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let mut patterns = BTreeSet::new();
        let mut count = 0;
        for text in texts {
            match text.parse() {
                Ok(pattern) => {
                    patterns.insert(pattern);
                }
                Err(error) if count < MAX_PATTERNS => {
                    let error: ParsePatternError = error;
                    violations.add(format!("{pointer}/{count}"), error.to_string());
                }
                Err(_) => {}
            }
            count += 1;
        }
        if !(1..=MAX_PATTERNS).contains(&count) {
            violations.add(pointer, format!("must have 1 to {MAX_PATTERNS} patterns"));
        }
        violations.into_result(Self(patterns))
    }

    /// The patterns that were stored so.
    ///
    /// # Errors
    /// One of them covers nothing.
    pub fn from_stored<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ParsePatternError> {
        texts.into_iter().map(EventPattern::from_stored).collect::<Result<_, _>>().map(Self)
    }

    /// Those of a subscription of a hub, to at least one event.
    pub fn of_hub(events: impl IntoIterator<Item = HubEvent>) -> Self {
        Self(events.into_iter().map(EventPattern::Hub).collect())
    }

    /// The events of a hub among them.
    pub fn hub_events(&self) -> impl Iterator<Item = HubEvent> {
        self.iter().filter_map(|pattern| match pattern {
            EventPattern::Hub(event) => Some(event),
            _ => None,
        })
    }

    /// The API whose hub they are of; none are those of other endpoints.
    pub fn hub(&self) -> Option<Face> {
        self.hub_events().next().map(|event| event.face)
    }

    /// Whether any of them covers an event.
    pub fn matches(&self, event: EventType) -> bool {
        self.0.iter().any(|pattern| pattern.matches(event))
    }

    /// The patterns, sorted.
    pub fn iter(&self) -> impl Iterator<Item = EventPattern> {
        self.0.iter().copied()
    }
}

/// A URL at which a client receives messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its own id.
    pub id: EndpointId,
    /// Whose orders it hears of (invariant 6).
    pub tenant: Tenant,
    /// Where it listens.
    pub url: EndpointUrl,
    /// What it wants to hear.
    pub events: Patterns,
    /// What its messages are signed with.
    pub secrets: Secrets,
    /// How its deliveries have gone lately.
    pub health: Health,
    /// When it was registered.
    pub created_at: OffsetDateTime,
    /// Rises by one on each write.
    pub revision: u64,
}

impl Endpoint {
    /// Whether a delivery is to be made to it for this event.
    pub fn wants(&self, event: EventType) -> bool {
        !self.health.is_disabled()
            && (event == EventType::WebhookTest || self.events.matches(event))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    struct Fixed(u64);

    impl RandomSource for Fixed {
        fn generate(&self) -> u64 {
            self.0
        }
    }

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns::parse("/events", texts.iter().copied()).unwrap()
    }

    #[test]
    fn the_documented_pattern_names_every_type() {
        let named: BTreeSet<String> = ["webhook", "order"]
            .iter()
            .flat_map(|family| {
                let (_, rest) = EventPattern::PATTERN.split_once(&format!("{family}\\.(")).unwrap();
                let (words, _) = rest.split_once(')').unwrap();
                words.split('|').filter(|word| *word != "\\*").map(move |w| format!("{family}.{w}"))
            })
            .collect();
        let types = EventType::ALL.iter().map(|event| event.as_str().to_owned());
        assert_eq!(named, types.collect());
        let longest = EventType::ALL.iter().map(|event| event.as_str().len()).max();
        assert!(longest.unwrap() <= EventPattern::LENGTH.1);
    }

    #[test]
    fn an_id_sorts_by_time_and_can_be_read_back() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let (first, second) = (
            EndpointId::new(now, &Fixed(u64::MAX)),
            EndpointId::new(now + time::Duration::MILLISECOND, &Fixed(0)),
        );
        assert!(first < second);
        assert!(first.as_str().starts_with("we_") && first.as_str().len() == 35, "{first}");
        assert_eq!(first.as_str().parse(), Ok(first));
    }

    #[test]
    fn a_star_a_family_and_a_type_match_what_they_say() {
        for event in EventType::ALL {
            let is_order = event.as_str().starts_with("order.");
            assert!(patterns(&["*"]).matches(event));
            assert_eq!(patterns(&["order.*"]).matches(event), is_order, "{event}");
            assert_eq!(patterns(&["webhook.*"]).matches(event), !is_order, "{event}");
            for other in EventType::ALL {
                assert_eq!(patterns(&[other.as_str()]).matches(event), other == event);
            }
        }
    }

    #[test]
    fn events_of_a_hub_are_stored_and_not_to_be_had_otherwise() {
        for event in Face::ALL.into_iter().flat_map(HubEvent::all) {
            let hub = Patterns::of_hub([event]);
            let texts: Vec<String> = hub.iter().map(|pattern| pattern.to_string()).collect();
            assert_eq!(Patterns::from_stored(texts.iter().map(String::as_str)), Ok(hub.clone()));
            assert_eq!(hub.hub(), Some(event.face));
            assert_eq!(event.as_str().parse::<EventPattern>(), Err(ParsePatternError));
            assert!(EventType::ALL.iter().all(|event| !hub.matches(*event)));
        }
        let other = Patterns::from_stored(["order.*"]);
        assert_eq!(other, Ok(patterns(&["order.*"])));
        assert_eq!(patterns(&["*"]).hub(), None);
        assert_eq!(Patterns::from_stored(["order.*", "x"]), Err(ParsePatternError));
    }

    #[test]
    fn a_pattern_is_written_as_it_was_read() {
        for text in ["*", "order.*", "webhook.*", "order.completed", "order.in_progress"] {
            assert_eq!(text.parse::<EventPattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_pattern_that_covers_nothing_is_refused() {
        for text in ["", ".", "order", "order.", "order.**", "order.complete", "*.completed", ".*"]
        {
            assert_eq!(text.parse::<EventPattern>(), Err(ParsePatternError), "{text}");
        }
    }

    #[test]
    fn every_wrong_pattern_is_told_with_its_place() {
        let wrong = Patterns::parse("/events", ["order.*", "oder.*", "*", "x"]).unwrap_err();
        let places: Vec<_> = wrong.iter().map(|v| v.pointer.as_str()).collect();
        assert_eq!(places, ["/events/1", "/events/3"]);
        assert!(Patterns::parse("/events", []).is_err());
        assert!(Patterns::parse("/events", ["*"; MAX_PATTERNS]).is_ok());
        assert!(Patterns::parse("/events", ["*"; MAX_PATTERNS + 1]).is_err());
        let many = Patterns::parse("/events", vec!["x"; 100_000]).unwrap_err();
        assert_eq!(many.iter().count(), MAX_PATTERNS + 1);
    }
}
