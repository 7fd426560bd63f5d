//! Storing SIMs from a file.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use domain::{
    numbering::{Iccid, Imsi},
    sim::Sim,
};
use serde::Serialize;
use store::{DynamoSimData, ImportedSim};

use super::lines;
use crate::{
    context::Context,
    error::CommandError,
    lines::Lines,
    output::{Report, counted},
};

/// Wrong lines that are named; the others are counted.
const NAMED: usize = 20;

/// SIMs to import.
#[derive(Debug, Args)]
pub struct ImportSims {
    /// One SIM a line: ICCID,IMSI,ALGORITHM,K,OPC; `-` is standard input
    pub file: PathBuf,
}

/// A line that was left out. Its number alone: what stands in it is personal or secret.
#[derive(Debug, Serialize)]
struct LeftOut {
    line: u64,
    why: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Imported {
    new: usize,
    known: usize,
    /// Lines that are no SIM.
    refused: usize,
    /// Lines whose SIM, or whose IMSI, is stored otherwise.
    differing: usize,
    /// The first of both.
    left_out: Vec<LeftOut>,
}

impl Report for Imported {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let are = if self.new == 1 { "is" } else { "are" };
        let were = if self.known == 1 { "was" } else { "were" };
        writeln!(
            out,
            "{} {are} new, {} {were} there already",
            counted(self.new, "SIM"),
            self.known
        )?;
        for LeftOut { line, why } in &self.left_out {
            writeln!(out, "line {line}\t{why}")?;
        }
        let more = (self.refused + self.differing).saturating_sub(self.left_out.len());
        if more > 0 {
            writeln!(out, "and {}", counted(more, "more line"))?;
        }
        Ok(())
    }
}

impl Imported {
    /// What a caller has to know besides the report.
    pub(super) fn complaint(&self) -> Result<(), CommandError> {
        match (self.refused, self.differing) {
            (0, 0) => Ok(()),
            (0, differing) => Err(CommandError::SimsDiffer(differing)),
            (refused, _) => Err(CommandError::LinesRefused(refused)),
        }
    }

    fn leave_out(&mut self, line: u64, why: impl Into<String>) {
        if self.left_out.len() < NAMED {
            self.left_out.push(LeftOut { line, why: why.into() });
        }
    }

    fn add(&mut self, line: u64, outcome: ImportedSim) {
        match outcome {
            ImportedSim::New => self.new += 1,
            ImportedSim::Known => self.known += 1,
            ImportedSim::Differs => {
                self.differing += 1;
                self.leave_out(line, "the SIM is stored with other data, which stays");
            }
            ImportedSim::ImsiTaken => {
                self.differing += 1;
                self.leave_out(line, "another SIM has the IMSI");
            }
        }
    }
}

/// Lines that are stored in one transaction. No two of them have a number in common.
#[derive(Default)]
struct Gathered {
    sims: Vec<Sim>,
    lines: Vec<u64>,
    numbers: BTreeSet<(Option<Iccid>, Option<Imsi>)>,
}

impl Gathered {
    /// False if a line before has one of the numbers.
    fn add(&mut self, line: u64, sim: &Sim) -> bool {
        let (iccid, imsi) = (sim.identity.iccid.clone(), sim.identity.imsi.clone());
        let numbers = [(Some(iccid), None), (None, Some(imsi))];
        if numbers.iter().any(|number| self.numbers.contains(number)) {
            return false;
        }
        self.numbers.extend(numbers);
        self.sims.push(sim.clone());
        self.lines.push(line);
        true
    }

    async fn store(
        &mut self,
        data: &DynamoSimData,
        imported: &mut Imported,
    ) -> Result<(), CommandError> {
        let Self { sims, lines, .. } = std::mem::take(self);
        for (line, outcome) in lines.into_iter().zip(data.import(&sims).await?) {
            imported.add(line, outcome);
        }
        Ok(())
    }
}

pub(super) async fn import(
    context: &Context,
    wanted: ImportSims,
) -> Result<Imported, CommandError> {
    let file = wanted.file;
    let unreadable = |error: io::Error| {
        let why = error.to_string();
        CommandError::ImportFile { file: file.clone(), why }
    };
    let mut lines = Lines::open(&file).map_err(unreadable)?;
    let data = DynamoSimData::new(context.patient_table()?);
    let (mut imported, mut gathered) = (Imported::default(), Gathered::default());
    while let Some(line) = lines.next().map_err(unreadable)? {
        let sim = match lines::read(line) {
            Ok(None) => continue,
            Ok(Some(sim)) => sim,
            Err(why) => {
                imported.refused += 1;
                imported.leave_out(lines.number, why);
                continue;
            }
        };
        if !gathered.add(lines.number, &sim) {
            gathered.store(&data, &mut imported).await?;
            gathered.add(lines.number, &sim);
        }
        if gathered.sims.len() == DynamoSimData::MOST {
            gathered.store(&data, &mut imported).await?;
        }
    }
    gathered.store(&data, &mut imported).await?;
    lines.end();
    if imported.new + imported.known + imported.refused + imported.differing == 0 {
        let why = "there is no SIM in it".to_owned();
        return Err(CommandError::ImportFile { file, why });
    }
    Ok(imported)
}
