//! A request that has passed every check.

use std::{str::FromStr, time::Duration};

use bytes::Bytes;
use domain::{idempotency::IdempotentRequest, identity::Identity, violation::Violations};
use http::{HeaderMap, Method};
use lambda::Deadline;
use sha2::{Digest, Sha256};

use super::Problem;
use crate::json;

/// The longest correlation id a caller may bring.
const LONGEST_CORRELATION_ID: usize = 128;
/// So many digits may be the number of a subscriber.
const SHORTEST_NUMBER: usize = 7;

/// The segments a route captured, percent-decoded: no `/`, no control characters, never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(pub(super) Vec<(&'static str, String)>);

impl Params {
    /// The segment captured as `{name}`; empty when the route has none of that name.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }
}

/// The query, decoded (`application/x-www-form-urlencoded`), in the order sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(raw: Option<&str>) -> Self {
        Self::parse(raw.unwrap_or_default())
    }

    /// A query as text, without its question mark.
    pub fn parse(raw: &str) -> Self {
        Self(url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    /// A query that stands in a path, and was decoded with it: nothing in it is encoded any more,
    /// and a plus sign is one. A part without a name belongs to the value before: its `&` had been
    /// encoded.
    pub fn of_path(decoded: &str) -> Self {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in decoded.split('&').filter(|part| !part.is_empty()) {
            match (part.split_once('='), pairs.last_mut()) {
                (Some((name, value)), _) => pairs.push((name.to_owned(), value.to_owned())),
                (None, Some((_, value))) => {
                    value.push('&');
                    value.push_str(part);
                }
                (None, None) => pairs.push((part.to_owned(), String::new())),
            }
        }
        Self(pairs)
    }

    /// These parameters, and then those of another query.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// All values of a parameter, in the order sent.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.iter().filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
    }

    /// All values of a declared parameter that may be repeated, each as what it stands for.
    pub fn all_parsed<T: FromStr, C: FromIterator<T>>(&self, name: &str) -> C {
        self.all(name).into_iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// The first value of a declared parameter as what it stands for.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// All pairs; a name given twice is there twice.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A request.
#[derive(Debug)]
pub struct ApiRequest {
    /// The method.
    pub method: Method,
    /// The path without the stage, encoded in one way whatever way the caller did.
    pub raw_path: String,
    /// What the route captured.
    pub params: Params,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most 256 KiB; on POST, PUT and PATCH it is declared as what the operation
    /// takes.
    pub body: Bytes,
    /// The caller's `X-Correlation-ID` if it may be logged, or one made for this request.
    pub correlation_id: String,
    pub(super) query: Query,
    pub(super) query_violations: Violations,
    pub(super) identity: Option<Identity>,
    pub(super) idempotent: Option<IdempotentRequest>,
    pub(super) deadline: Deadline,
}

impl ApiRequest {
    /// The caller.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] on a public route, where nobody is identified.
    pub fn identity(&self) -> Result<&Identity, Problem> {
        self.identity.as_ref().ok_or(Problem::Unauthorized)
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// What is wrong with the query of a list, its cursor excepted: the list adds that and refuses
    /// all at once. Of any other operation a wrong query never arrives here.
    pub fn query_violations(&self) -> Violations {
        self.query_violations.clone()
    }

    /// The first value of a declared query parameter as what it stands for.
    pub fn parsed_query<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query.parsed(name)
    }

    /// All query parameters, in the order sent, duplicates included.
    pub fn query_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter()
    }

    /// The whole query.
    pub fn whole_query(&self) -> &Query {
        &self.query
    }

    /// A header's value, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The time left for this request; less than the invocation's, so that an answer still gets
    /// out.
    pub fn remaining(&self) -> Duration {
        self.deadline.remaining()
    }

    /// The deadline behind [`ApiRequest::remaining`].
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The fingerprint of the request in its stored response: SHA-256 of method, path, query and
    /// body, in hexadecimal. Two JSON bodies that say the same have one: blanks, the sequence of
    /// members and the spelling of a number make no other request.
    pub fn body_hash(&self) -> String {
        let mut hash = Sha256::new();
        // No part can hold a newline, so no two requests run together to the same text.
        hash.update(format!("{}\n{}\n", self.method, self.raw_path));
        for (name, value) in self.query.iter() {
            hash.update(format!("{}={value}&", name.len()));
            hash.update(name);
        }
        hash.update("\n");
        match json::parse_object(&self.body) {
            Ok(members) => hash.update(json::canonical(&members)),
            Err(_) => hash.update(&self.body),
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// `scheme://host` the caller used, when it said so; not to be trusted for anything but links.
    pub fn base_url(&self) -> Option<String> {
        let scheme = self.header("x-forwarded-proto").unwrap_or("https");
        self.header("host").map(|host| format!("{scheme}://{host}"))
    }
}

/// The caller's correlation id, when it is one that may be logged, else the invocation's id, else
/// a new one.
pub(super) fn correlation_id(headers: &HeaderMap, invocation: &str) -> String {
    let sent = headers.get("x-correlation-id").and_then(|value| value.to_str().ok());
    sent.filter(|text| is_correlation_id(text))
        .or(Some(invocation).filter(|text| is_correlation_id(text)))
        .map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}

/// Whether a text may be a correlation id: 1 to 128 letters, digits, `-`, `_`, `.`, `:`, `;`, `=`
/// and `/`, as UUIDs, trace ids and paths of calls have them. It goes to every log, so it is no
/// e-mail address; nor is it a bare number, which may be a subscriber's.
fn is_correlation_id(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:;=/".contains(&byte);
    let is_number = text.len() >= SHORTEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=LONGEST_CORRELATION_ID).contains(&text.len()) && text.bytes().all(legal) && !is_number
}
