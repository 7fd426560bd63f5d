//! The page that says what was found, and its plots.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;

use crate::{
    contender::{Contender, Programs},
    cost::Cost,
    endpoint::Endpoint,
    measure::Figures,
    pipeline::Throughput,
    plot,
    run::Found,
    table::{self, Row},
};

impl Found {
    pub(crate) fn page(&self, rows: &[Row], command: &str, programs: &Programs) -> Result<String> {
        let mut text = "# What was measured\n\n".to_owned();
        writeln!(
            text,
            "Written by `{command}` on {}; measured locally. [`performance.md`](../../infra/docs/performance.md) says how, and what the figures mean. Ratios of the processor's clock hold on a busy machine as well; what is taken by the clock (orders a second, deliveries, p99) needs an idle one.\n",
            machine(programs)
        )?;
        text.push_str(&table::markdown(rows));
        if !self.fields.is_empty() {
            self.functions(&mut text)?;
        }
        self.counted(&mut text)?;
        Ok(text)
    }

    fn functions(&self, text: &mut String) -> Result<()> {
        writeln!(text, "\n## Functions\n\nMedians with quartiles.\n")?;
        writeln!(
            text,
            "| Endpoint | Program | cold CPU, ms | cold, ms | warm CPU, µs | p50, µs | p99, µs | peak memory, MB | log, bytes a call |"
        )?;
        writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
        for endpoint in Endpoint::ALL {
            for contender in Contender::ALL {
                let Figures { cold_cpu, cold_wall, warm_cpu, warm_wall, memory, log } =
                    self.of(endpoint, contender)?;
                writeln!(
                    text,
                    "| {} | {} | {cold_cpu} | {cold_wall} | {warm_cpu:.0} | {:.0} | {:.0} | {memory:.1} | {log:.0} |",
                    endpoint.name(),
                    contender.name(),
                    warm_wall.median,
                    warm_wall.p99,
                )?;
            }
        }
        writeln!(text, "\n![cold CPU](cold.svg) ![warm CPU](warm.svg)")?;
        Ok(())
    }

    fn counted(&self, text: &mut String) -> Result<()> {
        if !self.throughput.is_empty() {
            writeln!(
                text,
                "\n## Local cloud\n\n| orders stored | orders placed | orders a second | ms to COMPLETED |\n|---|---|---|---|"
            )?;
        }
        for Throughput { stored, orders, per_second, took } in &self.throughput {
            writeln!(text, "| {stored} | {orders} | {per_second:.0} | {took:.0} |")?;
        }
        writeln!(
            text,
            "\n## Cost\n\nA million creates with number, each with two readings, in dollars by `prices.toml`. Every message is counted as a batch of its own, which is the most it costs.\n"
        )?;
        writeln!(
            text,
            "| told | write units | read units | messages | invocations | GB-s | DynamoDB | SQS | API | Lambda | all |\n|---|---|---|---|---|---|---|---|---|---|---|"
        )?;
        for cost in &self.costs {
            let Cost { told, writes, reads, messages, invocations, gb_seconds, .. } = cost;
            writeln!(
                text,
                "| {told} | {writes} | {reads} | {messages} | {invocations} | {gb_seconds:.3} | {:.2} | {:.2} | {:.2} | {:.2} | **{:.2}** |",
                cost.dynamodb,
                cost.sqs,
                cost.api,
                cost.lambda,
                cost.total(),
            )?;
        }
        writeln!(
            text,
            "\n## Growth\n\nWrite units of a whole ECC change.\n\n| endpoints | units |\n|---|---|"
        )?;
        for (count, units) in &self.growth.endpoints {
            writeln!(text, "| {count} | {units} |")?;
        }
        writeln!(text, "\n| bytes of tags in the call | units |\n|---|---|")?;
        for (bytes, units) in &self.growth.payload {
            writeln!(text, "| {bytes} | {units} |")?;
        }
        writeln!(text, "\n![growth](growth.svg)")?;
        Ok(())
    }

    pub(crate) fn plots(&self, out: &Path) -> Result<()> {
        self.growth_plot(out)?;
        if self.fields.is_empty() {
            return Ok(());
        }
        let values = |figure: fn(&Figures) -> f64| -> Result<Vec<(String, f64)>> {
            let mut values = Vec::new();
            for endpoint in Endpoint::ALL {
                for contender in Contender::ALL {
                    let name = format!("{}, {}", endpoint.name(), contender.name());
                    values.push((name, figure(self.of(endpoint, contender)?)));
                }
            }
            Ok(values)
        };
        let cold = values(|figures| figures.cold_cpu.median)?;
        fs::write(out.join("cold.svg"), plot::bars("Cold: CPU to the first answer", "ms", &cold))?;
        let warm = values(|figures| figures.warm_cpu.median)?;
        fs::write(out.join("warm.svg"), plot::bars("Warm: CPU of a call", "µs", &warm))?;
        Ok(())
    }

    fn growth_plot(&self, out: &Path) -> Result<()> {
        let points: Vec<_> =
            self.growth.endpoints.iter().map(|(count, _)| format!("{count} endpoints")).collect();
        let units = self.growth.endpoints.iter().map(|(_, units)| *units).collect();
        let series = [("write units".to_owned(), units)];
        let growth = plot::lines("Write units of a change by endpoints told", &points, &series);
        Ok(fs::write(out.join("growth.svg"), growth)?)
    }
}

/// Processor, load and versions.
fn machine(programs: &Programs) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, name)| name).to_owned();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    let versions = programs.versions().join(", ");
    format!("{model}, {cores} cores, load {load} at the end; {versions}")
}
