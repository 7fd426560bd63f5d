use std::io::{self, Write};

use clap::Args;
use domain::numbering::Iccid;
use serde::Serialize;
use store::DynamoSims;

use crate::{context::Context, error::CommandError, output::Report};

/// A SIM to show.
#[derive(Debug, Args)]
pub struct ShowSim {
    /// Its number
    pub iccid: Iccid,
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    iccid: String,
    imsi: String,
    algorithm: &'static str,
}

impl Report for Shown {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "ICCID\tIMSI\tALGORITHM")?;
        writeln!(out, "{}\t{}\t{}", self.iccid, self.imsi, self.algorithm)
    }
}

pub(super) async fn show(context: &Context, wanted: &ShowSim) -> Result<Shown, CommandError> {
    let sims = DynamoSims::new(context.table()?);
    let sim = sims.get(&wanted.iccid).await?.ok_or(CommandError::NoSim)?;
    Ok(Shown {
        iccid: sim.iccid.to_string(),
        imsi: sim.imsi.to_string(),
        algorithm: sim.algorithm.as_str(),
    })
}
