//! The commands against a table of their own and a small queue service, both in this process.
#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

#[path = "operator/carrier_orders.rs"]
mod carrier_orders;
#[path = "operator/clients.rs"]
mod clients;
#[path = "operator/configuration.rs"]
mod configuration;
#[path = "operator/console.rs"]
mod console;
#[path = "operator/dead_letters.rs"]
mod dead_letters;
#[path = "operator/drift.rs"]
mod drift;
#[path = "operator/erasure.rs"]
mod erasure;
#[path = "operator/esims.rs"]
mod esims;
#[path = "operator/orders.rs"]
mod orders;
#[path = "operator/parties.rs"]
mod parties;
#[path = "operator/pool.rs"]
mod pool;
#[path = "operator/queues.rs"]
mod queues;
#[path = "operator/role.rs"]
mod role;
#[path = "operator/scene.rs"]
mod scene;
#[path = "operator/sims.rs"]
mod sims;
#[path = "operator/stack.rs"]
mod stack;
