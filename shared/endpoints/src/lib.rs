//! The service of webhook endpoints: registering, changing, testing and deleting them, rotating
//! their secrets, and the log of what was delivered.
//!
//! [`Webhooks`] acts for a tenant, whoever asks: a function of the API, a command of the operator,
//! another API. It knows no HTTP. A response to store with an effect comes in a [`CommandContext`].

mod error;
mod service;
mod url;

pub use error::WebhookError;
pub use service::{CommandContext, EndpointChange, NewEndpoint, Webhooks};
pub use url::CalledUrl;
