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
    lines::{LeftOut, Lines},
    output::{Report, counted},
};

/// SIMs to import.
#[derive(Debug, Args)]
pub struct ImportSims {
    /// One SIM a line: ICCID,IMSI,ALGORITHM,K,OPC; `-` is standard input
    pub file: PathBuf,
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
    left_out: LeftOut,
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
        self.left_out.write(self.refused + self.differing, "more line", out)
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

    fn add(&mut self, line: u64, outcome: ImportedSim) {
        match outcome {
            ImportedSim::New => self.new += 1,
            ImportedSim::Known => self.known += 1,
            ImportedSim::Differs => {
                self.differing += 1;
                self.left_out.add(line, "the SIM is stored with other data, which stays");
            }
            ImportedSim::ImsiTaken => {
                self.differing += 1;
                self.left_out.add(line, "another SIM has the IMSI");
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
    let mut lines = Lines::open(wanted.file)?;
    let data = DynamoSimData::new(context.patient_table()?);
    let (mut imported, mut gathered) = (Imported::default(), Gathered::default());
    while let Some(line) = lines.next()? {
        let sim = match lines::read(line) {
            Ok(None) => continue,
            Ok(Some(sim)) => sim,
            Err(why) => {
                imported.refused += 1;
                imported.left_out.add(lines.number, why);
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
        return Err(lines.refused("there is no SIM in it"));
    }
    Ok(imported)
}
