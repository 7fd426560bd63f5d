use std::io::{self, Write};

use domain::{
    clock::rfc3339,
    drift::{Finding, Pass, RepairState},
};
use serde::Serialize;
use store::{DynamoFindings, DynamoPass};

use crate::{
    context::Context,
    error::CommandError,
    output::{Report, printable},
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    /// None: nothing has been compared yet.
    comparison: Option<Comparison>,
    findings: Vec<Line>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Comparison {
    began_at: String,
    /// None: it is under way.
    ended_at: Option<String>,
    subscriptions: u64,
    subscribers: u64,
    found: u64,
    skipped: u64,
    not_kept: u64,
    /// Networks of which foreign subscribers were not checked.
    foreign_not_checked: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    id: String,
    kind: &'static str,
    difference: String,
    found_at: String,
    network: String,
    tenant: Option<String>,
    /// The last order of the subscription, or the one by which the SIM ended.
    last_order: Option<u64>,
    /// Proposed, approved, ordered, or by hand.
    repair: &'static str,
    approved_by: Option<String>,
    repair_order: Option<u64>,
}

impl From<Pass> for Comparison {
    fn from(pass: Pass) -> Self {
        Self {
            began_at: rfc3339(pass.began_at),
            ended_at: pass.ended_at.map(rfc3339),
            subscriptions: pass.counts.subscriptions,
            subscribers: pass.counts.subscribers,
            found: pass.counts.found,
            skipped: pass.counts.skipped,
            not_kept: pass.counts.not_kept,
            foreign_not_checked: pass.not_listed,
        }
    }
}

impl From<Finding> for Line {
    fn from(finding: Finding) -> Self {
        let (repair, approved_by, repair_order) = match finding.repair {
            RepairState::Ordered(order) => ("ordered", None, Some(order.get())),
            _ if !finding.is_repairable => ("by hand", None, None),
            RepairState::Proposed => ("proposed", None, None),
            RepairState::Approved { by, .. } => ("approved", Some(by), None),
        };
        Self {
            id: finding.subject.to_string(),
            kind: finding.drift.kind.as_str(),
            difference: finding.drift.difference,
            found_at: rfc3339(finding.found_at),
            network: finding.network,
            tenant: finding.tenant.map(|tenant| tenant.to_string()),
            last_order: finding.last_order.map(|order| order.get()),
            repair,
            approved_by,
            repair_order,
        }
    }
}

/// A cell that may have nothing.
fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

impl Report for Listed {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        match &self.comparison {
            None => writeln!(out, "nothing has been compared yet")?,
            Some(last) => last.write(out)?,
        }
        if self.findings.is_empty() {
            return writeln!(out, "no differences are known");
        }
        writeln!(out, "ID\tKIND\tDIFFERENCE\tFOUND\tTENANT\tLAST ORDER\tREPAIR\tORDER")?;
        for line in &self.findings {
            let (tenant, last) = (cell(line.tenant.as_deref()), cell(line.last_order));
            let Line { id, kind, difference, found_at, repair, .. } = line;
            writeln!(
                out,
                "{id}\t{kind}\t{}\t{found_at}\t{}\t{last}\t{repair}\t{}",
                printable(difference),
                printable(&tenant),
                cell(line.repair_order),
            )?;
        }
        Ok(())
    }
}

impl Comparison {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let state = match &self.ended_at {
            Some(ended) => format!("ended {ended}"),
            None => "under way".to_owned(),
        };
        let Self { began_at, subscriptions, subscribers, found, skipped, not_kept, .. } = self;
        writeln!(
            out,
            "comparison of {began_at}, {state}: {subscriptions} subscriptions and {subscribers} \
             subscribers, {found} differences; {skipped} not compared, {not_kept} not kept"
        )?;
        for network in &self.foreign_not_checked {
            writeln!(out, "foreign subscribers of {} were not checked", printable(network))?;
        }
        Ok(())
    }
}

pub(super) async fn list(context: &Context) -> Result<Listed, CommandError> {
    let table = context.table()?;
    let comparison = DynamoPass::new(table.clone()).get().await?.map(Comparison::from);
    let findings = DynamoFindings::new(table).all().await?;
    Ok(Listed { comparison, findings: findings.into_iter().map(Line::from).collect() })
}
