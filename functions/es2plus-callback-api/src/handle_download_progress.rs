use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::esim::PointStatus;
use esim::wire::read_download_progress;
use lambda::telemetry::{Metric, name_order};
use store::NotedProgress;

use crate::Es2PlusCallbackApi;

impl Es2PlusCallbackApi {
    /// `POST …/handleDownloadProgressInfo`. A repeated or outdated notification, or one for a
    /// profile without an order, also has status 204: a retry would not change the result.
    pub(crate) async fn handle_download_progress(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let progress = read_download_progress(&request.body)?;
        let point = progress.installation.point.as_str();
        match self.progress.note(&progress).await.map_err(Problem::failed)? {
            NotedProgress::Noted(order) => {
                let (order_id, tenant) = (order.id, order.tenant.as_str());
                name_order(&order_id.to_string());
                match &progress.installation.status {
                    PointStatus::Succeeded => {
                        tracing::info!(%order_id, tenant, point, "download progress");
                    }
                    PointStatus::Failed { code } => {
                        let code = code.as_ref().map(ToString::to_string).unwrap_or_default();
                        tracing::warn!(%order_id, tenant, point, code, "download failed");
                        Metric::count("DownloadsFailed", 1).by("point", point).emit();
                    }
                }
            }
            NotedProgress::Stale => tracing::info!(point, "download progress known already"),
            NotedProgress::Nobodys => tracing::warn!(point, "download progress of no order"),
        }
        Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
    }
}
