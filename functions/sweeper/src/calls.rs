use std::sync::Arc;

use tokio::sync::Semaphore;

/// Calls of the table and of the queues that a sweep has in flight at once, of all its sections
/// together. Each needs a connection, and a new one a handshake: sixteen are shaken hands with in
/// time on a small share of a processor, and are more than the sweep of 100,000 orders needs.
pub const MOST_CALLS: usize = 16;
/// The most of one section: a queue that hangs leaves half of them to the other sections.
const MOST_OF_A_SECTION: usize = MOST_CALLS / 2;

/// The permits to call. Whoever waits longest is served first, so no shard and no section starves.
#[derive(Debug)]
pub(crate) struct Calls {
    all: Arc<Semaphore>,
    own: Semaphore,
}

impl Calls {
    /// For the first section of a sweep.
    pub(crate) fn new() -> Self {
        Self::of_section(Arc::new(Semaphore::new(MOST_CALLS)))
    }

    /// For another section, which shares [`MOST_CALLS`] with this one.
    pub(crate) fn share(&self) -> Self {
        Self::of_section(self.all.clone())
    }

    fn of_section(all: Arc<Semaphore>) -> Self {
        Self { all, own: Semaphore::new(MOST_OF_A_SECTION) }
    }

    /// Makes one call as soon as there is a permit. `call` makes no other one in it.
    pub(crate) async fn run<T>(&self, call: impl Future<Output = T>) -> T {
        // The own one first: a section that waits for it holds none of the others' permits.
        // Neither is ever closed.
        let _own = self.own.acquire().await;
        let _any = self.all.acquire().await;
        call.await
    }
}
