//! `profiles`: the pool that new eSIMs are taken from.

mod quarantine;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Subcommand};
use domain::{
    esim::{ProfileType, fits_es2plus},
    failure::Retryable as _,
    numbering::Iccid,
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use store::{DynamoStock, ImportedProfiles, StoreError};

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report},
};
pub use quarantine::ReleaseProfile;

/// Transactions under way at once.
const AT_ONCE: usize = 8;
/// Tries of one transaction, and the pause before the second; each further one is longer.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
/// Wrong lines that are named; the others are counted.
const NAMED: usize = 20;

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// Put profiles into the pool; those that are there stay as they are
    Import(ImportProfiles),
    /// List those that nobody gets before a person has looked at them
    Quarantined,
    /// Put one of those back into the pool, once the SM-DP+ has it to give
    Release(ReleaseProfile),
}

/// Profiles to import.
#[derive(Debug, Args)]
pub struct ImportProfiles {
    /// One profile a line: ICCID, or ICCID,TYPE
    pub file: PathBuf,
    /// Type of the lines that name none
    #[arg(long = "type", value_name = "TYPE")]
    pub profile_type: Option<ProfileType>,
}

impl ProfilesCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done, or lines were wrong.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Import(wanted) => {
                let imported = import(context, wanted).await?;
                output.show(&imported)?;
                match imported.refused {
                    0 => Ok(()),
                    refused => Err(CommandError::ProfilesRefused(refused)),
                }
            }
            Self::Quarantined => output.show(&quarantine::list(context).await?),
            Self::Release(wanted) => output.show(&quarantine::release(context, wanted).await?),
        }
    }
}

/// A line that was left out. Its number alone: an ICCID is personal.
#[derive(Debug, Serialize)]
struct Wrong {
    line: u64,
    why: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct Imported {
    new: usize,
    known: usize,
    refused: usize,
    /// The first of them.
    wrong: Vec<Wrong>,
}

impl Report for Imported {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} profiles are new in the pool, {} were there already",
            self.new, self.known
        )?;
        for Wrong { line, why } in &self.wrong {
            writeln!(out, "line {line}\t{why}")?;
        }
        if self.refused > self.wrong.len() {
            writeln!(out, "and {} more wrong lines", self.refused - self.wrong.len())?;
        }
        if self.new > 0 {
            writeln!(out, "Orders that wait for them are driven again within a minute.")?;
        }
        Ok(())
    }
}

async fn import(context: &Context, wanted: ImportProfiles) -> Result<Imported, CommandError> {
    let ImportProfiles { file, profile_type } = wanted;
    let unreadable = |error: io::Error| {
        let why = error.to_string();
        CommandError::ImportFile { file: file.clone(), why }
    };
    let stock = DynamoStock::new(context.patient_table()?);
    let opened = File::open(&file).map_err(unreadable)?;
    let bar = progress(opened.metadata().map_err(unreadable)?.len());
    let mut lines = Lines { reader: BufReader::new(opened), number: 0, text: String::new() };
    let mut imported = Imported::default();
    // As many profiles are in memory as are on their way, however long the file is.
    let mut gathered: BTreeMap<ProfileType, BTreeSet<Iccid>> = BTreeMap::new();
    let mut under_way = FuturesUnordered::new();
    while let Some(line) = lines.next(&bar).map_err(unreadable)? {
        match read(line, profile_type.as_ref()) {
            Ok(None) => {}
            Ok(Some((iccid, kind))) => {
                let some = gathered.entry(kind.clone()).or_default();
                if !some.insert(iccid) {
                    imported.known += 1;
                }
                if some.len() == DynamoStock::MOST {
                    under_way.push(put(&stock, kind, std::mem::take(some)));
                }
            }
            Err(why) => imported.refuse(lines.number, why),
        }
        if under_way.len() >= AT_ONCE {
            imported.add(under_way.next().await)?;
        }
    }
    for (kind, some) in gathered {
        under_way.push(put(&stock, kind, some));
    }
    while let Some(done) = under_way.next().await {
        imported.add(Some(done))?;
    }
    bar.finish_and_clear();
    Ok(imported)
}

async fn put(
    stock: &DynamoStock,
    kind: ProfileType,
    some: BTreeSet<Iccid>,
) -> Result<ImportedProfiles, StoreError> {
    let some: Vec<Iccid> = some.into_iter().collect();
    let mut tries = 1;
    loop {
        match stock.import(&kind, &some).await {
            // Doing it again is harmless, and an import need not end at one bad second.
            Err(error) if error.retryable() && tries < TRIES => {
                tokio::time::sleep(PAUSE * tries).await;
                tries += 1;
            }
            done => return done,
        }
    }
}

impl Imported {
    fn add(
        &mut self,
        done: Option<Result<ImportedProfiles, StoreError>>,
    ) -> Result<(), StoreError> {
        let ImportedProfiles { new, known } = done.transpose()?.unwrap_or_default();
        self.new += new;
        self.known += known;
        Ok(())
    }

    fn refuse(&mut self, line: u64, why: &'static str) {
        self.refused += 1;
        if self.wrong.len() < NAMED {
            self.wrong.push(Wrong { line, why });
        }
    }
}

/// The lines of a file, one at a time.
struct Lines {
    reader: BufReader<File>,
    number: u64,
    text: String,
}

impl Lines {
    /// The longest line there may be: another kind of file has longer ones.
    const LONGEST: u64 = 1_000;

    fn next(&mut self, bar: &ProgressBar) -> io::Result<Option<&str>> {
        self.text.clear();
        let read = io::Read::take(&mut self.reader, Self::LONGEST).read_line(&mut self.text)?;
        if read as u64 == Self::LONGEST {
            return Err(io::Error::other("a line of 1000 characters or more"));
        }
        self.number += 1;
        bar.inc(read as u64);
        Ok((read > 0).then_some(self.text.trim()))
    }
}

/// What a line says; nothing for an empty one and for a heading.
fn read(
    line: &str,
    usual: Option<&ProfileType>,
) -> Result<Option<(Iccid, ProfileType)>, &'static str> {
    if line.is_empty() || line.to_ascii_lowercase().starts_with("iccid") {
        return Ok(None);
    }
    let (iccid, kind) = match line.split_once(',') {
        Some((iccid, kind)) => (iccid.trim(), Some(kind.trim())),
        None => (line, None),
    };
    let iccid: Iccid = iccid.parse().map_err(|_| "no ICCID, or its check digit is wrong")?;
    if !fits_es2plus(&iccid) {
        return Err("an SM-DP+ knows ICCIDs of 19 or 20 digits only");
    }
    let kind = match kind.filter(|kind| !kind.is_empty()) {
        Some(kind) => kind.parse().map_err(|_| "no type of profile")?,
        None => usual.cloned().ok_or("no type: write ICCID,TYPE or give --type")?,
    };
    Ok(Some((iccid, kind)))
}

/// Drawn on standard error, and on a terminal only.
fn progress(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} % {eta:>5} left");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
