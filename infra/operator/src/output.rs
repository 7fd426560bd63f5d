//! What a command prints: JSON for programs, aligned columns for people.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use tabwriter::TabWriter;

use crate::error::CommandError;

/// The answer of a command. As JSON it is an object, so that it can grow.
pub trait Report: Serialize {
    /// Writes it for a person; tabs separate columns.
    ///
    /// # Errors
    /// The output cannot be written.
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// The forms of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns
    #[default]
    Table,
    /// JSON
    Json,
}

/// Where the answer goes, and in which form.
pub struct Output<'a> {
    json: bool,
    writer: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    /// To this writer.
    pub fn new(json: bool, writer: &'a mut dyn Write) -> Self {
        Self { json, writer }
    }

    /// Prints a text as it is.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn text(&mut self, text: &[u8]) -> Result<(), CommandError> {
        self.writer.write_all(text)?;
        Ok(self.writer.flush()?)
    }

    /// Prints the answer.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn show(&mut self, report: &impl Report) -> Result<(), CommandError> {
        if self.json {
            serde_json::to_writer_pretty(&mut self.writer, report).map_err(io::Error::from)?;
            writeln!(self.writer)?;
        } else {
            let mut columns = TabWriter::new(&mut self.writer).padding(2);
            report.write_for_a_person(&mut columns)?;
            columns.flush()?;
        }
        Ok(self.writer.flush()?)
    }
}

pub(crate) use domain::text::printable;

/// `1 profile`, `2 profiles`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Names joined by commas; a dash when there are none.
pub(crate) fn listed<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_signs_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\tc\nd"), "a [2Jb c d");
    }
}
