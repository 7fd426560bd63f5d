//! Violations of a request: all of them are listed, not only the first.

use std::fmt;

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The location: a JSON pointer (RFC 6901) into the body, or `query/<name>`, `path/<name>`,
    /// `header/<name>`.
    pub pointer: String,
    /// Text for the caller: a lowercase fragment that does not quote the value.
    pub message: String,
}

/// All violations of a request, in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// A list of one violation.
    pub fn one(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let mut all = Self::new();
        all.add(pointer, message);
        all
    }

    /// Adds a violation.
    pub fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation { pointer: pointer.into(), message: message.into() });
    }

    /// Whether there is no violation.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The violations in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// Returns `value` if there is no violation, else all violations.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Violation { pointer, message }) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{pointer}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
