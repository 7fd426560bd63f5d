//! Sending messages on, as something that is handed in: the crate of the queue is not ours.

use std::{future::Future, time::Duration};

/// Sends messages: body, and how long nobody is to see it (at most 15 minutes). Any
/// `Fn(Vec<(String, Duration)>) -> impl Future<Output = bool>` is one; true when all were taken.
pub trait Dispatch: Send + Sync + 'static {
    /// Sends them all. False: some may not have been taken, none is known to be lost.
    fn dispatch(&self, messages: Vec<(String, Duration)>) -> impl Future<Output = bool> + Send;
}

impl<F, R> Dispatch for F
where
    F: Fn(Vec<(String, Duration)>) -> R + Send + Sync + 'static,
    R: Future<Output = bool> + Send,
{
    fn dispatch(&self, messages: Vec<(String, Duration)>) -> impl Future<Output = bool> + Send {
        self(messages)
    }
}
