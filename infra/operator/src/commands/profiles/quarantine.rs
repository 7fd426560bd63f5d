//! Profiles that nobody gets before a person has looked at them.

use std::io::{self, Write};

use clap::{Args, builder::NonEmptyStringValueParser};
use domain::{clock::rfc3339, numbering::Iccid};
use serde::Serialize;
use store::{DynamoQuarantine, ReleasedProfile};

use crate::{
    context::Context,
    error::CommandError,
    output::{Report, printable},
};

/// A profile to put back.
#[derive(Debug, Args)]
pub struct ReleaseProfile {
    /// Its number
    pub iccid: Iccid,
    /// Why it may be given out again
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: String,
    /// Who decides; stays with the profile
    #[arg(long, env = "USER", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub by: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Quarantined {
    profiles: Vec<Line>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    iccid: String,
    profile_type: String,
    /// `order show` says what it met.
    order: String,
    since: String,
}

impl Report for Quarantined {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.profiles.is_empty() {
            return writeln!(out, "no profile is in quarantine");
        }
        writeln!(out, "PROFILE\tTYPE\tSINCE\tPUT THERE BY ORDER")?;
        for Line { iccid, profile_type, order, since } in &self.profiles {
            writeln!(out, "{iccid}\t{}\t{since}\t{order}", printable(profile_type))?;
        }
        Ok(())
    }
}

pub(super) async fn list(context: &Context) -> Result<Quarantined, CommandError> {
    let profiles = DynamoQuarantine::new(context.table()?).list().await?;
    let profiles = profiles.into_iter().map(|profile| Line {
        iccid: profile.iccid.to_string(),
        profile_type: profile.profile_type.to_string(),
        order: profile.order.to_string(),
        since: rfc3339(profile.since),
    });
    Ok(Quarantined { profiles: profiles.collect() })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Released {
    iccid: String,
    profile_type: String,
    by: String,
    reason: String,
}

impl Report for Released {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "the profile is free again, of type {}", printable(&self.profile_type))
    }
}

pub(super) async fn release(
    context: &Context,
    asked: ReleaseProfile,
) -> Result<Released, CommandError> {
    let ReleaseProfile { iccid, reason, by } = asked;
    let quarantine = DynamoQuarantine::new(context.table()?);
    let seen = quarantine.find(&iccid).await?.ok_or(CommandError::NotQuarantined)?;
    match quarantine.release(&seen, (&by, &reason), context.now()).await? {
        ReleasedProfile::Done => {
            let profile_type = seen.profile_type.to_string();
            Ok(Released { iccid: iccid.to_string(), profile_type, by, reason })
        }
        ReleasedProfile::Superseded => Err(CommandError::NotQuarantined),
    }
}
