//! Queries of the old documents, which write `&` where `?` belongs: `GET /orders&pon=PO-1`,
//! `GET /orders/status&id=ORD-1`.

use api::{ApiRequest, ApiResponse, Problem, Query};
use carrier::{
    http::{answer_status, question_of},
    wire::split_legacy_query,
};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `GET /orders&…`
    pub(crate) async fn list_carrier_orders_legacy(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let collection = request.params.get("collection");
        match split_legacy_query(collection, "") {
            Some(("orders", query)) => {
                // A query behind a question mark follows the one in the path.
                let query = Query::of_path(&query).and(request.whole_query());
                self.list(request, &query).await
            }
            _ => Err(Problem::NotFound),
        }
    }

    /// `GET /orders/status&…`, which the gateway takes for an order's id.
    pub(crate) async fn legacy_status(
        &self,
        request: &ApiRequest,
    ) -> Option<Result<ApiResponse, Problem>> {
        let (path, query) = split_legacy_query(request.params.get("id"), "")?;
        if path != "status" {
            return Some(Err(Problem::NotFound));
        }
        let query = Query::of_path(&query);
        Some(match question_of(&query) {
            Ok(question) => answer_status(&self.carrier_orders, request, &question).await,
            Err(violations) => Err(violations.into()),
        })
    }
}
