//! Files with one thing a line, read line by line with progress.

use std::{
    io::{self, BufRead, IsTerminal as _, Read as _, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{error::CommandError, input, output::counted};

/// The longest line there may be: another kind of file has longer ones.
const LONGEST: u64 = 1_000;
/// How often progress is told where no bar can be drawn.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Lines that were left out and are named; the others are counted.
const NAMED: usize = 20;

/// The lines of a file, one at a time.
pub(crate) struct Lines {
    file: PathBuf,
    reader: Box<dyn BufRead>,
    pub(crate) number: u64,
    text: String,
    progress: Progress,
}

impl Lines {
    /// Of a file, or of standard input for `-`.
    pub(crate) fn open(file: PathBuf) -> Result<Self, CommandError> {
        let bytes = std::fs::metadata(&file).ok().map(|metadata| metadata.len());
        let reader = match input::open(&file) {
            Ok(reader) => reader,
            Err(error) => return Err(unreadable(&file, error.to_string())),
        };
        Ok(Self { file, reader, number: 0, text: String::new(), progress: Progress::new(bytes) })
    }

    pub(crate) fn next(&mut self) -> Result<Option<&str>, CommandError> {
        self.text.clear();
        let read = match self.reader.by_ref().take(LONGEST).read_line(&mut self.text) {
            Ok(read) => read,
            Err(error) => return Err(self.refused(&error.to_string())),
        };
        if read as u64 == LONGEST {
            return Err(self.refused("a line of 1000 characters or more"));
        }
        self.number += 1;
        self.progress.advance(read as u64, self.number);
        let text = self.text.trim();
        let text = if self.number == 1 { input::without_mark(text) } else { text };
        Ok((read > 0).then_some(text))
    }

    pub(crate) fn end(&self) {
        self.progress.bar.finish_and_clear();
    }

    /// Why the file is of no use.
    pub(crate) fn refused(&self, why: &str) -> CommandError {
        unreadable(&self.file, why.to_owned())
    }
}

fn unreadable(file: &Path, why: String) -> CommandError {
    CommandError::ImportFile { file: file.to_owned(), why }
}

/// A line that was left out. Its number alone: what stands in it is personal or secret.
#[derive(Debug, Serialize)]
struct LeftOutLine {
    line: u64,
    why: String,
}

/// The first of the lines that were left out.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct LeftOut(Vec<LeftOutLine>);

impl LeftOut {
    pub(crate) fn add(&mut self, line: u64, why: impl Into<String>) {
        if self.0.len() < NAMED {
            self.0.push(LeftOutLine { line, why: why.into() });
        }
    }

    /// Names them, and counts the others of `all`, which are such lines.
    pub(crate) fn write(&self, all: usize, such: &str, out: &mut dyn Write) -> io::Result<()> {
        for LeftOutLine { line, why } in &self.0 {
            writeln!(out, "line {line}\t{why}")?;
        }
        match all.saturating_sub(self.0.len()) {
            0 => Ok(()),
            more => writeln!(out, "and {}", counted(more, such)),
        }
    }
}

/// Drawn on a terminal, told by lines elsewhere; on standard error.
struct Progress {
    bar: ProgressBar,
    told: Instant,
}

impl Progress {
    fn new(bytes: Option<u64>) -> Self {
        let (bar, template) = match bytes {
            Some(bytes) => (ProgressBar::new(bytes), "{bar:40} {percent:>3} %  {msg}  {eta} left"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
        };
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self { bar, told: Instant::now() }
    }

    fn advance(&mut self, bytes: u64, lines: u64) {
        self.bar.inc(bytes);
        self.bar.set_message(format!("{lines} lines"));
        if !io::stderr().is_terminal() && self.told.elapsed() > TELL_EVERY {
            eprintln!("{lines} lines so far");
            self.told = Instant::now();
        }
    }
}
