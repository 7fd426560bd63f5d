//! Conditional requests (RFC 9110, section 13): entity tags. No resource has a modification date, so
//! conditions by date are ignored (sections 13.1.3 and 13.1.4).

use http::{HeaderMap, Method, header, header::HeaderName};

use super::{ApiRequest, Problem};

/// What a compressed response adds to the opaque part of its tag: it is another representation, but
/// of the same state of the resource (section 8.8.3.3).
pub(super) const GZIP_SUFFIX: &str = "-gzip";

/// An entity tag: `"7"`, or weak, `W/"7"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EntityTag<'a> {
    weak: bool,
    /// With its quotes.
    opaque: &'a str,
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition<'a> {
    /// `*`: any representation.
    Any,
    /// One of these tags.
    Tags(Vec<EntityTag<'a>>),
}

impl<'a> EntityTag<'a> {
    /// The tag at the beginning of a text, and the rest.
    fn split(text: &'a str) -> Option<(Self, &'a str)> {
        let (weak, rest) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let length = rest.strip_prefix('"')?.find('"')? + 2;
        let (opaque, rest) = rest.split_at(length);
        let legal = |c: char| !c.is_control() && c != ' ';
        opaque.chars().all(legal).then_some((Self { weak, opaque }, rest))
    }

    /// Whether the tag is of the state that `own` names, in whatever encoding it was sent.
    fn is_of(self, own: &str) -> bool {
        let without_suffix =
            self.opaque.strip_suffix('"').and_then(|tag| tag.strip_suffix(GZIP_SUFFIX));
        self.opaque == own || without_suffix.is_some_and(|tag| own.strip_suffix('"') == Some(tag))
    }
}

impl<'a> Condition<'a> {
    /// Of all header fields of a name; none when there is none. What is no tag names nothing.
    fn of(headers: &'a HeaderMap, name: &HeaderName) -> Option<Self> {
        let mut tags = Vec::new();
        let mut there = false;
        for value in headers.get_all(name) {
            there = true;
            let text = value.to_str().unwrap_or_default();
            if text.trim() == "*" {
                return Some(Self::Any);
            }
            tags.extend(list(text));
        }
        there.then_some(Self::Tags(tags))
    }

    /// The tag that names a state of the resource, compared strongly: a weak one never does
    /// (section 8.8.3.2).
    fn names_strongly(&self, own: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| !tag.weak && tag.is_of(own)),
        }
    }

    /// The tag that names a state of the resource, compared weakly.
    fn named_weakly(&self, own: &'a str) -> Option<&'a str> {
        match self {
            Self::Any => Some(own),
            Self::Tags(tags) => tags.iter().find(|tag| tag.is_of(own)).map(|tag| tag.opaque),
        }
    }
}

/// The tags of a list. A word without quotes is skipped; after a quote that is misplaced nothing is
/// certain any more.
fn list(mut text: &str) -> Vec<EntityTag<'_>> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return tags;
        }
        let found = EntityTag::split(text).map(|(tag, rest)| (tag, rest.trim_start()));
        match found.filter(|(_, rest)| rest.is_empty() || rest.starts_with(',')) {
            Some((tag, rest)) => {
                tags.push(tag);
                text = rest;
            }
            None => {
                let (word, rest) = text.split_once(',').unwrap_or((text, ""));
                if word.contains('"') {
                    return tags;
                }
                text = rest;
            }
        }
    }
}

/// Entity tags that a caller names, without quotes, weakness and encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
enum EntityTags {
    /// `*`: that of any representation.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl Condition<'_> {
    fn tags(&self, strong_only: bool) -> EntityTags {
        let Self::Tags(tags) = self else { return EntityTags::Any };
        let named = tags.iter().filter(|tag| !(strong_only && tag.weak)).map(|tag| {
            let text = tag.opaque.trim_matches('"');
            text.strip_suffix(GZIP_SUFFIX).unwrap_or(text).to_owned()
        });
        EntityTags::OneOf(named.collect())
    }
}

/// The versions that a request demands of a resource whose tags are the numbers of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionConditions {
    /// The resource must be in one of these. None: in any, or absent.
    pub expected: Option<Vec<u64>>,
    /// The resource must be in none of these.
    pub unexpected: Vec<u64>,
}

/// The versions that entity tags name. A tag that we do not write is the tag of no version.
fn versions(tags: &[String]) -> Vec<u64> {
    let version =
        |tag: &String| tag.parse().ok().filter(|version: &u64| version.to_string() == *tag);
    tags.iter().filter_map(version).collect()
}

impl ApiRequest {
    /// What `If-Match` and `If-None-Match` demand of a resource that a command changes.
    pub fn version_conditions(&self) -> VersionConditions {
        let expected = match self.if_match() {
            Some(EntityTags::OneOf(tags)) => Some(versions(&tags)),
            Some(EntityTags::Any) | None => None,
        };
        match self.if_none_match() {
            Some(EntityTags::OneOf(tags)) => {
                VersionConditions { expected, unexpected: versions(&tags) }
            }
            // Only where there is no resource: no version of one will do.
            Some(EntityTags::Any) => {
                VersionConditions { expected: Some(Vec::new()), unexpected: Vec::new() }
            }
            None => VersionConditions { expected, unexpected: Vec::new() },
        }
    }

    /// What `If-Match` names: weak tags name nothing (section 8.8.3.2).
    fn if_match(&self) -> Option<EntityTags> {
        Condition::of(&self.headers, &header::IF_MATCH).map(|wanted| wanted.tags(true))
    }

    /// What `If-None-Match` names.
    fn if_none_match(&self) -> Option<EntityTags> {
        Condition::of(&self.headers, &header::IF_NONE_MATCH).map(|unwanted| unwanted.tags(false))
    }

    /// Whether the request may be executed on the resource whose current tag is `etag`: by
    /// `If-Match`, and except for a read by `If-None-Match` (section 13.2.2).
    ///
    /// # Errors
    /// 412: a condition does not hold.
    pub fn check_conditions(&self, etag: &str) -> Result<(), Problem> {
        let wanted = Condition::of(&self.headers, &header::IF_MATCH);
        if wanted.is_some_and(|wanted| !wanted.names_strongly(etag)) {
            return Err(Problem::PreconditionFailed);
        }
        if matches!(self.method, Method::GET | Method::HEAD) {
            return Ok(());
        }
        let unwanted = Condition::of(&self.headers, &header::IF_NONE_MATCH);
        match unwanted.and_then(|unwanted| unwanted.named_weakly(etag).map(str::to_owned)) {
            Some(_) => Err(Problem::PreconditionFailed),
            None => Ok(()),
        }
    }

    /// The tag under which a reader has the representation whose current tag is `etag`, by
    /// `If-None-Match`: the `ETag` of a 304. None: it is to be sent.
    pub fn seen(&self, etag: &str) -> Option<String> {
        let seen = Condition::of(&self.headers, &header::IF_NONE_MATCH)?;
        seen.named_weakly(etag).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const OWN: &str = "\"7\"";

    fn condition<'a>(headers: &'a mut HeaderMap, values: &[&'static str]) -> Condition<'a> {
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        Condition::of(headers, &header::IF_MATCH).unwrap()
    }

    /// Whether the fields name the tag strongly, and weakly.
    fn names(values: &[&'static str], own: &str) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        let condition = condition(&mut headers, values);
        (condition.names_strongly(own), condition.named_weakly(own).is_some())
    }

    #[test]
    fn a_weak_tag_never_names_strongly() {
        for (values, expected) in [
            (&["\"7\""][..], (true, true)),
            (&["W/\"7\""], (false, true)),
            (&["\"6\", W/\"7\""], (false, true)),
            (&["*"], (true, true)),
            (&[" * "], (true, true)),
            (&["\"6\""], (false, false)),
            (&[""], (false, false)),
        ] {
            assert_eq!(names(values, OWN), expected, "{values:?}");
        }
    }

    #[test]
    fn any_tag_of_a_list_may_be_the_one() {
        for values in [
            &["\"6\",\"7\""][..],
            &["\"6\" , \"7\", \"8\""],
            &[",, \"7\",,"],
            &["\"6\"", "\"7\""],
            &["\"a,b\", \"7\""],
            &["W/\"a,\", \"7\""],
            &["6, \"7\""],
            &["\"7\", \"6\"x"],
        ] {
            assert_eq!(names(values, OWN), (true, true), "{values:?}");
        }
    }

    #[test]
    fn what_is_no_tag_names_nothing() {
        for values in [
            &["7"][..],
            &["'7'"],
            &["\"7"],
            &["7\""],
            &["w/\"7\""],
            &["W/ \"7\""],
            &["\"7\"x"],
            &["\"x,\"7\""],
            &["\"6\"x, \"7\""],
            &["\"*\""],
            &["\"6\", *"],
        ] {
            assert_eq!(names(values, OWN), (false, false), "{values:?}");
        }
    }

    #[test]
    fn a_comma_in_a_tag_does_not_separate() {
        assert_eq!(names(&["\"a,b\""], "\"a,b\""), (true, true));
        assert_eq!(names(&["\"a,\"7\",b\""], "\"7\""), (false, false));
        assert_eq!(names(&["\"x, \"7\""], "\"7\""), (false, false));
    }

    #[test]
    fn the_tag_of_a_compressed_response_names_the_same_state() {
        assert_eq!(names(&["\"7-gzip\""], OWN), (true, true));
        assert_eq!(names(&["W/\"7-gzip\""], OWN), (false, true));
        assert_eq!(names(&["\"77-gzip\", \"-gzip\""], OWN), (false, false));
        let mut headers = HeaderMap::new();
        let seen = condition(&mut headers, &["\"6\", \"7-gzip\""]).named_weakly(OWN).unwrap();
        assert_eq!(seen, "\"7-gzip\"", "a 304 has the tag of the response that the caller has");
    }
}
