//! Waiting for what must come.

use std::{fmt::Debug, time::Duration};

use tokio::time::{Instant, sleep};

/// The longest anything may take.
const LONGEST: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until there is something.
///
/// # Panics
/// When there is nothing for half a minute.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    within(LONGEST, what, look).await
}

/// Looks again and again until there is something, for another time than usual.
///
/// # Panics
/// When there is nothing for so long.
pub async fn within<T>(longest: Duration, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let end = Instant::now() + longest;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "not within {longest:?}: {what}");
        sleep(PAUSE).await;
    }
}

/// Looks until it is this.
///
/// # Panics
/// When it is something else for half a minute.
pub async fn until_is<T: PartialEq + Debug>(what: &str, wanted: T, look: impl AsyncFn() -> T) {
    let end = Instant::now() + LONGEST;
    loop {
        let found = look().await;
        if found == wanted {
            return;
        }
        assert!(Instant::now() < end, "{what}: {found:?} and not {wanted:?} for {LONGEST:?}");
        sleep(PAUSE).await;
    }
}
