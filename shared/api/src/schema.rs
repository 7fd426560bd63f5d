//! Schemas of JSON objects as constant tables, one line a member: the validator walks them, and
//! (feature `openapi`) the OpenAPI document is written from them, so that the document states what
//! is accepted.
//!
//! ```
//! use api::{json::parse_object, schema::{Kind, Object, object, optional, parsed, required}};
//! use domain::numbering::Iccid;
//! use serde_json::Value;
//!
//! static NEW_SIM: Object = object("newSim", &[
//!     required("iccid", parsed::<Iccid>()),
//!     optional("odb-profile", Kind::Integer(0, 13)),
//! ]);
//!
//! let body = parse_object(br#"{"iccid": "89461177710001700003", "odb-profile": 14}"#).unwrap();
//! let violations = NEW_SIM.validate(&body).unwrap_err();
//! assert_eq!(violations.to_string(), "/odb-profile: must be an integer from 0 to 13");
//!
//! let body = parse_object(br#"{"iccid": "89461177710001700003"}"#).unwrap();
//! NEW_SIM.validate(&body).unwrap();
//! let iccid: Option<Iccid> = body.get("iccid").and_then(Value::as_str).and_then(|t| t.parse().ok());
//! assert!(iccid.is_some());
//! ```
//!
//! A validated object has every member in its form: reading it out afterwards has no error of its
//! own (see [`read`]). Every violation is found in one walk, each with its JSON pointer; the walk
//! of a valid object does not allocate.
//!
//! Deviations that an API tolerates are its own type `Q` (*quirks*): where the tables name one, the
//! validator accepts the deviation and lists it in [`Findings::tolerated`]. An API without
//! deviations uses [`NoQuirk`].

mod build;
mod date;
mod form;
#[cfg(feature = "openapi")]
mod json_schema;
mod kind;
pub mod query;
pub mod read;
mod rule;
#[cfg(feature = "openapi")]
pub mod sample;
#[cfg(test)]
mod tests;
mod walk;

use domain::violation::Violations;
use serde_json::{Map, Value};

use crate::json::Pointer;

pub use build::{object, optional, parsed, required, words};
pub use date::{before_order_date, from_order_date, order_dates};
pub use form::{Custom, Form};
#[cfg(feature = "openapi")]
pub use json_schema::{TAG_TEXT, example, form_schema, member_schema, reference, table_schema};
pub use kind::{Choice, Depends, Kind, Other};
pub use query::Parameters;
pub use rule::Rule;
#[cfg(feature = "openapi")]
pub use sample::Judge;

/// The members of a JSON object.
pub type Members = Map<String, Value>;

/// No deviation is tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoQuirk {}

/// An object type.
#[derive(Debug, Clone, Copy)]
pub struct Object<Q: 'static = NoQuirk> {
    /// Its name: what its tag says.
    pub name: &'static str,
    /// Its name among the document's schemas, where that is another one.
    pub component: Option<&'static str>,
    /// Its description.
    pub text: &'static str,
    /// Its members.
    pub members: &'static [Member<Q>],
    /// Whether other members are refused, or else kept and not looked at.
    pub closed: bool,
    /// The member that names the type.
    pub tag: Option<Tag<Q>>,
    /// Refuses an object without members, with this message.
    pub not_empty: Option<&'static str>,
    /// An optional member that is `null` is read as absent, which is this deviation. Without it
    /// `null` is refused where its kind does not take it.
    pub nulls: Option<Q>,
    /// What holds between its members.
    pub rules: &'static [Rule<Q>],
    /// A valid object, as JSON text.
    pub example: Option<&'static str>,
}

/// The optional member that names an object's type: the name of its schema.
#[derive(Debug, Clone, Copy)]
pub struct Tag<Q: 'static> {
    /// The member: `objectType`.
    pub member: &'static str,
    /// Other names of the type; a deviation where there is a quirk.
    pub aliases: &'static [(&'static str, Option<Q>)],
}

/// A member of an object type.
#[derive(Debug, Clone, Copy)]
pub struct Member<Q: 'static = NoQuirk> {
    /// Its name.
    pub name: &'static str,
    /// Deviating names under which it is found as well, in whatever case.
    pub quirks: &'static [(&'static str, Q)],
    /// Other names of the same value.
    pub aliases: Option<Aliases>,
    /// Whether it must be there.
    pub presence: Presence<Q>,
    /// What it must be.
    pub kind: Kind<Q>,
    /// Its description.
    pub text: &'static str,
    /// A valid value, as JSON text.
    pub example: Option<&'static str>,
    /// What an absent member means, as JSON text.
    pub default: Option<&'static str>,
}

/// Other names of a member.
#[derive(Debug, Clone, Copy)]
pub struct Aliases {
    /// The names, and whether each is deprecated.
    pub names: &'static [(&'static str, bool)],
    /// All names that are there must have one value, or else this is the message. Without it the
    /// first name that is there counts.
    pub differs: Option<&'static str>,
}

/// Whether a member must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence<Q> {
    /// It must.
    Required,
    /// It must, but an object without it is tolerated.
    Expected(Q),
    /// It need not.
    Optional,
}

/// A deviation that was met, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerated<Q> {
    /// What.
    pub quirk: Q,
    /// Where: a JSON pointer into the body.
    pub pointer: String,
}

/// What was found in a document.
#[derive(Debug)]
pub struct Findings<Q> {
    /// What is wrong with it.
    pub violations: Violations,
    /// What was understood all the same.
    pub tolerated: Vec<Tolerated<Q>>,
    /// How many of the violations are of rules that JSON Schema cannot state.
    pub beyond: usize,
    /// How many members were ignored because they are ours.
    pub ignored: usize,
}

impl<Q> Default for Findings<Q> {
    fn default() -> Self {
        Self { violations: Violations::new(), tolerated: Vec::new(), beyond: 0, ignored: 0 }
    }
}

impl<Q> Findings<Q> {
    /// Adds a violation.
    pub fn refuse(&mut self, pointer: Pointer<'_>, message: impl Into<String>) {
        self.violations.add(pointer.to_string(), message);
    }

    /// Adds a deviation.
    pub fn tolerate(&mut self, pointer: Pointer<'_>, quirk: Q) {
        self.tolerated.push(Tolerated { quirk, pointer: pointer.to_string() });
    }
}

/// A member found in an object: under which name, and whether that is a deviation.
struct Found<'m, Q> {
    name: &'m str,
    value: &'m Value,
    quirk: Option<Q>,
}

impl<Q: Copy> Member<Q> {
    /// Looks for the member under its name, then under its deviating names.
    fn find<'m>(&self, object: &'m Members) -> Option<Found<'m, Q>> {
        if let Some((name, value)) = object.get_key_value(self.name) {
            return Some(Found { name, value, quirk: None });
        }
        self.quirks.iter().find_map(|(alias, quirk)| {
            let (name, value) = object.iter().find(|(name, _)| name.eq_ignore_ascii_case(alias))?;
            Some(Found { name, value, quirk: Some(*quirk) })
        })
    }

    /// Whether the member goes by a name.
    fn is_named(&self, name: &str) -> bool {
        let alias = |aliases: &Aliases| aliases.names.iter().any(|(alias, _)| *alias == name);
        self.name == name
            || self.aliases.as_ref().is_some_and(alias)
            || self.quirks.iter().any(|(quirk, _)| quirk.eq_ignore_ascii_case(name))
    }
}

impl<Q: Copy + 'static> Object<Q> {
    /// Its name among the document's schemas.
    pub fn component(&self) -> &'static str {
        self.component.unwrap_or(self.name)
    }

    /// Walks a whole document.
    pub fn check(&self, document: &Members) -> Findings<Q> {
        let mut findings = Findings::default();
        walk::object(self, document, Pointer::Root, &mut findings);
        findings
    }

    /// Checks a whole document.
    ///
    /// # Errors
    /// Every violation there is.
    pub fn validate(&self, document: &Members) -> Result<(), Violations> {
        self.check(document).violations.into_result(())
    }

    /// Checks a whole document and reads a value out of it. `read` gives `None` only where it asks
    /// for what the schema does not guarantee, which is a fault of ours.
    ///
    /// # Errors
    /// Every violation there is.
    pub fn read<T>(
        &self,
        document: &Members,
        read: impl FnOnce(&Members) -> Option<T>,
    ) -> Result<T, Violations> {
        self.validate(document)?;
        read(document).ok_or_else(|| Violations::one("", format!("must be {}", self.name)))
    }

    /// A member of an object of this type, under whatever name it came.
    pub fn get<'m>(&self, object: &'m Members, name: &str) -> Option<&'m Value> {
        let member = self.members.iter().find(|member| member.name == name)?;
        member.find(object).map(|found| found.value)
    }

    /// A text member, under whatever name it came.
    pub fn text<'m>(&self, object: &'m Members, name: &str) -> Option<&'m str> {
        self.get(object, name)?.as_str()
    }

    /// Whether the value of the tag means this type, and by which deviation.
    fn is_tagged(&self, name: &str) -> Option<Option<Q>> {
        if name == self.name {
            return Some(None);
        }
        let tag = self.tag?;
        tag.aliases.iter().find(|(alias, _)| *alias == name).map(|(_, quirk)| *quirk)
    }
}
