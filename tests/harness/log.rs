//! What the functions of an app log.

use std::sync::{Arc, Mutex, PoisonError};

use lambda::telemetry::captured;
use serde_json::Value;
use tracing::{Span, error_span, subscriber::DefaultGuard};

/// The members of every line about an order.
pub const IDENTIFYING: [&str; 4] = ["order_id", "correlation_id", "tenant", "function"];

/// The lines of this thread's functions, from now on.
pub struct Log {
    lines: Arc<Mutex<Vec<Value>>>,
    _guard: DefaultGuard,
}

/// In a process of its own a function's name is in its environment; here, in a span.
pub(crate) fn of_function(function: &str) -> Span {
    error_span!("function", function)
}

impl Log {
    /// Begins.
    pub fn begin() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&lines);
        let write = move |line: String| {
            let line: Value = serde_json::from_str(&line).unwrap();
            // The table, which is in this thread as well, has none.
            if line["function"] != "" {
                into.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        };
        Self { lines, _guard: tracing::subscriber::set_default(captured("", write)) }
    }

    /// Every line so far.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a search for the order's id finds: (function, message), oldest first.
    ///
    /// # Panics
    /// A line that it finds lacks one of [`IDENTIFYING`].
    pub fn way_of(&self, order: &str) -> Vec<(String, String)> {
        let found = self.lines().into_iter().filter(|line| line.to_string().contains(order));
        let text = |line: &Value, name: &str| {
            let text = line[name].as_str().filter(|text| !text.is_empty());
            text.unwrap_or_else(|| panic!("no {name}: {line}")).to_owned()
        };
        let found = found.map(|line| {
            IDENTIFYING.iter().for_each(|name| drop(text(&line, name)));
            (text(&line, "function"), text(&line, "message"))
        });
        found.collect()
    }
}
