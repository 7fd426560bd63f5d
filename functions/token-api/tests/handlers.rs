//! The function in process: gateway event in, answer out.

#[path = "handlers/keys.rs"]
mod keys;
#[path = "handlers/refusals.rs"]
mod refusals;
#[path = "handlers/scene.rs"]
mod scene;
#[path = "handlers/tokens.rs"]
mod tokens;
