//! `cargo xtask chaos`: what must hold while things break, for as long as asked; the results are a
//! table in `infra/docs/reliability.md`.

mod plot;
mod results;

use crate::{
    program, run,
    tools::{self, Tool},
    workspace,
};
use anyhow::Result;
use clap::ValueEnum;

/// Break things for longer than `cargo xtask test` does; a seed replays
#[derive(clap::Args)]
pub(crate) struct Chaos {
    /// What to break
    #[arg(value_enum)]
    what: What,
    /// How often: races, batches of orders and a kill, messages, inputs, orders
    #[arg(long)]
    rounds: Option<u64>,
    /// Draw the same again; a run prints its own
    #[arg(long)]
    seed: Option<u64>,
    /// As often as `infra/docs/reliability.md` has for its goal, and write results and plots there
    #[arg(long)]
    long: bool,
    /// The build that is tested; thousands of rounds are worth the minutes that optimising takes
    #[arg(long, default_value = "local")]
    profile: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// 64 callers at once on one subscription, one SIM, one key
    Race,
    /// Workers killed at any moment
    Kill,
    /// Messages that come twice, late, or make no sense
    Messages,
    /// Publishing: functions killed, nasty receivers
    Tell,
    /// Inputs of any shape
    Fuzz,
    /// Orders of all kinds: calls to AWS, network and receivers fail, functions die and pause
    Faults,
    /// Orders of all kinds: functions killed before and after each of their calls
    Kills,
    /// Orders of all kinds: table and queues are away
    Blackout,
    /// Service orders of many items, while their workers are killed
    Items,
    /// Everything
    All,
}

impl What {
    /// The tests, as nextest's filter selects them.
    fn filter(self) -> String {
        let tests = match self {
            Self::Race => "race::",
            Self::Kill => "kill::",
            Self::Messages => "messages::",
            Self::Tell => "tell::",
            Self::Fuzz => "fuzz::",
            Self::Faults => "mixed::.*_faults_of_aws",
            Self::Kills => "mixed::.*_kills_before_and_after",
            Self::Blackout => "mixed::.*_a_blackout",
            Self::Items => "items::",
            Self::All => "",
        };
        format!("package(orderwire-tests) and binary(chaos) and test(/^{tests}/)")
    }
}

impl Chaos {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::CargoNextest, Tool::Fauxqs]).await?;
        program::build(&self.profile).await?;
        let mut chaos = run::cargo(["nextest", "run", "--workspace", "--test", "chaos"]);
        chaos
            .args(["--profile", "chaos", "--filterset"])
            .arg(self.what.filter())
            .env("LOCAL_BINARIES_DIR", workspace::binaries(&self.profile));
        if let Some(rounds) = self.rounds {
            chaos.env("CHAOS_ROUNDS", rounds.to_string());
        }
        if let Some(seed) = self.seed {
            chaos.env("CHAOS_SEED", seed.to_string());
        }
        if !self.long {
            return run::shown("chaos", chaos).await;
        }
        let folder = results::emptied_folder()?;
        chaos.arg("--no-fail-fast").env("CHAOS_LONG", "1").env("CHAOS_RESULTS", &folder);
        let outcome = run::shown("chaos", chaos).await;
        // A violation is a result, too.
        results::write(&folder)?;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_every_module() {
        assert!(What::All.filter().ends_with("test(/^/)"));
        assert!(What::Race.filter().ends_with("test(/^race::/)"));
    }
}
