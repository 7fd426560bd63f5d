use domain::{
    provisioning::Operation,
    subscription::{ChangeRequest, MAX_TAGS, Tag},
};
use edge::http::{ApiRequest, ApiResponse, Problem};

use crate::{
    SubscriptionsApi,
    place::{Wanted, service_problem},
};

impl SubscriptionsApi {
    /// `POST …/tags/{tag}`
    pub(crate) async fn add_tag(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let tag = tag_of(request)?;
        self.place(request, |subscription| {
            let change = ChangeRequest::AddTag(tag.clone());
            let difference = subscription.difference(change).map_err(service_problem)?;
            match &difference.tags {
                None => Ok(Wanted::Nothing),
                Some(tags) if tags.len() > MAX_TAGS => {
                    Err(Problem::invalid("path/tag", format!("at most {MAX_TAGS} tags")))
                }
                Some(_) => Ok(Wanted::Order(Operation::Change(Box::new(difference)))),
            }
        })
        .await
    }
}

/// The tag that the path names.
pub(crate) fn tag_of(request: &ApiRequest) -> Result<Tag, Problem> {
    let text = request.params.get("tag");
    text.parse().map_err(|error| Problem::invalid("path/tag", format!("{error}")))
}
