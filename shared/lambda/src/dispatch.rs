//! The port for sending messages to a queue, so that a function can run in process without one.

use std::{future::Future, time::Duration};

use aws::{Outgoing, WorkQueue};

/// Sends messages: body, and delay until delivery (at most 15 minutes).
///
/// [`WorkQueue`] is the deployed implementation. Any `Fn(Vec<(String, Duration)>) -> impl
/// Future<Output = bool>` is one as well; it accepts all messages (true) or none (false).
pub trait Dispatch: Send + Sync + 'static {
    /// Sends messages. Returns the indexes of the messages that failed, ascending; the others are
    /// in the queue. A failed message may be in the queue nevertheless.
    fn send(&self, messages: Vec<(String, Duration)>) -> impl Future<Output = Vec<usize>> + Send;

    /// Sends messages. Returns `false` if some may not be in the queue.
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
    async fn a_closure_accepts_all_messages_or_none() {
        let accepts = |messages: Vec<(String, Duration)>| async move { messages.len() == 2 };
        assert!(accepts.send(two()).await.is_empty());
        assert!(accepts.dispatch(two()).await);
        let refuses = |_: Vec<(String, Duration)>| async { false };
        assert_eq!(refuses.send(two()).await, [0, 1]);
        assert!(!refuses.dispatch(two()).await);
    }
}
