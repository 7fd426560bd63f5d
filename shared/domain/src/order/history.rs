use time::OffsetDateTime;

/// An entry of an order's history: a status that the order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange<S> {
    /// Position in the history, from 1; the placement is the first.
    pub sequence: u64,
    /// The new status.
    pub status: S,
    /// When.
    pub at: OffsetDateTime,
    /// Why, in words for the client.
    pub reason: Option<String>,
    /// Who decided, where that is recorded: a part of the system, or the operator's name.
    pub by: Option<String>,
}

impl<S> StatusChange<S> {
    /// Who decided; empty where that is not recorded.
    pub fn decided_by(&self) -> &str {
        self.by.as_deref().unwrap_or_default()
    }
}

/// Why an order needs intervention by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// Since when. A second mark keeps the time of the first.
    pub since: OffsetDateTime,
    /// What is known, in words for the operator.
    pub why: String,
    /// Whether a worker has tried again since, without marking the order once more.
    pub retried: bool,
}
