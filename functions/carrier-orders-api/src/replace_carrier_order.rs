use carrier::{Answer, Change, Desk, Scene, replacement_problem, tolerate};
use domain::carrier::{Side, replace};
use edge::{
    carrier::{OrderRequest, merge_patch, read_order},
    http::{ApiRequest, ApiResponse, LARGEST_BODY, Problem},
    json::parse_object,
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
        self.desk
            .take_step(request, &Desk::id_in(request)?, |scene| replaced(scene, sent.clone()))
            .await
    }

    /// `PATCH /orders/{id}`: a JSON Merge Patch (RFC 7396) makes the newer version.
    pub(crate) async fn patch_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let patch = parse_object(&request.body)?;
        self.desk
            .take_step(request, &Desk::id_in(request)?, |scene| {
                let document = patched(scene.found.document.clone(), patch.clone())?;
                replaced(scene, read_order(document)?)
            })
            .await
    }
}

/// A newer version takes the place of the document.
pub(crate) fn replaced(scene: &Scene<'_>, sent: OrderRequest) -> Result<Change, Problem> {
    let OrderRequest { document, view, tolerated } = sent;
    let order = &scene.found.order;
    if !scene.found.sides.contains(&Side::Buyer) {
        return Err(Problem::Forbidden);
    }
    tolerate(&view.buyer, scene.buyer.as_ref(), &tolerated)?;
    let seller = scene.seller.as_ref();
    let replaced = replace(&order.progress, &order.header, &view, seller, scene.now)
        .map_err(|error| replacement_problem(&error))?;
    let header = view.header(order.header.id.clone());
    Ok(Change {
        progress: replaced.progress,
        told: replaced.notifications.into_iter().map(|told| (told, None)).collect(),
        document: Some((header, document)),
        answer: Answer::Order,
    })
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
