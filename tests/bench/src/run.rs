//! All of it, and the page that says what was found.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    contender::{Contender, Programs, Stage},
    cost::{self, Cost},
    endpoint::Endpoint,
    measure::{self, Field, Figures, Rounds},
    orders::{Operation, Recorded, Told, consumed, is_refused, record},
    pipeline::{self, Throughput},
    table::{self, Row, figure},
    world::World,
};

/// Measure everything, and write the page and its plots
#[derive(clap::Args)]
pub(crate) struct Run {
    #[command(flatten)]
    programs: Programs,
    /// Three minutes: fewer rounds, and not with 100,000 orders stored
    #[arg(long)]
    quick: bool,
    /// Leave the local cloud out: no figure that is taken by the clock alone
    #[arg(long)]
    no_pipeline: bool,
    /// Only what is counted: nothing is started, and no clock is read
    #[arg(long)]
    counted: bool,
    /// Only compare the answers of the functions and their peers
    #[arg(long)]
    compare: bool,
    /// Where the page and the plots are written
    #[arg(long, default_value = "tests/bench")]
    out: PathBuf,
}

/// All that was found.
pub(crate) struct Found {
    pub(crate) fields: BTreeMap<&'static str, Field>,
    largest: f64,
    pub(crate) throughput: Vec<Throughput>,
    delivery: Option<crate::stats::Summary>,
    pub(crate) costs: Vec<Cost>,
    pub(crate) growth: Growth,
}

/// Counted orders.
pub(crate) struct Growth {
    create: Recorded,
    create_endpoint: Recorded,
    create_feed: Recorded,
    change: Recorded,
    change_endpoint: Recorded,
    /// Endpoints, and write units of a whole order.
    pub(crate) endpoints: Vec<(u64, f64)>,
    /// Bytes of the call, and write units of a whole order.
    pub(crate) payload: Vec<(usize, f64)>,
}

impl Run {
    /// # Errors
    /// Something fails that is measured.
    pub(crate) async fn run(self) -> Result<()> {
        if self.compare {
            return self.compare().await;
        }
        let rounds = if self.quick { Rounds::QUICK } else { Rounds::FULL };
        let growth = growth().await?;
        let costs = cost::counted().await?;
        let (throughput, delivery) = self.pipeline().await?;
        let (fields, largest) = self.functions(rounds).await?;
        let found = Found { fields, largest, throughput, delivery, costs, growth };
        let rows = found.rows()?;
        println!("{}", table::markdown(&rows));
        let page = found.page(&rows, self.command(), &self.programs)?;
        fs::write(self.out.join("RESULTS.md"), page)?;
        found.plots(&self.out)
    }

    /// What writes the page.
    fn command(&self) -> &'static str {
        match (self.counted, self.quick, self.no_pipeline) {
            (true, ..) => "cargo xtask bench --counted",
            (false, true, false) => "cargo xtask bench --quick",
            (false, true, true) => "cargo xtask bench --quick --no-pipeline",
            (false, false, true) => "cargo xtask bench --no-pipeline",
            (false, false, false) => "cargo xtask bench",
        }
    }

    /// The figures at each endpoint, and the size of the largest function in megabytes.
    async fn functions(&self, rounds: Rounds) -> Result<(BTreeMap<&'static str, Field>, f64)> {
        let mut fields = BTreeMap::new();
        if self.counted {
            return Ok((fields, f64::NAN));
        }
        let world = World::new().await?;
        let stage = Stage::new(&world, &self.programs).await?;
        let mut largest = 0.0_f64;
        for endpoint in Endpoint::ALL {
            eprintln!("measuring {}", endpoint.name());
            fields.insert(endpoint.short(), measure::endpoint(&stage, endpoint, rounds).await?);
            largest = largest.max(megabytes(self.programs.size(endpoint.function())?));
        }
        Ok((fields, largest))
    }

    async fn compare(&self) -> Result<()> {
        let world = World::new().await?;
        let stage = Stage::new(&world, &self.programs).await?;
        for endpoint in Endpoint::ALL {
            measure::endpoint(&stage, endpoint, Rounds::COMPARE).await?;
            println!("{}: all answer alike", endpoint.name());
        }
        Ok(())
    }

    async fn pipeline(&self) -> Result<(Vec<Throughput>, Option<crate::stats::Summary>)> {
        if self.no_pipeline || self.counted {
            return Ok((Vec::new(), None));
        }
        eprintln!("measuring the local cloud");
        let (stored, orders): (&[u64], _) =
            if self.quick { (&[1, 10], 640) } else { (&[1, 10, 100_000], 1_920) };
        let throughput = pipeline::throughput(stored, orders).await?;
        Ok((throughput, Some(pipeline::deliveries(100).await?)))
    }
}

async fn growth() -> Result<Growth> {
    let mut endpoints = Vec::new();
    for count in [0, 1, 2, 5] {
        let told = if count == 0 { Told::Nobody } else { Told::Endpoints(count) };
        endpoints.push((count, record(Operation::Change, told, 0).await?.units().0));
    }
    let mut payload = Vec::new();
    for tags in [0, 2, 5, 10] {
        let recorded = record(Operation::Change, Told::Nobody, tags).await?;
        payload.push((tags * 35, recorded.units().0));
    }
    Ok(Growth {
        create: record(Operation::Create, Told::Nobody, 0).await?,
        create_endpoint: record(Operation::Create, Told::Endpoints(1), 0).await?,
        create_feed: record(Operation::Create, Told::Feed, 0).await?,
        change: record(Operation::Change, Told::Nobody, 0).await?,
        change_endpoint: record(Operation::Change, Told::Endpoints(1), 0).await?,
        endpoints,
        payload,
    })
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

impl Recorded {
    fn call_units(&self) -> f64 {
        self.call.iter().flat_map(consumed).map(|(_, units)| units).sum()
    }

    /// Without the two readings.
    #[expect(clippy::cast_precision_loss, reason = "there are few calls")]
    fn calls(&self) -> f64 {
        (self.call.len() + self.rest.len()) as f64
    }

    fn read_units(&self) -> f64 {
        let readings = self.readings.iter().flat_map(consumed).map(|(_, units)| units);
        self.units().1 - readings.sum::<f64>()
    }

    #[expect(clippy::cast_precision_loss, reason = "there are few calls")]
    fn refused(&self) -> f64 {
        self.all().filter(|exchange| is_refused(exchange)).count() as f64
    }
}

impl Growth {
    fn figures(&self) -> Vec<(&'static str, Vec<f64>)> {
        let (create, change) = (&self.create, &self.change);
        let whole = |recorded: &Recorded| recorded.units().0;
        let feed = create.all().filter(|it| it.request.to_string().contains("\"FEED#"));
        let feed =
            feed.flat_map(consumed).map(|(_, units)| units).fold(0.0, |sum, units| sum + units);
        let more = |recorded: &Recorded| whole(recorded) - whole(create);
        let endpoint = &self.change_endpoint;
        vec![
            (figure::CREATE_UNITS, vec![create.call_units(), whole(create)]),
            // Two of its calls only read.
            (figure::CHANGE_UNITS, vec![write_units(change), whole(change)]),
            (figure::UNREAD_FEED, vec![feed]),
            (figure::MORE_UNITS, vec![more(&self.create_endpoint), more(&self.create_feed)]),
            (figure::CALLS, vec![change.calls(), endpoint.calls()]),
            (figure::READ_UNITS, vec![change.read_units(), endpoint.read_units()]),
            (figure::REFUSED, vec![change.refused(), endpoint.refused()]),
        ]
    }
}

fn write_units(recorded: &Recorded) -> f64 {
    let writes = recorded.call.iter().filter(|exchange| !crate::orders::is_read(exchange));
    writes.flat_map(consumed).map(|(_, units)| units).sum()
}

impl Found {
    pub(crate) fn of(&self, endpoint: Endpoint, contender: Contender) -> Result<&Figures> {
        let field = self.fields.get(endpoint.short()).context("not measured")?;
        field.get(contender.name()).context("not measured")
    }

    /// A figure of a contender by that of another one, at each endpoint.
    fn ratios(
        &self,
        (above, below): (Contender, Contender),
        figure: fn(&Figures) -> f64,
    ) -> Result<Vec<f64>> {
        if self.fields.is_empty() {
            return Ok(Vec::new());
        }
        let ratio =
            |endpoint| Ok(figure(self.of(endpoint, above)?) / figure(self.of(endpoint, below)?));
        Endpoint::ALL.into_iter().map(ratio).collect()
    }

    fn rows(&self) -> Result<Vec<Row>> {
        use Contender::{Empty, Node, Ours, Python, Sdk};
        let cold = |figures: &Figures| figures.cold_cpu.median;
        let warm = |figures: &Figures| figures.warm_cpu.median;
        let p99 = |figures: &Figures| figures.warm_wall.p99;
        let ours: Vec<_> =
            Endpoint::ALL.into_iter().filter_map(|it| self.of(it, Ours).ok()).collect();
        let memory = ours.iter().map(|figures| figures.memory).reduce(f64::max);
        let mut today = self.growth.figures();
        today.extend([
            (figure::DOLLARS, self.costs.iter().map(Cost::total).collect()),
            (figure::COLD, self.ratios((Ours, Empty), cold)?),
            (figure::COLD_NODE, self.ratios((Node, Ours), cold)?),
            (figure::COLD_PYTHON, self.ratios((Python, Ours), cold)?),
            (figure::WARM_NODE, self.ratios((Node, Ours), warm)?),
            (figure::WARM_PYTHON, self.ratios((Python, Ours), warm)?),
            (figure::WARM_FLOOR, self.ratios((Ours, Sdk), warm)?),
            (figure::P99_NODE, self.ratios((Node, Ours), p99)?),
            (figure::P99_PYTHON, self.ratios((Python, Ours), p99)?),
            (figure::MEMORY, memory.map_or_else(Vec::new, |memory| vec![memory, self.largest])),
            (figure::LOG, ours.iter().map(|figures| figures.log).collect()),
        ]);
        if let Some(first) = self.throughput.first() {
            today.push((figure::THROUGHPUT, vec![first.per_second]));
            if let Some(many) = self.throughput.iter().find(|it| it.stored >= 100_000) {
                let slower = (1.0 - many.per_second / first.per_second) * 100.0;
                today.push((figure::STORED, vec![slower]));
            }
        }
        if let Some(delivery) = self.delivery {
            today.push((figure::DELIVERY, vec![delivery.median, delivery.most]));
        }
        let mut rows = table::rows();
        for row in &mut rows {
            if let Some((_, found)) = today.iter().find(|(name, _)| *name == row.figure) {
                row.today = found.clone();
            }
        }
        Ok(rows)
    }
}
