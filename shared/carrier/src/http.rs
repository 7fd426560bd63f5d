//! The carrier API over HTTP: commands from requests, responses and problems from their outcomes.

use api::{
    ApiRequest, ApiResponse, Problem, Query, StatusCode, VersionConditions, header,
    schema::{Parameters, optional, parsed, query::parameters},
};
use domain::{
    carrier::{
        BuyerOrderError, CarrierOrder, OrderHeader, OrderId, PartyId, Pon, ReplacementError,
        ReportError, SellerOrderError, registry,
    },
    idempotency::{Audience, Idempotency, PartyRole},
    identity::Role,
    violation::Violations,
};

use crate::{
    CarrierError, CarrierOrders, CommandContext, CommandOutcome, Question, VisibleOrder,
    wire::{Links, order_body, status_body},
};

/// The parameters of `GET /orders/status`.
pub const STATUS_QUERY: Parameters = parameters(&[
    optional("orderId", parsed::<OrderId>()).about("The order.").or_named(&[("id", true)]),
    optional("buyerId", parsed::<PartyId>()).about("Its Buyer."),
    optional("sellerId", parsed::<PartyId>()).about("Its Seller."),
    optional("buyerPurchaseOrderNumber", parsed::<Pon>())
        .about("The Buyer's number of it: with `buyerId`."),
]);

/// A request that is a command, and the way back to its response.
#[derive(Debug)]
pub struct Call<'r> {
    request: &'r ApiRequest,
    expected: Option<Vec<u64>>,
    unexpected: Vec<u64>,
    idempotency: Option<Idempotency<'r, CommandOutcome>>,
}

impl<'r> Call<'r> {
    /// Of a request.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] on a public route.
    pub fn new(request: &'r ApiRequest) -> Result<Self, Problem> {
        let respond = |outcome: &CommandOutcome| response(request, outcome.clone());
        let idempotency = request.idempotency(respond)?;
        let VersionConditions { expected, unexpected } = request.version_conditions();
        Ok(Self { request, expected, unexpected, idempotency })
    }

    /// The context of the command.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] on a public route.
    pub fn context(&self) -> Result<CommandContext<'_>, Problem> {
        Ok(CommandContext {
            caller: self.request.identity()?,
            correlation_id: &self.request.correlation_id,
            expected: self.expected.as_deref(),
            unexpected: &self.unexpected,
            idempotency: self.idempotency.as_ref(),
        })
    }

    /// The response to what the command has come to.
    ///
    /// # Errors
    /// Our fault.
    pub fn respond(&self, outcome: CommandOutcome) -> Result<ApiResponse, Problem> {
        let is_stored = outcome.is_stored();
        let response = response(self.request, outcome)?;
        Ok(if is_stored { response.recorded() } else { response })
    }
}

/// 201 with the order or with what was received; 200 with the order as it is now.
fn response(request: &ApiRequest, outcome: CommandOutcome) -> Result<ApiResponse, Problem> {
    match outcome {
        CommandOutcome::Placed(order) => {
            let location = format!("/orders/{}", order.order.header.id);
            let response = order_response(request, StatusCode::CREATED, *order)?;
            Ok(response.header(header::LOCATION, location))
        }
        CommandOutcome::Changed(order) | CommandOutcome::Unchanged(order) => {
            order_response(request, StatusCode::OK, *order)
        }
        CommandOutcome::Received { header, body } | CommandOutcome::Known { header, body } => {
            let response = ApiResponse::json(StatusCode::CREATED, &body)?;
            Ok(response.visible_to(audience(&header)))
        }
    }
}

/// The order, with its `ETag`.
fn order_response(
    request: &ApiRequest,
    status: StatusCode,
    found: VisibleOrder,
) -> Result<ApiResponse, Problem> {
    let VisibleOrder { order, document, .. } = found;
    let body = order_body(document, &order.header.id, &order.progress, &links(request));
    let response = ApiResponse::json(status, &body)?.header(header::ETAG, etag(&order));
    Ok(response.visible_to(audience(&order.header)))
}

/// The order, or 304 when the caller has it as it is.
///
/// # Errors
/// Our fault.
pub fn order_if_changed(request: &ApiRequest, found: VisibleOrder) -> Result<ApiResponse, Problem> {
    let current = etag(&found.order);
    request.check_conditions(&current)?;
    if let Some(seen) = request.seen(&current) {
        return Ok(ApiResponse::empty(StatusCode::NOT_MODIFIED).header(header::ETAG, seen));
    }
    order_response(request, StatusCode::OK, found)
}

/// The `orderStatusResponse` of the order that is asked for.
///
/// # Errors
/// 404, or a problem of ours.
pub async fn answer_status(
    orders: &CarrierOrders,
    request: &ApiRequest,
    question: &Question,
) -> Result<ApiResponse, Problem> {
    let order = orders.find_asked(request.identity()?, question).await?;
    ApiResponse::json(StatusCode::OK, &status_body(&order.header, &order.progress))
}

/// `orderId` (or, in the old documents, `id`), or `buyerId` with `buyerPurchaseOrderNumber`.
///
/// # Errors
/// Neither is there, or one is malformed.
pub fn question_of(query: &Query) -> Result<Question, Violations> {
    let mut violations = STATUS_QUERY.check(query);
    let order: Option<OrderId> = query.parsed("orderId").or_else(|| query.parsed("id"));
    let buyer: Option<PartyId> = query.parsed("buyerId");
    let seller = query.parsed("sellerId");
    let pon: Option<Pon> = query.parsed("buyerPurchaseOrderNumber");
    let pon = buyer.clone().zip(pon);
    if violations.is_empty() && order.is_none() && pon.is_none() {
        violations.add("query/orderId", "required, or else buyerId and buyerPurchaseOrderNumber");
    }
    violations.into_result(Question { order, pon, buyer, seller })
}

/// The order's id in a path: what cannot be one is the id of no order.
///
/// # Errors
/// 404.
pub fn id_in(request: &ApiRequest) -> Result<OrderId, Problem> {
    request.params.get("id").parse().map_err(|_| Problem::NotFound)
}

/// Links as the caller reached us.
pub fn links(request: &ApiRequest) -> Links {
    Links { base: request.base_url().filter(|base| base.len() <= 190).unwrap_or_default() }
}

/// Who may see an order, and so get again what was responded about it.
pub fn audience(header: &OrderHeader) -> Audience {
    let buyer = PartyRole { role: Role::Buyer, party: header.buyer.to_string() };
    let seller = PartyRole { role: Role::Seller, party: header.seller.to_string() };
    Audience::Parties(vec![buyer, seller])
}

/// The `ETag` of an order.
fn etag(order: &CarrierOrder) -> String {
    format!("\"{}\"", order.entity_tag)
}

impl From<CarrierError> for Problem {
    fn from(error: CarrierError) -> Self {
        let text = error.to_string();
        match error {
            CarrierError::OrderNotFound => Self::NotFound,
            CarrierError::NotAllowed => Self::Forbidden,
            CarrierError::OtherVersion => Self::PreconditionFailed,
            CarrierError::Invalid(violations) => violations.into(),
            CarrierError::Reserved(_) => Self::unprocessable(registry::RESERVED.code, text),
            CarrierError::TooLarge => Self::TooLarge,
            CarrierError::NumberTaken { order, .. } => {
                Self::conflict(registry::VERSION_NOT_NEWER.code, text)
                    .with("orderId", order.as_str())
            }
            CarrierError::Refused(error) => seller_order_problem(&error),
            CarrierError::NotForwarded(error) => buyer_order_problem(&error),
            CarrierError::Contended => Self::Unavailable { retry_after_seconds: 1, cause: None },
            CarrierError::KeyUsed(used) => Self::KeyUsed(used),
            CarrierError::Store(error) => Self::failed(error),
        }
    }
}

/// An event that cannot happen to a Seller's order: in the registry's codes.
fn seller_order_problem(error: &SellerOrderError) -> Problem {
    match error {
        SellerOrderError::Replacement(replacement) => replacement_problem(replacement),
        SellerOrderError::Report(ReportError::Missing { member }) => {
            Problem::invalid(format!("/{member}"), "required")
        }
        SellerOrderError::Transition(_) | SellerOrderError::Report(_) => {
            Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
        }
    }
}

/// An event that cannot happen to a Buyer's order.
fn buyer_order_problem(error: &BuyerOrderError) -> Problem {
    match error {
        BuyerOrderError::Replacement(replacement) => replacement_problem(replacement),
        // Sooner or later the Seller answers.
        BuyerOrderError::TooManyRequests => {
            Problem::Unavailable { retry_after_seconds: 60, cause: None }
        }
        BuyerOrderError::Transition(_) | BuyerOrderError::Unchanged => {
            Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
        }
    }
}

fn replacement_problem(error: &ReplacementError) -> Problem {
    match error {
        ReplacementError::OtherOrder { member } => {
            Problem::invalid(format!("/{member}"), "must not change")
        }
        ReplacementError::NotNewer { .. } => {
            Problem::conflict(registry::VERSION_NOT_NEWER.code, error.to_string())
        }
        ReplacementError::Configured | ReplacementError::Transition(_) => {
            Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
        }
    }
}
