//! The status of an order, asked for by its id or by the Buyer's number.

use api::{
    ApiRequest, ApiResponse, Problem, Query, StatusCode,
    schema::{Parameters, optional, parsed, query::parameters},
};
use domain::{
    carrier::{CarrierOrder, OrderId, PartyId, Pon},
    violation::Violations,
};

use crate::{orders::CarrierOrders, wire::status_body};

/// Which order is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// By its id.
    pub order: Option<OrderId>,
    /// By the Buyer's number, with the Buyer.
    pub pon: Option<(PartyId, Pon)>,
    /// Only when this is its Buyer.
    pub buyer: Option<PartyId>,
    /// Only when this is its Seller.
    pub seller: Option<PartyId>,
}

/// The parameters of `GET /orders/status`.
pub const STATUS_QUERY: Parameters = parameters(&[
    optional("orderId", parsed::<OrderId>()).about("The order.").or_named(&[("id", true)]),
    optional("buyerId", parsed::<PartyId>()).about("Its Buyer."),
    optional("sellerId", parsed::<PartyId>()).about("Its Seller."),
    optional("buyerPurchaseOrderNumber", parsed::<Pon>())
        .about("The Buyer's number of it: with `buyerId`."),
]);

impl Question {
    /// `orderId` (or, in the old documents, `id`), or `buyerId` with `buyerPurchaseOrderNumber`.
    ///
    /// # Errors
    /// Neither is there, or one is malformed.
    pub fn of_query(query: &Query) -> Result<Self, Violations> {
        let mut violations = STATUS_QUERY.check(query);
        let order: Option<OrderId> = query.parsed("orderId").or_else(|| query.parsed("id"));
        let buyer: Option<PartyId> = query.parsed("buyerId");
        let seller = query.parsed("sellerId");
        let pon: Option<Pon> = query.parsed("buyerPurchaseOrderNumber");
        let pon = buyer.clone().zip(pon);
        if violations.is_empty() && order.is_none() && pon.is_none() {
            violations
                .add("query/orderId", "required, or else buyerId and buyerPurchaseOrderNumber");
        }
        violations.into_result(Self { order, pon, buyer, seller })
    }
}

impl CarrierOrders {
    /// The order that is asked for.
    ///
    /// # Errors
    /// 404, or a problem of ours.
    pub async fn find_asked(
        &self,
        request: &ApiRequest,
        question: &Question,
    ) -> Result<CarrierOrder, Problem> {
        let id = match (&question.order, &question.pon) {
            (Some(id), _) => id.clone(),
            (None, Some((buyer, pon))) => {
                let found = self.orders.by_pon(buyer, pon).await.map_err(Problem::failed)?;
                found.ok_or(Problem::NotFound)?
            }
            (None, None) => return Err(Problem::NotFound),
        };
        let order = self.find_order(request.identity()?, &id).await?;
        let header = &order.header;
        let matches = question.buyer.as_ref().is_none_or(|buyer| header.buyer == *buyer)
            && question.seller.as_ref().is_none_or(|seller| header.seller == *seller)
            && question.pon.as_ref().is_none_or(|(_, pon)| header.pon == *pon);
        if matches { Ok(order) } else { Err(Problem::NotFound) }
    }

    /// `orderStatusResponse`.
    ///
    /// # Errors
    /// 404, or a problem of ours.
    pub async fn answer_status(
        &self,
        request: &ApiRequest,
        question: &Question,
    ) -> Result<ApiResponse, Problem> {
        let order = self.find_asked(request, question).await?;
        ApiResponse::json(StatusCode::OK, &status_body(&order.header, &order.progress))
    }
}
