//! The objects of the contract as tables: one line a member.

#[cfg(feature = "openapi")]
pub(super) mod json_schema;
mod notices;
mod orders;
mod rules;
mod walk;

use domain::{
    carrier::{Quirk, Tolerated},
    violation::Violations,
};
use serde_json::{Map, Value};

pub(super) use notices::{NOTIFICATION, ORDER_MESSAGE, STATUS_REQUEST, STATUS_RESPONSE};
pub(super) use orders::{DETAIL, ORDER};

use api::json::Pointer;

/// The members of a JSON object.
pub(super) type Object = Map<String, Value>;

/// An object type.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its `objectType`.
    pub(super) name: &'static str,
    /// What else its `objectType` may be on input.
    pub(super) aliases: &'static [(&'static str, Option<Quirk>)],
    /// Its members; others are kept and not looked at.
    pub(super) members: &'static [Member],
    /// What holds between its members.
    pub(super) rule: Option<fn(&Object, Pointer<'_>, &mut Findings)>,
}

/// A member of an object type.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name.
    pub(super) name: &'static str,
    /// Names under which it is also read, in whatever case.
    pub(super) aliases: &'static [(&'static str, Quirk)],
    /// Whether it must be there.
    pub(super) presence: Presence,
    /// What it must be.
    pub(super) kind: Kind,
}

/// Whether a member must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It must.
    Required,
    /// It must, but the published documents show objects without it.
    Expected(Quirk),
    /// It need not.
    Optional,
}

/// What a member must be.
#[derive(Debug)]
pub(super) enum Kind {
    /// A string of at most so many characters; not empty when required.
    Text(usize),
    /// A string of at most `read` characters, more than `write` of which we never write.
    LongText { write: usize, read: usize, quirk: Quirk },
    /// A string that may be part of a key: 1 to so many characters, no `#`, no control character.
    Id(usize),
    /// A string; whether it is a date is not a matter of shape.
    Date,
    /// An integer between two bounds.
    Integer(i64, i64),
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The same, also as text.
    LooseBoolean,
    /// One of these words, or a deviating one.
    Word(&'static [&'static str], &'static [(&'static str, Quirk)]),
    /// 0 to 999 months; a text is the business of intake.
    PricingTerm,
    /// An object.
    Object(&'static Shape),
    /// A bare text of at most so many characters, or an object.
    TextOr(usize, &'static Shape, Quirk),
    /// One of several object types.
    OneOf(&'static Choice),
    /// An array of so many items.
    List(usize, usize, &'static Self),
    /// A member that is itself a deviation.
    Deviation(Quirk, &'static Self),
    /// Ours: whatever is sent is ignored.
    Ignored,
}

/// Object types of which a member is one, told apart by `objectType`.
#[derive(Debug)]
pub(super) struct Choice {
    /// The object types.
    pub(super) shapes: &'static [&'static Shape],
    /// Members that give the type away when `objectType` is missing, with its index.
    pub(super) hints: &'static [(&'static str, usize)],
}

/// What was found in a document.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong with it.
    pub(super) violations: Violations,
    /// What was understood all the same.
    pub(super) tolerated: Vec<Tolerated>,
}

impl Findings {
    /// Adds a violation.
    pub(super) fn refuse(&mut self, pointer: Pointer<'_>, message: impl Into<String>) {
        self.violations.add(pointer.to_string(), message);
    }

    /// Adds a deviation.
    pub(super) fn tolerate(&mut self, pointer: Pointer<'_>, quirk: Quirk) {
        self.tolerated.push(Tolerated { quirk, pointer: pointer.to_string() });
    }
}

/// A member found in an object: under which name, and whether that is a deviation.
pub(super) struct Found<'m> {
    pub(super) name: &'m str,
    pub(super) value: &'m Value,
    pub(super) quirk: Option<Quirk>,
}

impl Member {
    /// Looks for the member under its name, then under its aliases.
    pub(super) fn find<'m>(&self, object: &'m Object) -> Option<Found<'m>> {
        if let Some((name, value)) = object.get_key_value(self.name) {
            return Some(Found { name, value, quirk: None });
        }
        self.aliases.iter().find_map(|(alias, quirk)| {
            let (name, value) = object.iter().find(|(name, _)| name.eq_ignore_ascii_case(alias))?;
            Some(Found { name, value, quirk: Some(*quirk) })
        })
    }
}

impl Shape {
    /// Checks a whole document.
    pub(super) fn check(&'static self, document: &Object) -> Findings {
        let mut findings = Findings::default();
        walk::object(self, document, Pointer::Root, &mut findings);
        findings
    }

    /// A member of an object of this type, under whatever name it came.
    pub(super) fn get<'m>(&self, object: &'m Object, name: &str) -> Option<&'m Value> {
        let member = self.members.iter().find(|member| member.name == name)?;
        member.find(object).map(|found| found.value)
    }

    /// A text member.
    pub(super) fn text<'m>(&self, object: &'m Object, name: &str) -> Option<&'m str> {
        self.get(object, name)?.as_str()
    }

    /// Whether an `objectType` means this type, and by which deviation.
    pub(super) fn is_named(&self, name: &str) -> Option<Option<Quirk>> {
        if name == self.name {
            return Some(None);
        }
        self.aliases.iter().find(|(alias, _)| *alias == name).map(|(_, quirk)| *quirk)
    }
}

impl Choice {
    /// The type an object says or shows to be.
    pub(super) fn shape_of(&self, object: &Object) -> Option<&'static Shape> {
        if let Some(name) = object.get("objectType") {
            let name = name.as_str()?;
            return self.shapes.iter().copied().find(|shape| shape.is_named(name).is_some());
        }
        let (_, index) = self.hints.iter().find(|(member, _)| object.contains_key(*member))?;
        self.shapes.get(*index).copied()
    }
}

const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, aliases: &[], presence: Presence::Required, kind }
}

const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, aliases: &[], presence: Presence::Optional, kind }
}

const fn shape(name: &'static str, members: &'static [Member]) -> Shape {
    Shape { name, aliases: &[], members, rule: None }
}
