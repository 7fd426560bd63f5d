//! Files with one thing a line, read line by line with progress.

use std::{
    io::{self, BufRead, IsTerminal as _, Read as _},
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::input;

/// The longest line there may be: another kind of file has longer ones.
const LONGEST: u64 = 1_000;
/// How often progress is told where no bar can be drawn.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// The lines of a file, one at a time.
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    pub(crate) number: u64,
    text: String,
    progress: Progress,
}

impl Lines {
    /// Of a file, or of standard input for `-`.
    pub(crate) fn open(file: &Path) -> io::Result<Self> {
        let bytes = std::fs::metadata(file).ok().map(|metadata| metadata.len());
        let reader = input::open(file)?;
        Ok(Self { reader, number: 0, text: String::new(), progress: Progress::new(bytes) })
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<&str>> {
        self.text.clear();
        let read = self.reader.by_ref().take(LONGEST).read_line(&mut self.text)?;
        if read as u64 == LONGEST {
            return Err(io::Error::other("a line of 1000 characters or more"));
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
