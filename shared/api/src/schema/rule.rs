use std::fmt;

use serde_json::Value;

use super::{Findings, Members, NoQuirk};
use crate::json::Pointer;

/// What holds between the members of an object. A member that is `null` is not there.
pub enum Rule<Q: 'static = NoQuirk> {
    /// With the first member the others are required.
    With(&'static str, &'static [&'static str]),
    /// Without the first member the others are required.
    Without(&'static str, &'static [&'static str]),
    /// Where a member is one of these words another is required, with this message, or else
    /// `required with <word>`.
    When {
        /// The deciding member.
        member: &'static str,
        /// Its words.
        is: &'static [&'static str],
        /// The required member.
        needs: &'static str,
        /// The message.
        message: Option<&'static str>,
    },
    /// A rule that JSON Schema cannot state, and its description.
    Check(fn(&Members, Pointer<'_>, &mut Findings<Q>), &'static str),
}

impl<Q> Clone for Rule<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Rule<Q> {}

impl<Q> fmt::Debug for Rule<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::With(member, needs) => f.debug_tuple("With").field(member).field(needs).finish(),
            Self::Without(member, needs) => {
                f.debug_tuple("Without").field(member).field(needs).finish()
            }
            Self::When { member, is, needs, .. } => {
                f.debug_tuple("When").field(member).field(is).field(needs).finish()
            }
            Self::Check(_, text) => f.debug_tuple("Check").field(text).finish(),
        }
    }
}

fn there(object: &Members, member: &str) -> bool {
    object.get(member).is_some_and(|value| !value.is_null())
}

impl<Q> Rule<Q> {
    /// `nulls`: whether a `null` is read as absent.
    pub(super) fn check(
        &self,
        object: &Members,
        nulls: bool,
        at: Pointer<'_>,
        findings: &mut Findings<Q>,
    ) {
        match self {
            Self::With(member, needs) if there(object, member) => {
                for need in needs.iter().filter(|need| !there(object, need)) {
                    findings.refuse(at.member(need), format!("required with {member}"));
                }
            }
            Self::Without(member, needs) if !there(object, member) => {
                for need in needs.iter().filter(|need| !there(object, need)) {
                    findings.refuse(at.member(need), format!("required without {member}"));
                }
            }
            Self::With(..) | Self::Without(..) => {}
            Self::When { member, is, needs, message } => {
                let word = object.get(*member).and_then(Value::as_str);
                let Some(word) = word.filter(|word| is.contains(word)) else { return };
                // A `null` that is not read as absent is refused by its kind.
                if !object.contains_key(*needs) || nulls && !there(object, needs) {
                    let message =
                        message.map_or_else(|| format!("required with {word}"), str::to_owned);
                    findings.refuse(at.member(needs), message);
                }
            }
            Self::Check(check, _) => {
                let before = findings.violations.iter().count();
                check(object, at, findings);
                findings.beyond += findings.violations.iter().count() - before;
            }
        }
    }
}
