//! What is wrong with a request: always the whole list, never only the first fault.

use std::fmt;

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: a JSON pointer (RFC 6901) into the body, or `query/<name>`, `path/<name>`,
    /// `header/<name>`.
    pub pointer: String,
    /// What, in words for the caller: a lowercase fragment, never a value that was sent.
    pub message: String,
}

/// All faults of a request, in the order they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// No fault yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One fault.
    pub fn one(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let mut all = Self::new();
        all.add(pointer, message);
        all
    }

    /// Adds a fault.
    pub fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation { pointer: pointer.into(), message: message.into() });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults, first found first.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// `value` when nothing is wrong, else all that is.
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
