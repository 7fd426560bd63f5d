use api::{ApiRequest, ApiResponse, LARGEST_BODY, Problem, json::parse_object};
use carrier::{
    CarrierOrders, Command, StepContext,
    wire::{merge_patch, read_order},
};
use serde_json::{Map, Value};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `PUT /orders/{id}`: a newer version takes the place of the document.
    pub(crate) async fn replace_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_order(parse_object(&request.body)?)?;
        let replace = |_: &StepContext<'_>| Ok(Some(Command::Replace(Box::new(sent.clone()))));
        self.carrier_orders.execute(request, &CarrierOrders::id_in(request)?, replace).await
    }

    /// `PATCH /orders/{id}`: a JSON Merge Patch (RFC 7396) makes the newer version.
    pub(crate) async fn patch_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let patch = parse_object(&request.body)?;
        let replace = |context: &StepContext<'_>| {
            let document = patched(context.found.document.clone(), patch.clone())?;
            Ok(Some(Command::Replace(Box::new(read_order(document)?))))
        };
        self.carrier_orders.execute(request, &CarrierOrders::id_in(request)?, replace).await
    }
}

/// The document after the patch; it must not outgrow what could be sent.
fn patched(
    mut document: Map<String, Value>,
    patch: Map<String, Value>,
) -> Result<Map<String, Value>, Problem> {
    merge_patch(&mut document, patch);
    let size = serde_json::to_vec(&document).map_err(Problem::internal)?.len();
    if size > LARGEST_BODY { Err(Problem::TooLarge) } else { Ok(document) }
}
