//! The harness of tests across crates: the API over HTTP, the functions in process, the local
//! cloud as a separate process, and the template.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

pub mod app;
pub mod cloud;
pub mod emulator;
pub mod http_api;
pub mod invariants;
pub mod log;
pub mod network;
pub mod orders;
pub mod sink;
pub mod smdp;
pub mod template;
pub mod wait;

pub use app::{AppSetup, TestApp};
pub use cloud::{Cloud, Setup};

pub use http_api::Api;
pub use log::Log;
pub use testkit::{Call, Credentials, Faults, Odds, Response};
