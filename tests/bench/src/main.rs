//! What the functions cost, measured: `cargo xtask bench` builds all that this program needs and
//! runs it. `infra/docs/performance.md` says how it measures and what must hold.

mod contender;
mod cost;
mod endpoint;
mod measure;
mod orders;
mod page;
mod pipeline;
mod plot;
mod process;
mod record;
mod run;
mod scale;
mod stats;
mod table;
mod tls;
mod world;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    Run(Box<run::Run>),
    /// What an order costs, counted
    Cost,
    /// Which key, queue or quota is used up first when the load grows
    Scale,
    /// Print the calls of the table that each endpoint makes
    Record,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().part {
        Part::Run(run) => run.run().await,
        Part::Cost => {
            println!("{:#?}", cost::counted().await?);
            Ok(())
        }
        Part::Scale => {
            print!("{}", scale::report().await?);
            Ok(())
        }
        Part::Record => record::print().await,
    }
}
