//! The function in process: event in, answer out, on a real engine.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

#[path = "handlers/changing.rs"]
mod changing;
#[path = "handlers/creating.rs"]
mod creating;
#[path = "handlers/listing.rs"]
mod listing;
#[path = "handlers/network.rs"]
mod network_reports;
#[path = "handlers/reading.rs"]
mod reading;
#[path = "handlers/scene.rs"]
mod scene;
