//! What is generated from the route tables of the functions: the OpenAPI documents, the HTTP
//! events of `infra/template.yaml` and the routes of `cargo lambda watch`; and the page of the
//! scenarios, from their table.
//!
//! A package of its own, so that the developer's commands need not compile the functions.

pub mod documents;
mod functions;
pub mod routes;
pub mod scenarios;

pub use documents::DocumentId;
pub use functions::{DEFAULT, HttpFunction, Row, functions};
