use api::{ApiRequest, ApiResponse, LARGEST_BODY, Problem, json::parse_object};
use carrier::{
    Answer, Change, Desk, Scene, passed_on, replacement_problem, tolerate,
    wire::{OrderRequest, merge_patch, read_order},
};
use domain::carrier::{Instruction, ItemProgress, OrderView, Side, replace, succeeds};
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
    if let Some(passed) = passed_on(scene, Instruction::Replace) {
        return replaced_elsewhere(scene, passed?, &view, document);
    }
    let seller = scene.seller.as_ref();
    let replaced = replace(&order.progress, &order.header, &view, seller, scene.now)
        .map_err(|error| replacement_problem(&error))?;
    let header = view.header(order.header.id.clone());
    Ok(Change {
        progress: replaced.progress,
        told: replaced.notifications.into_iter().map(|told| (told, None)).collect(),
        document: Some((header, document)),
        mirror: None,
        answer: Answer::Order,
    })
}

/// A newer version for a Seller elsewhere: whether it may take the place of the other is the
/// Seller's to say.
fn replaced_elsewhere(
    scene: &Scene<'_>,
    mut passed: Change,
    view: &OrderView,
    document: Map<String, Value>,
) -> Result<Change, Problem> {
    let stored = &scene.found.order.header;
    succeeds(stored, view).map_err(|error| replacement_problem(&error))?;
    let status = passed.progress.status;
    let items = view.references().into_iter();
    passed.progress.items = items.map(|reference| ItemProgress { reference, status }).collect();
    passed.document = Some((view.header(stored.id.clone()), document));
    Ok(passed)
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
