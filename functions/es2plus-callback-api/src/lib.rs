//! Download progress, told by an SM-DP+ (GSMA SGP.22, 5.3.5 and 6.5.2.6).
//!
//! The SM-DP+ authenticates itself by HTTP Basic as a client with the role `operator`: see
//! `infra/decisions`.

mod config;
#[cfg(feature = "openapi")]
mod description;
mod handle_download_progress;

use api::{Access, Api, ApiRequest, ApiResponse, Method, Problem, Rfc9457, Route};
use domain::identity::Role;
use store::{DynamoProgress, Table};

pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;

/// The function.
#[derive(Debug, Clone)]
pub struct Es2PlusCallbackApi {
    progress: DynamoProgress,
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST /gsma/rsp2/es2plus/handleDownloadProgressInfo`
    HandleDownloadProgress,
}

/// The one route, as in `infra/template.yaml`; a parity test compares them.
static ROUTES: [Route<Operation>; 1] = [Route {
    method: Method::POST,
    path: "/gsma/rsp2/es2plus/handleDownloadProgressInfo",
    operation: Operation::HandleDownloadProgress,
    operation_id: "handle_download_progress",
    access: Access::Roles(&[Role::Operator]),
}];

impl Es2PlusCallbackApi {
    /// Over this table.
    pub const fn new(table: Table) -> Self {
        Self { progress: DynamoProgress::new(table) }
    }
}

impl Api for Es2PlusCallbackApi {
    type Operation = Operation;
    type Problems = Rfc9457;

    fn routes() -> &'static [Route<Operation>] {
        &ROUTES
    }

    async fn handle(
        &self,
        operation: Operation,
        request: ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        match operation {
            Operation::HandleDownloadProgress => self.handle_download_progress(&request).await,
        }
    }
}
