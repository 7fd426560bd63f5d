use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use carrier::{Command, wire::read_order};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `PUT /orders/{id}`: a newer version takes the place of the document.
    pub(crate) async fn replace_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_order(parse_object(&request.body)?)?;
        self.execute(request, &Command::Replace(Box::new(sent))).await
    }

    /// `PATCH /orders/{id}`: a JSON Merge Patch (RFC 7396) makes the newer version.
    pub(crate) async fn patch_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let patch = parse_object(&request.body)?;
        self.execute(request, &Command::Patch(patch)).await
    }
}
