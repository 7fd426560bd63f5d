//! Sending messages to a queue: a port, so that a function runs in process without one.

use std::{future::Future, time::Duration};

use aws::{Outgoing, WorkQueue};

/// Sends messages: body, and delay until delivery (at most 15 minutes).
///
/// [`WorkQueue`] is the deployed one. So is any `Fn(Vec<(String, Duration)>) -> impl Future<Output
/// = bool>`, which takes all messages (true) or none (false).
pub trait Dispatch: Send + Sync + 'static {
    /// Sends messages. Returns the indexes of those that the queue did not take, ascending; the
    /// others are in the queue. A message that is returned may have been taken nevertheless.
    fn send(&self, messages: Vec<(String, Duration)>) -> impl Future<Output = Vec<usize>> + Send;

    /// Sends messages. False: some may not have been taken.
    fn dispatch(&self, messages: Vec<(String, Duration)>) -> impl Future<Output = bool> + Send {
        async { self.send(messages).await.is_empty() }
    }
}

impl Dispatch for WorkQueue {
    async fn send(&self, messages: Vec<(String, Duration)>) -> Vec<usize> {
        let messages: Vec<_> =
            messages.into_iter().map(|(body, delay)| Outgoing::after(body, delay)).collect();
        self.send_batch(&messages).await.unwrap_or_else(|error| {
            tracing::warn!(%error, messages = messages.len(), "messages not sent");
            (0..messages.len()).collect()
        })
    }
}

impl<F, R> Dispatch for F
where
    F: Fn(Vec<(String, Duration)>) -> R + Send + Sync + 'static,
    R: Future<Output = bool> + Send,
{
    async fn send(&self, messages: Vec<(String, Duration)>) -> Vec<usize> {
        let count = messages.len();
        if self(messages).await { Vec::new() } else { (0..count).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<(String, Duration)> {
        vec![("a".to_owned(), Duration::ZERO), ("b".to_owned(), Duration::from_secs(5))]
    }

    #[tokio::test]
    async fn a_function_takes_all_messages_or_none() {
        let takes = |messages: Vec<(String, Duration)>| async move { messages.len() == 2 };
        assert!(takes.send(two()).await.is_empty());
        assert!(takes.dispatch(two()).await);
        let refuses = |_: Vec<(String, Duration)>| async { false };
        assert_eq!(refuses.send(two()).await, [0, 1]);
        assert!(!refuses.dispatch(two()).await);
    }
}
