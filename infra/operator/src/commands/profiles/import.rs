//! Filling the pool from a file.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use domain::{esim::ProfileType, failure::Retryable as _, numbering::Iccid};
use futures::{StreamExt as _, stream::FuturesUnordered};
use serde::Serialize;
use store::{DynamoStock, StoreError};

use super::lines;
use crate::{
    context::Context,
    error::CommandError,
    lines::{LeftOut, Lines},
    output::{Report, counted, listed},
};

/// Transactions under way at once.
const AT_ONCE: usize = 8;
/// Tries of one transaction, and the pause before the second; each further one is longer.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
/// Lines with another type in the pool that are named.
const NAMED: usize = 20;

/// Profiles to import.
#[derive(Debug, Args)]
pub struct ImportProfiles {
    /// One profile a line: ICCID, or ICCID,TYPE; `-` is standard input
    pub file: PathBuf,
    /// Type of the lines that name none
    #[arg(long = "type", value_name = "TYPE")]
    pub profile_type: Option<ProfileType>,
    /// A type that neither the pool nor a catalogue has had before; may be repeated
    #[arg(long = "new-type", value_name = "TYPE")]
    pub new_types: Vec<ProfileType>,
}

/// A line whose profile is in the pool under another type.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Differing {
    line: u64,
    type_in_pool: ProfileType,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Imported {
    new: usize,
    known: usize,
    refused: usize,
    /// The first of them.
    wrong: LeftOut,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differing: Vec<Differing>,
}

impl Report for Imported {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let are = if self.new == 1 { "is" } else { "are" };
        let were = if self.known == 1 { "was" } else { "were" };
        let new = counted(self.new, "profile");
        writeln!(out, "{new} {are} new in the pool, {} {were} there already", self.known)?;
        for Differing { line, type_in_pool } in self.differing.iter().take(NAMED) {
            writeln!(out, "line {line}\tis in the pool as {type_in_pool}: it stays so")?;
        }
        self.wrong.write(self.refused, "more wrong line", out)?;
        if self.new > 0 {
            writeln!(out, "Orders that wait for them are driven again within a minute.")?;
        }
        Ok(())
    }
}

impl Imported {
    /// What a caller has to know besides the report.
    pub(super) fn complaint(&self) -> Result<(), CommandError> {
        match (self.refused, self.differing.len()) {
            (0, 0) => Ok(()),
            (0, differing) => Err(CommandError::ProfilesDiffer(differing)),
            (refused, _) => Err(CommandError::LinesRefused(refused)),
        }
    }

    fn add(&mut self, done: Option<Result<Put, StoreError>>) -> Result<(), StoreError> {
        let Put { new, known, differing } = done.transpose()?.unwrap_or_default();
        self.new += new;
        self.known += known;
        self.differing.extend(differing);
        Ok(())
    }

    fn refuse(&mut self, line: u64, why: String) {
        self.refused += 1;
        self.wrong.add(line, why);
    }
}

/// Profiles of one type and the lines they stand in.
type Gathered = BTreeMap<Iccid, u64>;

pub(super) async fn import(
    context: &Context,
    wanted: ImportProfiles,
) -> Result<Imported, CommandError> {
    let ImportProfiles { file, profile_type, new_types } = wanted;
    let mut lines = Lines::open(file)?;
    let stock = DynamoStock::new(context.patient_table()?);
    let mut types = stock.known_types().await?;
    types.extend(new_types);
    let mut imported = Imported::default();
    // As many profiles are in memory as are on their way, however long the file is.
    let mut gathered: BTreeMap<ProfileType, Gathered> = BTreeMap::new();
    let mut under_way = FuturesUnordered::new();
    while let Some(line) = lines.next()? {
        match lines::read(line, profile_type.as_ref()).and_then(|read| of_known_type(read, &types))
        {
            Ok(None) => {}
            Ok(Some((iccid, kind))) => {
                let some = gathered.entry(kind.clone()).or_default();
                if some.insert(iccid, lines.number).is_some() {
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
    for (kind, some) in gathered.into_iter().filter(|(_, some)| !some.is_empty()) {
        under_way.push(put(&stock, kind, some));
    }
    while let Some(done) = under_way.next().await {
        imported.add(Some(done))?;
    }
    lines.end();
    imported.differing.sort_by_key(|differing| differing.line);
    if imported.new + imported.known + imported.refused == 0 {
        return Err(lines.refused("there is no profile in it"));
    }
    Ok(imported)
}

type Profile = (Iccid, ProfileType);

fn of_known_type(
    read: Option<Profile>,
    types: &BTreeSet<ProfileType>,
) -> Result<Option<Profile>, String> {
    match &read {
        Some((_, kind)) if !types.contains(kind) => Err(format!(
            "the type {kind} is unknown (known: {}): give --new-type {kind} if it is meant",
            listed(types)
        )),
        _ => Ok(read),
    }
}

#[derive(Default)]
struct Put {
    new: usize,
    known: usize,
    differing: Vec<Differing>,
}

async fn put(stock: &DynamoStock, kind: ProfileType, some: Gathered) -> Result<Put, StoreError> {
    let iccids: Vec<Iccid> = some.keys().cloned().collect();
    let mut tries = 1;
    loop {
        match stock.import(&kind, &iccids).await {
            // Doing it again is harmless, and an import need not end at one bad second.
            Err(error) if error.retryable() && tries < TRIES => {
                tokio::time::sleep(PAUSE * tries).await;
                tries += 1;
            }
            done => {
                let done = done?;
                let differing = done.differing.into_iter().map(|(iccid, type_in_pool)| Differing {
                    line: some.get(&iccid).copied().unwrap_or_default(),
                    type_in_pool,
                });
                let differing = differing.collect();
                return Ok(Put { new: done.new, known: done.known, differing });
            }
        }
    }
}
