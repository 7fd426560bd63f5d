use std::io::{self, Write};

use clap::{Args, builder::NonEmptyStringValueParser};
use domain::{drift::DriftSubject, identity::Tenant, network::DriftKind};
use serde::Serialize;
use store::DynamoFindings;

use crate::{context::Context, error::CommandError, output::Report};

/// A repair to approve.
#[derive(Debug, Args)]
pub struct ApproveRepair {
    /// The id of the difference, as `drift list` shows it
    pub id: DriftSubject,
    /// The tenant of the order that deletes a foreign subscriber
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<Tenant>,
    /// Who decides; stays with the difference until its order is placed
    #[arg(long, env = "USER", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub by: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Approved {
    id: String,
    kind: &'static str,
    by: String,
}

impl Report for Approved {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "the order that repairs it is placed within a minute (drift list names it)")
    }
}

pub(super) async fn approve(
    context: &Context,
    wanted: ApproveRepair,
) -> Result<Approved, CommandError> {
    let ApproveRepair { id, tenant, by } = wanted;
    let findings = DynamoFindings::new(context.table()?);
    let found = findings.get(&id).await?.ok_or(CommandError::NoFinding)?;
    if !found.is_repairable {
        return Err(CommandError::NotRepairable);
    }
    match (found.drift.kind, &tenant) {
        (DriftKind::Foreign, None) => return Err(CommandError::TenantMissing),
        (DriftKind::Foreign, Some(_)) | (_, None) => {}
        (_, Some(_)) => return Err(CommandError::TenantKnown),
    }
    if !findings.approve(&found, &by, tenant.as_ref()).await? {
        return Err(CommandError::FindingChanged);
    }
    Ok(Approved { id: id.to_string(), kind: found.drift.kind.as_str(), by })
}
