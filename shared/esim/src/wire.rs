//! eSIM orders on the wire (`infra/docs/contracts/esim-orders.md`): requests read with everything
//! that is wrong listed at once, answers written, and the download progress an SM-DP+ reports.

mod order;
mod price;
mod progress;
mod schema;
mod write;

pub use order::{EsimOrderRequest, read_esim_order};
pub use progress::read_download_progress;
pub use schema::{DOWNLOAD_PROGRESS, ESIM_ORDER};
pub use write::{EsimOrderAccepted, EsimOrderBody, EsimOrderList, accepted_body, order_body};

#[cfg(test)]
mod tests;
