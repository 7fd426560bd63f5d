//! Logs and metrics: JSON lines on standard output, without personal data.

mod lines;

use std::{
    borrow::Cow,
    fmt, panic,
    str::FromStr,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

pub use lines::{About, captured, name_client, name_order, name_tenant};

/// The namespace of every metric: `METRICS_NAMESPACE`, which names the stack, so that two stacks in
/// one account do not share metrics.
static NAMESPACE: LazyLock<String> = LazyLock::new(|| {
    let given = std::env::var("METRICS_NAMESPACE").ok().filter(|given| !given.is_empty());
    given.unwrap_or_else(|| "Orderwire".to_owned())
});

/// Starts logging (level from `LOG_LEVEL`, as in `info` or `info,aws_smithy_runtime=debug`; default
/// `info`) and installs the panic hook. A second call has no effect.
pub fn init() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_default();
    let filter = Targets::from_str(&level.to_lowercase())
        .ok()
        .filter(|_| !level.is_empty())
        .unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO));
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    let lines = lines::Lines::new(function, lines::print);
    let metrics = MetricLayer(Metric::emit);
    if tracing_subscriber::registry().with(filter).with(lines).with(metrics).try_init().is_ok() {
        log_panics_without_their_text();
    }
}

/// Logs only the file and line of a panic: its text may quote client input
/// (`infra/docs/reliability.md`, fact 8).
fn log_panics_without_their_text() {
    panic::set_hook(Box::new(|info| {
        let (file, line) = info.location().map_or(("", 0), |at| (at.file(), at.line()));
        tracing::error!(file, line, "panic");
    }));
}

/// A CloudWatch metric in the embedded metric format: one line on standard output, no API call.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a metric is written by `emit`"]
pub struct Metric {
    name: Cow<'static, str>,
    unit: &'static str,
    value: f64,
    dimensions: Vec<(&'static str, String)>,
}

impl Metric {
    /// A count.
    pub fn count(name: impl Into<Cow<'static, str>>, value: u32) -> Self {
        Self { name: name.into(), unit: "Count", value: f64::from(value), dimensions: Vec::new() }
    }

    /// A duration in milliseconds.
    pub fn duration(name: &'static str, value: Duration) -> Self {
        let value = value.as_secs_f64() * 1_000.0;
        Self { name: name.into(), unit: "Milliseconds", value, dimensions: Vec::new() }
    }

    /// Adds a dimension with few values (never an id: each value is billed).
    pub fn by(mut self, dimension: &'static str, value: impl Into<String>) -> Self {
        self.dimensions.push((dimension, value.into()));
        self
    }

    /// Writes the line.
    pub fn emit(self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        lines::print(self.line(u64::try_from(now.as_millis()).unwrap_or_default()));
    }

    fn line(self, timestamp: u64) -> String {
        let names: Vec<&str> = self.dimensions.iter().map(|(name, _)| *name).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": timestamp,
                "CloudWatchMetrics": [{
                    "Namespace": *NAMESPACE,
                    "Dimensions": [names],
                    "Metrics": [{ "Name": self.name, "Unit": self.unit }],
                }],
            }),
        );
        for (name, value) in self.dimensions {
            line.insert(name.to_owned(), Value::String(value));
        }
        line.insert(self.name.into_owned(), json!(self.value));
        Value::Object(line).to_string()
    }
}

/// Emits a count for each log event with a field `metric`, so that lower crates can report metrics.
struct MetricLayer<F>(F);

impl<S: Subscriber, F: Fn(Metric) + 'static> Layer<S> for MetricLayer<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().fields().field("metric").is_some() {
            let mut name = NameOfMetric(None);
            event.record(&mut name);
            name.0.into_iter().for_each(|name| (self.0)(Metric::count(name, 1)));
        }
    }
}

struct NameOfMetric(Option<String>);

impl Visit for NameOfMetric {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "metric" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn only_an_event_with_a_metric_field_is_counted() {
        let counted = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&counted);
        let metrics = MetricLayer(move |metric| into.lock().unwrap().push(metric));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(metrics), || {
            tracing::warn!(metric = "RetryQuotaEmpty", tried = 2, "no retries left");
            tracing::warn!(name = "RetryQuotaEmpty", "metric");
        });
        assert_eq!(*counted.lock().unwrap(), [Metric::count("RetryQuotaEmpty", 1)]);
    }

    #[test]
    fn a_metric_is_one_line_in_the_embedded_metric_format() {
        let line = Metric::count("OrdersCompleted", 2).by("Kind", "CREATE").line(1_700_000_000_000);
        assert_eq!(
            serde_json::from_str::<Value>(&line).unwrap(),
            json!({
                "_aws": {
                    "Timestamp": 1_700_000_000_000_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Orderwire",
                        "Dimensions": [["Kind"]],
                        "Metrics": [{ "Name": "OrdersCompleted", "Unit": "Count" }],
                    }],
                },
                "Kind": "CREATE",
                "OrdersCompleted": 2.0,
            })
        );
        assert!(!line.contains('\n'));
    }
}
