//! The objects of the contract as tables: one line a member.

mod examples;
mod notices;
mod orders;
mod rules;
mod texts;

use api::schema::{Kind::*, Member, Members, Other};
use domain::{
    carrier::{OrderStatus, Quirk, Tolerated},
    violation::Violations,
};

pub(super) use notices::ORDER_MESSAGE;
pub use notices::{NOTIFICATION, STATUS_REQUEST, STATUS_RESPONSE};
pub(super) use orders::DETAIL;
pub use orders::ORDER;

/// An object type whose deviations are the contract's.
pub(super) type Object = api::schema::Object<Quirk>;
type Kind = api::schema::Kind<Quirk>;

/// The member that names an object's type.
const TAG: &str = "objectType";

/// A member that must be there.
const fn required(name: &'static str, kind: Kind) -> Member<Quirk> {
    api::schema::required(name, kind).about(texts::of(name))
}

/// A member that may be missing.
const fn optional(name: &'static str, kind: Kind) -> Member<Quirk> {
    api::schema::optional(name, kind).about(texts::of(name))
}

/// An object type: members it does not have are kept and returned.
const fn object(name: &'static str, members: &'static [Member<Quirk>]) -> Object {
    api::schema::object(name, members).open().tagged(TAG, &[]).nulls(Quirk::NullMember)
}

/// Checks a document.
///
/// # Errors
/// Every violation there is; otherwise the deviations that were understood.
pub(super) fn check(object: &Object, document: &Members) -> Result<Vec<Tolerated>, Violations> {
    let findings = object.check(document);
    let tolerated = findings.tolerated.into_iter();
    let tolerated = tolerated
        .map(|tolerated| Tolerated { quirk: tolerated.quirk, pointer: tolerated.pointer })
        .collect();
    findings.violations.into_result(tolerated)
}

/// Whether it is a date is for intake to decide, and makes an order REJECTED.
const DATE: Kind = Noted(
    "YYYY-MM-DD, or YYYY-MM-DDThh:mm[:ss[.f]] with Z or an offset up to \u{b1}14:00; comes back as \
     it was sent.",
    &String,
);

static STATUS_WORDS: [&str; OrderStatus::WORDS.len()] = api::schema::words(OrderStatus::WORDS);

/// A status, of an order or an item.
const STATUS: Kind = Word(&STATUS_WORDS, &[("CANCELED", Quirk::CanceledWithOneL)]);

/// Months. Whether a text is usable is for intake to decide.
const PRICING_TERM: Kind =
    Noted("Months.", &Or(&Integer(0, 999), Other::Kind(&String), Quirk::PricingTermAsText));

/// `true` or `false`, also as text.
const LOOSE_BOOLEAN: Kind = Or(&Boolean, Other::Words(&["true", "false"]), Quirk::BooleanAsText);
