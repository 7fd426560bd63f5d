use api::{ApiRequest, ApiResponse, Problem};
use domain::subscription::{ChangeRequest, Tag};

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `POST …/tags/{tag}`
    pub(crate) async fn add_tag(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let tag = tag_of(request)?;
        self.change(request, ChangeRequest::AddTag(tag)).await
    }
}

/// The tag that the path names.
pub(crate) fn tag_of(request: &ApiRequest) -> Result<Tag, Problem> {
    let text = request.params.get("tag");
    text.parse().map_err(|error| Problem::invalid("path/tag", format!("{error}")))
}
