//! Asking a person before what cannot be undone.

use std::io::{BufRead, Write};

use crate::error::CommandError;

/// Asks, and goes on at `y` or `yes`.
///
/// # Errors
/// Anything else was answered, or nothing.
pub fn confirm(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), CommandError> {
    write!(output, "{question} [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CommandError::NotConfirmed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_goes_on() {
        for (answer, goes_on) in [
            ("y\n", true),
            ("Yes\n", true),
            ("", false),
            ("\n", false),
            ("n\n", false),
            ("yy", false),
        ] {
            let mut asked = Vec::new();
            let outcome = confirm("Delete them?", &mut answer.as_bytes(), &mut asked);
            assert_eq!(outcome.is_ok(), goes_on, "{answer:?}");
            assert_eq!(String::from_utf8(asked).unwrap(), "Delete them? [y/N] ");
        }
    }
}
