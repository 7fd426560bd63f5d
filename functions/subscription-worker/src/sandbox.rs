//! Scenarios in place of the network (`infra/docs/guides/scenarios.md`).

use std::sync::Arc;

use domain::{
    clock::Clock,
    lease::Lease,
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    provisioning::ProvisioningOrder,
    scenario::{NetworkCourse, Sandbox},
};
use lambda::system::SystemClock;
use time::Duration;

/// A network that is not called for orders that have a scenario. Outside a sandbox none has one.
///
/// It keeps nothing: what it says depends on the age of the order and on its attempts alone, so that
/// every instance says the same, and a worker that dies loses nothing.
pub struct SandboxNetwork<N> {
    network: N,
    sandbox: Sandbox,
    clock: Arc<dyn Clock>,
}

impl<N> SandboxNetwork<N> {
    /// Before this network.
    pub fn new(network: N, sandbox: Sandbox) -> Self {
        Self { network, sandbox, clock: Arc::new(SystemClock) }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn course(&self, order: &ProvisioningOrder) -> Option<NetworkCourse> {
        self.sandbox.of_subscription(order).map(|scenario| scenario.course)
    }

    fn age(&self, order: &ProvisioningOrder) -> Duration {
        self.clock.now() - order.order_date
    }

    async fn wait(&self, course: NetworkCourse, order: &ProvisioningOrder) {
        let wait = course.wait(self.age(order));
        tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
    }
}

impl<N: SubscriptionNetwork> SubscriptionNetwork for SandboxNetwork<N> {
    async fn carry_out(&self, order: &ProvisioningOrder, lease: &Lease) -> NetworkAnswer {
        let Some(course) = self.course(order) else {
            return self.network.carry_out(order, lease).await;
        };
        self.wait(course, order).await;
        course.carry_out(lease.attempt, self.age(order))
    }

    async fn look_up(&self, order: &ProvisioningOrder) -> Lookup {
        let Some(course) = self.course(order) else { return self.network.look_up(order).await };
        self.wait(course, order).await;
        course.look_up(order.attempts, self.age(order))
    }
}
