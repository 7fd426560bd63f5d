//! How many calls are in flight at once.

use std::sync::{Arc, Mutex, PoisonError};

/// Counts what is going on at once. Clones are the same gauge.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<Mutex<Level>>);

#[derive(Debug, Default)]
struct Level {
    now: usize,
    most: usize,
}

/// Something that is going on; it ends when this is dropped.
#[derive(Debug)]
pub struct Entered(Gauge);

impl Gauge {
    /// Begins something.
    #[must_use]
    pub fn enter(&self) -> Entered {
        self.change(|level| {
            level.now += 1;
            level.most = level.most.max(level.now);
        });
        Entered(self.clone())
    }

    /// The most that went on at once since the last call of this function.
    pub fn take_most(&self) -> usize {
        self.change(|level| std::mem::replace(&mut level.most, level.now))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Level) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.change(|level| level.now -= 1);
    }
}
