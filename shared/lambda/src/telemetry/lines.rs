//! Log lines: each event is one JSON object on one line. It has the name of the function, and what
//! the spans around it say, so that an order is found by its id in every line about it.

use std::{error::Error, fmt, io::Write as _};

use serde::Deserialize;
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{
    Event, Span, Subscriber, error_span,
    field::{Empty, Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    filter::LevelFilter,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

/// The longest id that a line takes from a message or from an order.
const LONGEST: usize = 256;

/// Writes lines of one function. `write` gets each without its newline.
pub(super) struct Lines<W> {
    function: String,
    write: W,
}

/// What events within it write, as JSON lines: for tests, which have no standard output of their
/// own.
pub fn captured(
    function: &str,
    write: impl Fn(String) + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    Registry::default().with(LevelFilter::INFO).with(Lines::new(function.to_owned(), write))
}

/// Lines of standard output.
pub(super) fn print(mut line: String) {
    line.push('\n');
    // A write error cannot be reported: standard output is the only sink.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

impl<W: Fn(String)> Lines<W> {
    pub(super) const fn new(function: String, write: W) -> Self {
        Self { function, write }
    }

    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> String
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut line = Fields::default();
        let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        line.put("timestamp", now);
        line.put("level", event.metadata().level().as_str());
        // Its place is here; the event fills it.
        line.put("message", "");
        line.put("function", self.function.as_str());
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.0.extend(fields.0.clone());
            }
        }
        event.record(&mut line);
        Value::Object(line.0).to_string()
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(String) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        (self.write)(self.line(event, &context));
    }
}

/// Names and values of a span or an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // An order's number is text wherever it is an id: one query finds it in every line.
        match field.name() {
            name @ "order_id" => self.put(name, value.to_string()),
            name => self.put(name, value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // An unknown caller has no tenant: no line says that it is empty.
        if !value.is_empty() || field.name() == "message" {
            self.put(field.name(), value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field.name(), value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }
}

/// Whose work it is: what every line about an order says.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct About {
    /// The order.
    pub order_id: Option<String>,
    /// Follows the request that placed it.
    pub correlation_id: Option<String>,
    /// The tenant that placed it.
    pub tenant: Option<String>,
    /// The batch, if it is work on one.
    pub batch_id: Option<String>,
    /// The message to an endpoint, if it is an attempt at one.
    pub message_id: Option<String>,
}

impl About {
    /// What a message of a queue says, however little of it can be read.
    pub fn of_message(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// An order.
    pub fn order(id: &str, correlation_id: &str, tenant: Option<&str>) -> Self {
        Self {
            order_id: Some(id.to_owned()),
            correlation_id: Some(correlation_id.to_owned()),
            tenant: tenant.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The span of the work: every event in it, of whatever crate, has these fields. It is there
    /// at every level of logging.
    pub fn span(&self) -> Span {
        let legible = |text: &Option<String>| {
            text.clone().filter(|text| text.len() <= LONGEST && !text.chars().any(char::is_control))
        };
        let span = error_span!(
            "work",
            order_id = Empty,
            correlation_id = Empty,
            tenant = Empty,
            batch_id = Empty,
            delivery = Empty,
            client_id = Empty,
        );
        for (name, value) in [
            ("order_id", &self.order_id),
            ("correlation_id", &self.correlation_id),
            ("tenant", &self.tenant),
            ("batch_id", &self.batch_id),
            ("delivery", &self.message_id),
        ] {
            if let Some(value) = legible(value) {
                span.record(name, value);
            }
        }
        span
    }
}

/// Names the order that the work at hand turns out to be about: every further line has its id.
pub fn name_order(id: &str) {
    Span::current().record("order_id", id);
}

/// Names the client that a caller says it is, and is not.
pub fn name_client(id: &str) {
    Span::current().record("client_id", id);
}

/// Names the tenant of the order at hand.
pub fn name_tenant(tenant: &str) {
    Span::current().record("tenant", tenant);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing::subscriber::with_default;

    use super::*;

    fn lines(work: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&written);
        let write = move |line: String| into.lock().unwrap().push(line);
        with_default(captured("worker", write), work);
        let written = written.lock().unwrap();
        let read = |line: &String| {
            assert!(!line.contains('\n'), "{line}");
            let mut line: Value = serde_json::from_str(line).unwrap();
            assert!(line["timestamp"].take().as_str().unwrap().ends_with('Z'));
            line.as_object_mut().unwrap().remove("timestamp");
            line
        };
        written.iter().map(read).collect()
    }

    #[test]
    fn every_line_has_what_the_spans_around_it_say() {
        let about = About::order("8935", "c-1", Some("mvno"));
        let written = lines(|| {
            about.span().in_scope(|| {
                tracing::warn!(attempts = 3, reason = "network: status 500\n", "message not done");
                About::default().span().in_scope(|| tracing::info!(ok = true, "inner"));
            });
            tracing::error!(order_id = 7_u64, "outside");
        });
        let expected = json!([
            { "level": "WARN", "message": "message not done", "function": "worker",
              "order_id": "8935", "correlation_id": "c-1", "tenant": "mvno", "attempts": 3,
              "reason": "network: status 500\n" },
            { "level": "INFO", "message": "inner", "function": "worker", "order_id": "8935",
              "correlation_id": "c-1", "tenant": "mvno", "ok": true },
            { "level": "ERROR", "message": "outside", "function": "worker", "order_id": "7" },
        ]);
        assert_eq!(Value::Array(written), expected);
    }

    #[test]
    fn what_becomes_known_later_is_in_the_later_lines() {
        let written = lines(|| {
            About::of_message(r#"{"batchId":"b-1","index":2}"#).span().in_scope(|| {
                tracing::info!("before");
                name_order("17");
                name_tenant("mvno");
                tracing::info!("after");
            });
        });
        assert_eq!(written[0].get("order_id"), None);
        assert_eq!(written[0]["batch_id"], "b-1");
        assert_eq!(
            (&written[1]["order_id"], &written[1]["tenant"]),
            (&json!("17"), &json!("mvno"))
        );
    }

    #[test]
    fn a_message_that_cannot_be_read_says_nothing_and_no_id_breaks_a_line() {
        assert_eq!(About::of_message("not JSON"), About::default());
        assert_eq!(About::of_message(r#"{"orderId":7}"#), About::default());
        let long = "x".repeat(LONGEST + 1);
        for id in ["a\nb", &long] {
            let written =
                lines(|| About::order(id, "c", None).span().in_scope(|| tracing::info!("m")));
            assert_eq!(written[0].get("order_id"), None);
        }
    }
}
