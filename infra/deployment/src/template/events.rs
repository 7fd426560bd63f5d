//! What starts functions: routes, queue and stream mappings, schedules.

use std::time::Duration;

use serde_json::Value;

use super::{Function, Plan, TemplateError, intrinsics::Resolver};

/// One HTTP route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Upper-case method, or `ANY`.
    pub method: String,
    /// Path with `{parameter}` and `{proxy+}` segments, or `$default`.
    pub path: String,
    /// The function that serves it.
    pub function: String,
}

/// A queue that feeds a function.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueMapping {
    /// The function.
    pub function: String,
    /// ARN of the queue.
    pub queue_arn: String,
    /// Messages in one batch, 1 to 10 (larger ones need a window; capped at 10 here).
    pub batch_size: usize,
    /// How long a batch may be gathered.
    pub window: Duration,
    /// `ScalingConfig.MaximumConcurrency`.
    pub maximum_concurrency: Option<usize>,
    /// Whether the function reports which messages failed.
    pub reports_failures: bool,
    /// Filter patterns; empty lets everything through.
    pub filters: Vec<Value>,
}

/// Where a stream mapping starts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// The oldest record kept.
    TrimHorizon,
    /// What comes from now on.
    Latest,
}

/// A table stream that feeds a function.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamMapping {
    /// The function.
    pub function: String,
    /// Name of the table whose stream it is.
    pub table: String,
    /// Where to start.
    pub starting_position: StartingPosition,
    /// Records in one batch.
    pub batch_size: usize,
    /// How long a batch may be gathered.
    pub window: Duration,
    /// Whether a failed batch is split in two.
    pub bisect: bool,
    /// Retries after the first attempt; `None` is without end.
    pub maximum_retries: Option<u32>,
    /// Older records are given up; `None` is never.
    pub maximum_age: Option<Duration>,
    /// Whether the function reports which records failed.
    pub reports_failures: bool,
    /// ARN of the queue told about records given up.
    pub on_failure_arn: Option<String>,
    /// Filter patterns; empty lets everything through.
    pub filters: Vec<Value>,
}

/// A function that runs by the clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// `<function>-<event>` in lower case: its name at the admin listener.
    pub name: String,
    /// The function.
    pub function: String,
    /// Time between two runs.
    pub every: Duration,
    /// `Input`, sent instead of the usual event.
    pub input: Option<Value>,
}

/// Adds the events of one function to the plan.
pub(super) fn collect(
    resolver: &Resolver<'_>,
    function: &Function,
    resource: &Value,
    plan: &mut Plan,
) -> Result<(), TemplateError> {
    let events = resource.pointer("/Properties/Events").and_then(Value::as_object);
    for (name, event) in events.into_iter().flatten() {
        let empty = Value::Object(serde_json::Map::new());
        let properties = event.get("Properties").unwrap_or(&empty);
        let reader = Reader { resolver, function, properties };
        match event.get("Type").and_then(Value::as_str).unwrap_or_default() {
            "HttpApi" => plan.routes.push(reader.route()?),
            "SQS" => plan.queue_mappings.push(reader.queue_mapping()?),
            "DynamoDB" => plan.stream_mappings.push(reader.stream_mapping()?),
            "Schedule" => plan.schedules.push(reader.schedule(name, "Schedule")?),
            "ScheduleV2" => plan.schedules.push(reader.schedule(name, "ScheduleExpression")?),
            _ => return Err(reader.malformed("Events")),
        }
    }
    Ok(())
}

struct Reader<'a> {
    resolver: &'a Resolver<'a>,
    function: &'a Function,
    properties: &'a Value,
}

impl Reader<'_> {
    fn malformed(&self, property: &'static str) -> TemplateError {
        TemplateError::Property { resource: self.function.logical_id.clone(), property }
    }

    fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        match self.properties.pointer(name) {
            Some(value) => self.resolver.text(value),
            None => Ok(None),
        }
    }

    fn number(&self, path: &str, property: &'static str) -> Result<Option<i64>, TemplateError> {
        self.text(path)?.map(|text| text.parse().map_err(|_| self.malformed(property))).transpose()
    }

    fn window(&self) -> Result<Duration, TemplateError> {
        let seconds =
            self.number("/MaximumBatchingWindowInSeconds", "MaximumBatchingWindowInSeconds")?;
        Ok(Duration::from_secs(seconds.unwrap_or(0).unsigned_abs()))
    }

    fn size(&self, default: usize) -> Result<usize, TemplateError> {
        let size = self.number("/BatchSize", "BatchSize")?;
        Ok(size.and_then(|size| usize::try_from(size).ok()).unwrap_or(default).max(1))
    }

    fn reports_failures(&self) -> bool {
        let types = self.properties.get("FunctionResponseTypes").and_then(Value::as_array);
        types.into_iter().flatten().any(|kind| kind == "ReportBatchItemFailures")
    }

    fn filters(&self) -> Result<Vec<Value>, TemplateError> {
        let filters = self.properties.pointer("/FilterCriteria/Filters").and_then(Value::as_array);
        filters
            .into_iter()
            .flatten()
            .map(|filter| {
                let pattern = match filter.get("Pattern") {
                    Some(value) => self.resolver.text(value)?,
                    None => None,
                };
                pattern
                    .and_then(|text| serde_json::from_str(&text).ok())
                    .ok_or_else(|| self.malformed("FilterCriteria"))
            })
            .collect()
    }

    fn route(&self) -> Result<Route, TemplateError> {
        let path = self.text("/Path")?.unwrap_or_else(|| "$default".to_owned());
        let method = self.text("/Method")?.unwrap_or_else(|| "ANY".to_owned());
        let method = match method.to_ascii_uppercase() {
            method if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" => "ANY".to_owned(),
            method => method,
        };
        Ok(Route { method, path, function: self.function.name.clone() })
    }

    fn queue_mapping(&self) -> Result<QueueMapping, TemplateError> {
        let concurrency = self.number("/ScalingConfig/MaximumConcurrency", "MaximumConcurrency")?;
        Ok(QueueMapping {
            function: self.function.name.clone(),
            queue_arn: self.text("/Queue")?.ok_or_else(|| self.malformed("Queue"))?,
            batch_size: self.size(10)?.min(10),
            window: self.window()?,
            maximum_concurrency: concurrency.and_then(|c| usize::try_from(c).ok()),
            reports_failures: self.reports_failures(),
            filters: self.filters()?,
        })
    }

    fn stream_mapping(&self) -> Result<StreamMapping, TemplateError> {
        let arn = self.text("/Stream")?.ok_or_else(|| self.malformed("Stream"))?;
        let table = arn
            .split_once(":table/")
            .and_then(|(_, rest)| rest.split('/').next())
            .ok_or_else(|| self.malformed("Stream"))?;
        let starting_position = match self.text("/StartingPosition")?.as_deref() {
            Some("TRIM_HORIZON") => StartingPosition::TrimHorizon,
            Some("LATEST") => StartingPosition::Latest,
            _ => return Err(self.malformed("StartingPosition")),
        };
        // -1, the default of both, is without end.
        let retries = self.number("/MaximumRetryAttempts", "MaximumRetryAttempts")?;
        let age = self.number("/MaximumRecordAgeInSeconds", "MaximumRecordAgeInSeconds")?;
        let bisect = self.properties.get("BisectBatchOnFunctionError");
        Ok(StreamMapping {
            function: self.function.name.clone(),
            table: table.to_owned(),
            starting_position,
            batch_size: self.size(100)?,
            window: self.window()?,
            bisect: bisect == Some(&Value::Bool(true)),
            maximum_retries: retries.and_then(|retries| u32::try_from(retries).ok()),
            maximum_age: age.and_then(|s| u64::try_from(s).ok()).map(Duration::from_secs),
            reports_failures: self.reports_failures(),
            on_failure_arn: self.text("/DestinationConfig/OnFailure/Destination")?,
            filters: self.filters()?,
        })
    }

    fn schedule(&self, event: &str, expression: &'static str) -> Result<Schedule, TemplateError> {
        let rate = self.properties.get(expression);
        let rate = rate.map(|value| self.resolver.text(value)).transpose()?.flatten();
        let every = rate.as_deref().and_then(parse_rate);
        let input = self.text("/Input")?;
        Ok(Schedule {
            name: format!("{}-{}", self.function.name, event.to_ascii_lowercase()),
            function: self.function.name.clone(),
            every: every.ok_or_else(|| self.malformed(expression))?,
            input: input.and_then(|text| serde_json::from_str(&text).ok()),
        })
    }
}

/// `rate(5 minutes)`; cron expressions are not run locally.
fn parse_rate(expression: &str) -> Option<Duration> {
    let inside = expression.trim().strip_prefix("rate(")?.strip_suffix(')')?;
    let (count, unit) = inside.trim().split_once(' ')?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(count.parse::<u64>().ok()?.checked_mul(seconds)?))
}
