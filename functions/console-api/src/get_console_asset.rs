use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, assets};

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/assets/{asset}`
    pub(crate) async fn get_console_asset(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let asset = assets::find(request.params.get("asset")).ok_or(Problem::UnknownPath)?;
        Ok(ApiResponse::bytes(StatusCode::OK, asset.media, asset.content)
            .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
    }
}
