//! The route table.

use api::{Access, Api, ResponseStore, Rfc9457, Route, route};
use domain::identity::Role;

use crate::Es2PlusCallbackApi;
#[cfg(feature = "openapi")]
use crate::description as doc;

const SM_DP_PLUS: Access = Access::Roles(&[Role::Operator]);
const PROGRESS: &str = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";

impl Api for Es2PlusCallbackApi {
    type Problems = Rfc9457;

    const ROUTES: &'static [Route<Self>] = &[route!(
        POST,
        PROGRESS,
        SM_DP_PLUS,
        handle_download_progress,
        doc::handle_download_progress
    )];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}
