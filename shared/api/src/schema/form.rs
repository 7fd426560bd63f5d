use std::fmt;

use domain::text::Described;
use serde_json::Value;

/// The form of a text, as a value type states it.
#[derive(Clone, Copy)]
pub struct Form {
    /// Regular expression of the whole text.
    pub pattern: &'static str,
    /// Least and greatest length, in characters.
    pub length: (usize, usize),
    /// A registered format.
    pub format: Option<&'static str>,
    /// The rule that no pattern can state, in words.
    pub beyond: Option<&'static str>,
    /// A valid text.
    pub example: &'static str,
    check: fn(&str) -> Result<(), String>,
}

impl Form {
    /// The form of a value type.
    pub const fn of<T: Described>() -> Self {
        Self {
            pattern: T::PATTERN,
            length: T::LENGTH,
            format: T::FORMAT,
            beyond: T::BEYOND,
            example: T::EXAMPLE,
            check: check::<T>,
        }
    }

    /// Checks a text.
    ///
    /// # Errors
    /// The value type's own message.
    pub fn check(&self, text: &str) -> Result<(), String> {
        (self.check)(text)
    }
}

fn check<T: Described>(text: &str) -> Result<(), String> {
    T::validate(text).map_err(|error| error.to_string())
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}

/// A value with a rule of its own, stated twice: as code and as JSON Schema.
#[derive(Clone, Copy)]
pub struct Custom {
    /// The rule; its error is the message.
    pub check: fn(&Value) -> Result<(), &'static str>,
    /// The rule as JSON Schema, as JSON text.
    pub schema: &'static str,
    /// Whether the code refuses more than the JSON Schema can state.
    pub beyond: bool,
    /// Valid values, as JSON text.
    pub examples: &'static [&'static str],
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom").field("schema", &self.schema).finish_non_exhaustive()
    }
}
