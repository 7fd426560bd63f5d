//! Waiting for conditions.

use std::{fmt::Debug, time::Duration};

use tokio::time::{Instant, sleep};

/// The maximum wait.
const LONGEST: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Polls until there is a value.
///
/// # Panics
/// There is no value within half a minute.
pub async fn until<T>(what: &str, poll: impl AsyncFn() -> Option<T>) -> T {
    within(LONGEST, what, poll).await
}

/// Polls until there is a value, up to `longest`.
///
/// # Panics
/// There is no value within this time.
pub async fn within<T>(longest: Duration, what: &str, poll: impl AsyncFn() -> Option<T>) -> T {
    let end = Instant::now() + longest;
    loop {
        if let Some(found) = poll().await {
            return found;
        }
        assert!(Instant::now() < end, "not within {longest:?}: {what}");
        sleep(PAUSE).await;
    }
}

/// Polls until the value equals `wanted`.
///
/// # Panics
/// It differs for half a minute.
pub async fn until_is<T: PartialEq + Debug>(what: &str, wanted: T, poll: impl AsyncFn() -> T) {
    let end = Instant::now() + LONGEST;
    loop {
        let found = poll().await;
        if found == wanted {
            return;
        }
        assert!(Instant::now() < end, "{what}: {found:?} instead of {wanted:?} for {LONGEST:?}");
        sleep(PAUSE).await;
    }
}
