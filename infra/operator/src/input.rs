//! Files a person gives: with or without a byte order mark, `-` for standard input.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
};

/// What spreadsheets put before text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file, or standard input for `-`.
pub(crate) fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let opened = File::open(file)?;
    match opened.metadata()?.is_dir() {
        true => Err(io::Error::other("this is a folder")),
        false => Ok(Box::new(BufReader::new(opened))),
    }
}

/// All of a file's text.
pub(crate) fn text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(file)?.read_to_string(&mut text)?;
    Ok(without_mark(&text).to_owned())
}

/// Text without a byte order mark.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}
