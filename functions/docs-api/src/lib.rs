//! The documentation of the deployment: the guides, a page for each API on which its operations can
//! be tried, and the OpenAPI documents.
//!
//! Everything is made when the function is built (`build/`), compressed, and embedded: a call looks
//! a file up and sends it. There is nothing to configure, no table and no other call, so a process
//! that dies here leaves nothing behind.

mod documents;
mod files;
mod pages;
mod routes;
mod start;

pub use files::{DOCUMENTS, File, GUIDES, REFERENCES};
pub use start::start;

/// The function.
#[derive(Debug, Clone, Copy)]
pub struct DocsApi;
