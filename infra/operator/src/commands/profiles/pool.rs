//! Looking at the pool, and taking out what should not be in it.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use domain::{esim::ProfileType, numbering::Iccid};
use futures::{StreamExt as _, stream};
use serde::Serialize;
use store::{DynamoQuarantine, DynamoStock, RemovedProfile};

use super::lines;
use crate::{
    context::Context,
    error::CommandError,
    lines::Lines,
    output::{Report, counted, listed as words, printable},
};

/// Transactions under way at once.
const AT_ONCE: usize = 8;

/// Which free profiles to list.
#[derive(Debug, Args)]
pub struct ListProfiles {
    /// Of this type; of every one without
    #[arg(long = "type", value_name = "TYPE")]
    pub profile_type: Option<ProfileType>,
    /// At most so many of each type
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = 1..=1_000_000_i64)]
    pub limit: i64,
}

/// Which profiles to take out.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct RemoveProfiles {
    /// Their numbers
    #[arg(value_name = "ICCID")]
    pub iccids: Vec<Iccid>,
    /// A file with one profile a line, as it was imported; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OfType {
    profile_type: ProfileType,
    free: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Counted {
    types: Vec<OfType>,
    quarantined: usize,
}

impl Report for Counted {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.types.is_empty() {
            writeln!(out, "the pool is empty, and no catalogue has a product")?;
        } else {
            writeln!(out, "TYPE\tFREE")?;
        }
        for OfType { profile_type, free } in &self.types {
            writeln!(out, "{}\t{free}", printable(&profile_type.to_string()))?;
        }
        let are = if self.quarantined == 1 { "is" } else { "are" };
        writeln!(out, "{} {are} in quarantine", counted(self.quarantined, "profile"))
    }
}

pub(super) async fn count(context: &Context) -> Result<Counted, CommandError> {
    let table = context.table()?;
    let stock = DynamoStock::new(table.clone());
    let mut types = Vec::new();
    for profile_type in stock.known_types().await? {
        let free = stock.count_free(&profile_type).await?;
        types.push(OfType { profile_type, free });
    }
    let quarantined = DynamoQuarantine::new(table).list().await?.len();
    Ok(Counted { types, quarantined })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    iccid: String,
    profile_type: ProfileType,
}

#[derive(Debug, Serialize)]
pub(super) struct Listed {
    profiles: Vec<Line>,
    /// There are further ones.
    more: bool,
}

impl Report for Listed {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.profiles.is_empty() {
            return writeln!(out, "no profile is free");
        }
        writeln!(out, "PROFILE\tTYPE")?;
        for Line { iccid, profile_type } in &self.profiles {
            writeln!(out, "{iccid}\t{}", printable(&profile_type.to_string()))?;
        }
        match self.more {
            true => writeln!(out, "There are more: --limit N lists more, profiles count counts."),
            false => Ok(()),
        }
    }
}

pub(super) async fn list(context: &Context, wanted: ListProfiles) -> Result<Listed, CommandError> {
    let stock = DynamoStock::new(context.table()?);
    let known = stock.known_types().await?;
    let types: Vec<ProfileType> = match wanted.profile_type {
        Some(name) if !known.contains(&name) => {
            return Err(CommandError::NoProfileType { name, known: words(&known) });
        }
        Some(profile_type) => vec![profile_type],
        None => known.into_iter().collect(),
    };
    let most = usize::try_from(wanted.limit).unwrap_or(1);
    let mut listed = Listed { profiles: Vec::new(), more: false };
    for profile_type in types {
        let mut free = stock.free(&profile_type, most + 1).await?;
        listed.more |= free.len() > most;
        free.truncate(most);
        listed.profiles.extend(
            free.into_iter()
                .map(|iccid| Line { iccid: iccid.to_string(), profile_type: profile_type.clone() }),
        );
    }
    Ok(listed)
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Removed {
    removed: usize,
    /// An order, an eSIM or the quarantine has them.
    not_free: usize,
    not_there: usize,
    /// Lines that name no profile.
    refused: usize,
}

impl Report for Removed {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { removed, not_free, not_there, refused } = self;
        writeln!(out, "{} removed from the pool", counted(*removed, "profile"))?;
        if *not_there > 0 {
            writeln!(out, "{} not in the pool", counted(*not_there, "profile"))?;
        }
        if *not_free > 0 {
            let some = counted(*not_free, "profile");
            writeln!(out, "{some} not free: an order, an eSIM or the quarantine has them")?;
        }
        match refused {
            0 => Ok(()),
            _ => writeln!(out, "{} without an ICCID", counted(*refused, "line")),
        }
    }
}

impl Removed {
    /// What a caller has to know besides the report.
    pub(super) fn complaint(&self) -> Result<(), CommandError> {
        match (self.not_free, self.refused, self.removed + self.not_there) {
            (0, 0, 1..) if self.removed > 0 => Ok(()),
            (0, 0, _) => Err(CommandError::NotInPool),
            (not_free @ 1.., ..) => Err(CommandError::ProfilesNotFree(not_free)),
            (_, refused, _) => Err(CommandError::LinesRefused(refused)),
        }
    }
}

pub(super) async fn remove(
    context: &Context,
    wanted: RemoveProfiles,
) -> Result<Removed, CommandError> {
    let stock = DynamoStock::new(context.patient_table()?);
    let mut removed = Removed::default();
    let mut iccids = wanted.iccids;
    if let Some(file) = wanted.file {
        let mut lines = Lines::open(file)?;
        while let Some(line) = lines.next()? {
            match lines::read_number(line) {
                Ok(found) => iccids.extend(found),
                Err(_) => removed.refused += 1,
            }
        }
        lines.end();
    }
    let outcomes = stream::iter(&iccids).map(|iccid| stock.remove(iccid));
    let mut outcomes = outcomes.buffer_unordered(AT_ONCE);
    while let Some(outcome) = outcomes.next().await {
        match outcome? {
            RemovedProfile::Done => removed.removed += 1,
            RemovedProfile::NotThere => removed.not_there += 1,
            RemovedProfile::NotFree(_) => removed.not_free += 1,
        }
    }
    Ok(removed)
}
