//! Files with one profile a line: ICCID, or ICCID,TYPE.

use std::{
    io::{self, BufRead, IsTerminal as _, Read as _},
    path::Path,
    time::{Duration, Instant},
};

use domain::{
    esim::{ProfileType, fits_es2plus},
    numbering::Iccid,
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::input;

/// The longest line there may be: another kind of file has longer ones.
const LONGEST: u64 = 1_000;
/// How often progress is told where no bar can be drawn.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// The lines of a file, one at a time.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    pub(super) number: u64,
    text: String,
    progress: Progress,
}

impl Lines {
    /// Of a file, or of standard input for `-`.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let bytes = std::fs::metadata(file).ok().map(|metadata| metadata.len());
        let reader = input::open(file)?;
        Ok(Self { reader, number: 0, text: String::new(), progress: Progress::new(bytes) })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<&str>> {
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

    pub(super) fn end(&self) {
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

/// What a line says; nothing for an empty one and for a heading.
pub(super) fn read(
    line: &str,
    usual: Option<&ProfileType>,
) -> Result<Option<(Iccid, ProfileType)>, String> {
    let Some((iccid, kind)) = parts(line)? else { return Ok(None) };
    let iccid = number(iccid)?;
    let kind = match kind {
        Some(kind) => kind.parse().map_err(|_| format!("{kind:?} is no type of profile"))?,
        None => usual.cloned().ok_or("no type: write ICCID,TYPE or give --type")?,
    };
    Ok(Some((iccid, kind)))
}

/// The number of a line, whatever its type; nothing for an empty one and for a heading.
pub(super) fn read_number(line: &str) -> Result<Option<Iccid>, String> {
    parts(line)?.map(|(iccid, _)| number(iccid)).transpose()
}

type Parts<'l> = Option<(&'l str, Option<&'l str>)>;

fn parts(line: &str) -> Result<Parts<'_>, String> {
    if line.is_empty() || line.trim_matches('"').to_ascii_lowercase().starts_with("iccid") {
        return Ok(None);
    }
    if line.contains(['"', '\'']) {
        return Err("quotes: write ICCID,TYPE without them".to_owned());
    }
    if line.contains([';', '\t']) {
        return Err("a semicolon or tab: ICCID and TYPE are separated by a comma".to_owned());
    }
    let (iccid, kind) = match line.split_once(',') {
        Some((iccid, kind)) => (iccid.trim(), Some(kind.trim())),
        None => (line, None),
    };
    Ok(Some((iccid, kind.filter(|kind| !kind.is_empty()))))
}

/// Says what is wrong with a number, never the number.
fn number(text: &str) -> Result<Iccid, String> {
    // The filler of an odd number of digits is no part of it.
    let digits = text.strip_suffix(['F', 'f']).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("no ICCID: it has digits only".to_owned());
    }
    if !(19..=20).contains(&digits.len()) {
        return Err("an SM-DP+ knows ICCIDs of 19 or 20 digits only".to_owned());
    }
    let iccid: Iccid = digits.parse().map_err(|_| "the check digit of the ICCID is wrong")?;
    match fits_es2plus(&iccid) {
        true => Ok(iccid),
        false => Err("an SM-DP+ knows ICCIDs of 19 or 20 digits only".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_words_of_its_own() {
        let usual: ProfileType = "consumer".parse().unwrap();
        let said = |line: &str| read(line, Some(&usual)).err().unwrap_or_default();
        let right = "89461177710001700003";
        for line in
            [right, "", "ICCID,TYPE", "\"iccid\"", &format!("{right}F"), &format!("{right},iot")]
        {
            assert_eq!(said(line), "", "{line}");
        }
        for (line, words) in [
            (&*format!("\"{right}\""), "quotes"),
            (&*format!("{right};iot"), "semicolon"),
            (&*format!("{right}\tiot"), "tab"),
            ("89461177710001700004", "check digit"),
            ("894611777100017", "19 or 20 digits"),
            ("hello", "digits only"),
            (&*format!("{right},a#b c"), "no type of profile"),
        ] {
            let said = said(line);
            assert!(said.contains(words) && !said.contains("8946"), "{line}: {said}");
        }
        assert!(read(right, None).unwrap_err().contains("--type"));
    }
}
