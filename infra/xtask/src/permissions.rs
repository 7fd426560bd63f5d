//! `cargo xtask permissions`: what the tests called, held against the roles of the template.

mod excused;

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use deployment::{
    permissions::{
        self,
        needed::{self, Report},
        record,
    },
    template::{Place, Template},
};

use crate::workspace;
use excused::{EXCUSED, Excuse};

/// Hold the calls that the tests made against the roles of the template
#[derive(clap::Args)]
pub(crate) struct Permissions {
    /// Where the tests kept their calls; `cargo xtask test` without a filter fills it
    #[arg(long, value_name = "DIR")]
    calls: Option<PathBuf>,
    /// Print a call for each grant that refuses it when the grant is taken away
    #[arg(long)]
    show: bool,
}

/// Where `cargo xtask test` keeps the calls.
fn folder() -> PathBuf {
    workspace::target().join("permission-calls")
}

/// The folder, empty: what an earlier run called proves nothing of this one.
pub(crate) fn empty_folder() -> Result<PathBuf> {
    let folder = folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// As the command without options.
pub(crate) fn check() -> Result<()> {
    Permissions { calls: None, show: false }.check()
}

impl Permissions {
    pub(crate) async fn run(self) -> Result<()> {
        self.check()
    }

    fn check(self) -> Result<()> {
        let path = workspace::root().join("infra/template.yaml");
        let template = Template::read(&path, &std::collections::BTreeMap::new())?;
        let plan = template.plan(&Place::local(""))?;
        let folder = self.calls.unwrap_or_else(folder);
        let calls = record::read(&folder).with_context(|| {
            format!("no calls in {}: `cargo xtask test` keeps them", folder.display())
        })?;
        let report = needed::report(&permissions::Permissions::of(&plan), &calls);
        if self.show {
            for (unit, refused) in &report.needed {
                println!("{unit}: else refused {:?}", refused.request.context);
            }
        }
        let wrong = findings(&report, EXCUSED);
        wrong.iter().for_each(|line| eprintln!("{line}"));
        eprintln!(
            "── permissions: {} kinds of calls; {} grants needed, each proved by a call; {} excused",
            calls.len(),
            report.needed.len(),
            grants(EXCUSED).count()
        );
        match wrong.len() {
            0 => Ok(()),
            count => bail!("permissions: {count} findings"),
        }
    }
}

fn grants(excused: &[Excuse]) -> impl Iterator<Item = &'static str> {
    excused.iter().flat_map(|excuse| excuse.grants.iter().copied())
}

/// Denied calls, grants that no call needs and nobody excuses, and excuses of grants that are gone.
/// An excuse of a grant that is needed is none: what random tests call differs from run to run.
fn findings(report: &Report, excused: &[Excuse]) -> Vec<String> {
    let mut lines: Vec<String> = report
        .denied
        .iter()
        .map(|call| {
            let permissions::Request { action, resource, context } = &call.request;
            format!("denied: {}: {action} on {resource}, {context:?}", call.caller)
        })
        .collect();
    let unneeded: BTreeSet<String> = report.unneeded.iter().map(ToString::to_string).collect();
    let needed: BTreeSet<String> = report.needed.iter().map(|(unit, _)| unit.to_string()).collect();
    let excuses: BTreeSet<&str> = grants(excused).collect();
    let missing = unneeded.iter().filter(|text| !excuses.contains(text.as_str()));
    lines.extend(missing.map(|text| {
        format!(
            "no test needs: {text}: remove it, test it, or give the reason in \
             infra/xtask/src/permissions/excused.rs"
        )
    }));
    let gone = excuses.iter().filter(|text| !unneeded.contains(**text) && !needed.contains(**text));
    lines.extend(gone.map(|text| format!("excused, and no role has it: {text}")));
    lines
}

#[cfg(test)]
mod tests {
    use deployment::permissions::{Request, needed::Unit, record::Judged};

    use super::*;

    fn unit(value: &str) -> Unit {
        let text = str::to_owned;
        Unit {
            caller: text("sweeper"),
            action: text("dynamodb:GetItem"),
            resource: text("OrdersTable"),
            value: Some(text(value)),
        }
    }

    const GRANT: &str = "sweeper: dynamodb:GetItem on OrdersTable, HOOK#*";
    const OF_HOOKS: Excuse = Excuse { why: "a reason", grants: &[GRANT] };

    #[test]
    fn a_grant_that_no_call_needs_has_to_be_excused() {
        let unneeded = || Report { unneeded: vec![unit("HOOK#*")], ..Report::default() };
        let [found] = &*findings(&unneeded(), &[]) else { panic!("one finding") };
        assert!(
            found.starts_with("no test needs: sweeper: dynamodb:GetItem on OrdersTable, HOOK#*")
        );
        assert_eq!(findings(&unneeded(), &[OF_HOOKS]), [""; 0]);
    }

    #[test]
    fn an_excuse_of_a_grant_that_is_gone_is_a_finding_and_of_one_that_is_needed_none() {
        let found = findings(&Report::default(), &[OF_HOOKS]);
        let expected = format!("excused, and no role has it: {GRANT}");
        assert_eq!(found, [expected]);
        let call = Judged {
            caller: "sweeper".to_owned(),
            request: Request::new("dynamodb:GetItem", "arn:x"),
        };
        let needed = Report { needed: vec![(unit("HOOK#*"), call)], ..Report::default() };
        assert_eq!(findings(&needed, &[OF_HOOKS]), [""; 0]);
    }

    #[test]
    fn a_denied_call_is_a_finding_whatever_its_caller_did_then() {
        let denied = Judged {
            caller: "sweeper".to_owned(),
            request: Request::new("sqs:SendMessage", "arn:x"),
        };
        let report = Report { denied: vec![denied], ..Report::default() };
        let [found] = &*findings(&report, &[]) else { panic!("one finding") };
        assert!(found.starts_with("denied: sweeper: sqs:SendMessage on arn:x"));
    }

    #[test]
    fn every_excuse_gives_a_reason_and_stands_once() {
        let stated: BTreeSet<_> = grants(EXCUSED).collect();
        assert_eq!(stated.len(), grants(EXCUSED).count());
        assert!(EXCUSED.iter().all(|excuse| excuse.why.len() > 20));
    }
}
