use api::{ApiRequest, ApiResponse, Problem};
use domain::subscription::ChangeRequest;

use crate::{SubscriptionsApi, add_tag::tag_of};

impl SubscriptionsApi {
    /// `DELETE …/tags/{tag}`
    pub(crate) async fn remove_tag(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let tag = tag_of(request)?;
        self.change(request, ChangeRequest::RemoveTag(tag)).await
    }
}
