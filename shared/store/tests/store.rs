//! The store against a real engine: dynoxide, or whatever `TEST_DYNAMODB_ENDPOINT` names.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

#[path = "store/backlog.rs"]
mod backlog;
#[path = "store/canceling.rs"]
mod canceling;
#[path = "store/carrier.rs"]
mod carrier;
#[path = "store/clients.rs"]
mod clients;
#[path = "store/console.rs"]
mod console;
#[path = "store/deliveries.rs"]
mod deliveries;
#[path = "store/endpoints.rs"]
mod endpoints;
#[path = "store/esim.rs"]
mod esim;
#[path = "store/first.rs"]
mod first;
#[path = "store/listing.rs"]
mod listing;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/placing.rs"]
mod placing;
#[path = "store/publishing.rs"]
mod publishing;
#[path = "store/rates.rs"]
mod rates;
#[path = "store/reading.rs"]
mod reading;
#[path = "store/scene.rs"]
mod scene;
#[path = "store/signing_keys.rs"]
mod signing_keys;
#[path = "store/sims.rs"]
mod sims;
#[path = "store/sizes.rs"]
mod sizes;
#[path = "store/watchdog.rs"]
mod watchdog;
#[path = "store/work.rs"]
mod work;
