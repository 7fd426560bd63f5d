//! The console as a browser gets it, on a real engine.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

#[path = "console/acting.rs"]
mod acting;
#[path = "console/looking.rs"]
mod looking;
#[path = "console/scene.rs"]
mod scene;
#[path = "console/signing_in.rs"]
mod signing_in;
