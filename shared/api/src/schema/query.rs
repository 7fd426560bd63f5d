//! Query parameters as tables of members: an unknown parameter is a violation, and so is every
//! declared one whose text is not of its kind.

use domain::violation::Violations;

use super::{Kind, Member};
use crate::Query;

/// The declared parameters of an operation's query.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    members: &'static [Member],
    cursor: bool,
    ignored: bool,
    filters: bool,
}

/// Declares parameters: [`optional`](super::optional) members of kinds that a text can be:
/// [`Kind::Integer`], [`Kind::Word`], [`Kind::Form`], [`Kind::Text`], [`Kind::Boolean`]; or a
/// [`Kind::List`] of such a kind: a parameter that may be repeated.
pub const fn parameters(members: &'static [Member]) -> Parameters {
    Parameters { members, cursor: false, ignored: false, filters: false }
}

impl Parameters {
    /// No parameter.
    pub const NONE: Self = parameters(&[]);

    /// No parameter, and whatever the query has is ignored: OAuth2 demands it (RFC 6749, 3.2).
    pub const IGNORED: Self = Self { members: &[], cursor: false, ignored: true, filters: false };

    /// Declares `cursor` as well. Only the list can check it, so the list also reports what else is
    /// wrong with its query: it begins with
    /// [`ApiRequest::query_violations`](crate::ApiRequest::query_violations).
    #[must_use]
    pub const fn with_cursor(mut self) -> Self {
        self.cursor = true;
        self
    }

    /// Lets every other parameter pass: it filters a list by an attribute of what is listed
    /// (TMF630), and the list checks it.
    #[must_use]
    pub const fn with_filters(mut self) -> Self {
        self.filters = true;
        self
    }

    /// Whether `cursor` is declared.
    pub const fn has_cursor(&self) -> bool {
        self.cursor
    }

    /// The others.
    pub const fn members(&self) -> &'static [Member] {
        self.members
    }

    /// Checks a query: its names, and that each has one value, of its kind; but not the cursor.
    /// Every violation is at `query/<name>`.
    pub fn check(&self, query: &Query) -> Violations {
        let mut violations = Violations::new();
        if self.ignored {
            return violations;
        }
        let mut refuse = |name: &str, message: String| {
            violations.add(format!("query/{name}"), message);
        };
        for parameter in self.members {
            for name in names(parameter) {
                if let Err(message) = values(&parameter.kind, &query.all(name)) {
                    refuse(name, message);
                }
            }
        }
        let known = |name: &str| {
            self.filters
                || self.cursor && name == "cursor"
                || self.members.iter().any(|parameter| parameter.is_named(name))
        };
        for (name, _) in query.iter().filter(|(name, _)| !known(name)) {
            refuse(&shown(name), "not known here".to_owned());
        }
        violations
    }
}

fn names(parameter: &Member) -> impl Iterator<Item = &'static str> {
    let aliases = parameter.aliases.iter().flat_map(|aliases| aliases.names);
    std::iter::once(parameter.name).chain(aliases.map(|(name, _)| *name))
}

/// The name of a parameter that the caller made up, bounded and without control characters.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Checks all values of one parameter.
fn values(kind: &Kind, given: &[&str]) -> Result<(), String> {
    if let Kind::List(_, most, kind) = kind {
        if given.len() > *most {
            return Err(format!("at most {most} times"));
        }
        return given.iter().try_for_each(|text| value(kind, text));
    }
    let Some((first, others)) = given.split_first() else { return Ok(()) };
    value(kind, first)?;
    if others.iter().any(|other| other != first) {
        return Err("given twice, with different values".to_owned());
    }
    Ok(())
}

fn value(kind: &Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Integer(least, most) => match text.parse::<u64>().map(i64::try_from) {
            Ok(Ok(number)) if (*least..=*most).contains(&number) => Ok(()),
            _ if *most == i64::MAX => Err(format!("at least {least}")),
            _ => Err(format!("{least} to {most}")),
        },
        Kind::Word(words, _) if !words.contains(&text) => {
            Err(format!("must be one of: {}", words.join(", ")))
        }
        Kind::Form(form) => form.check(text),
        Kind::Boolean if !["true", "false"].contains(&text) => {
            Err("must be true or false".to_owned())
        }
        Kind::Text(least, most) if !(*least..=*most).contains(&text.chars().count()) => {
            Err(format!("must have {least} to {most} characters"))
        }
        Kind::Custom(custom) => {
            (custom.check)(&serde_json::Value::from(text)).map_err(str::to_owned)
        }
        Kind::Noted(_, kind) => value(kind, text),
        _ => Ok(()),
    }
}
