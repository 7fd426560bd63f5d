//! What a person gives: files, with or without a byte order mark, `-` for standard input; ids of
//! orders as they are written elsewhere.

use std::{
    convert::Infallible,
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
};

use domain::esim::EsimOrderId;

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

/// The id of an order as it is stored: a UUID may be written in either case.
pub(crate) fn order_id(text: &str) -> Result<String, Infallible> {
    Ok(text.parse::<EsimOrderId>().map_or_else(|_| text.to_owned(), |id| id.to_string()))
}
