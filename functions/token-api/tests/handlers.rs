//! The function in process: gateway event in, response out.

#[path = "handlers/fixture.rs"]
mod fixture;
#[path = "handlers/keys.rs"]
mod keys;
#[path = "handlers/refusals.rs"]
mod refusals;
#[path = "handlers/tokens.rs"]
mod tokens;
