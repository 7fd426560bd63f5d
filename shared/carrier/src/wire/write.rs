use domain::{
    carrier::{
        Assigned, CarrierDate, Notification, OrderHeader, OrderId, OrderMessage, OrderProgress,
        PricingTerm, SvlanAssignment, registry,
    },
    violation::Violations,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::order::{OURS, OURS_OF_ITEM, pricing_term};

/// Builds an object of the contract member by member; what is not there is left out.
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn of(object_type: &str) -> Self {
        Self(Map::new()).text("objectType", Some(object_type))
    }

    pub(super) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    pub(super) fn text(self, name: &str, text: Option<impl Into<String>>) -> Self {
        self.with(name, text.map(|text| Value::String(text.into())))
    }

    fn date(self, name: &str, date: Option<&CarrierDate>) -> Self {
        self.text(name, date.map(CarrierDate::text))
    }

    /// What every answer about an order repeats.
    pub(super) fn header(self, header: &OrderHeader) -> Self {
        self.text("orderId", Some(header.id.as_str()))
            .text("buyerId", Some(header.buyer.as_str()))
            .text("sellerId", Some(header.seller.as_str()))
            .text("buyerPurchaseOrderNumber", Some(header.pon.as_str()))
            .text("buyerOrderVersion", Some(header.version.as_str()))
            .text("projectId", header.project.as_deref())
            .date("requestedCompletionDate", Some(&header.requested_completion))
    }

    pub(super) fn done(self) -> Map<String, Value> {
        self.0
    }
}

/// Makes the links to our own resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// Scheme, host and stage, without a slash at the end; at most 190 characters.
    pub base: String,
}

impl Links {
    /// The URL of an order.
    pub fn order(&self, id: &OrderId) -> String {
        format!("{}/orders/{id}", self.base)
    }

    fn link(href: &str, rel: &str, title: &str) -> Value {
        json!({
            "objectType": "link",
            "href": href,
            "rel": rel,
            "title": title,
            "method": "get",
            "type": "application/json",
        })
    }
}

/// An order as its parties see it: the Buyer's document, untouched but for a pricing term that is no
/// number of months, with what is ours over it.
pub fn order_body(
    document: Map<String, Value>,
    id: &OrderId,
    progress: &OrderProgress,
    links: &Links,
) -> Map<String, Value> {
    let link = Links::link(&links.order(id), "self", "Retrieve the Order");
    let hold = progress.hold.as_ref().map(|hold| hold.by.as_str());
    let due = progress.correction_due.map(CarrierDate::of);
    let corrective = progress.corrective_order_expected();
    let term = term_in_force(&document);
    let mut body = Body::of("order").text("id", Some(id.as_str())).with("link", Some(link));
    for (name, mut value) in document {
        if OURS.contains(&name.as_str()) {
            continue;
        }
        if name == "orderItems" {
            add_item_statuses(&mut value, progress);
        }
        body.0.insert(name, value);
    }
    body.with("pricingTerm", term)
        .text("orderStatus", Some(progress.status.as_str()))
        .text("heldBy", hold)
        .date("expectedCompletionDate", progress.expected_completion.as_ref())
        .date("completionDate", progress.completion.as_ref())
        .with("correctiveOrderExpected", corrective.then_some(true))
        .date("correctionOrderDueDate", due.as_ref())
        .with("orderMessages", messages(&progress.messages))
        .done()
}

/// The pricing term that is shown in place of an unusable one (*Settled since*).
fn term_in_force(document: &Map<String, Value>) -> Option<u16> {
    let is_unusable = matches!(pricing_term(document), PricingTerm::Unusable(_));
    is_unusable.then_some(PricingTerm::IN_ITS_PLACE)
}

fn add_item_statuses(items: &mut Value, progress: &OrderProgress) {
    let items = items.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    for (item, ours) in items.zip(&progress.items) {
        item.insert(OURS_OF_ITEM.to_owned(), ours.status.as_str().into());
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderPage<I> {
    /// Orders as [`order_body`] writes them, as objects or as their text: an object is many times
    /// as large.
    pub items: Vec<I>,
    /// How many match, counted up to 1,000.
    pub available: u32,
    /// Whether there may be more.
    pub available_is_minimum: bool,
    /// Path and query of this page, beginning with a slash.
    pub this: String,
    /// Path and query of the next page, when there is one.
    pub next: Option<String>,
}

/// `orderList`.
#[derive(Debug, Serialize)]
pub struct OrderListBody<I> {
    #[serde(flatten)]
    head: Map<String, Value>,
    items: Vec<I>,
}

/// `orderList` of a page.
pub fn list_body<I>(page: OrderPage<I>, links: &Links) -> OrderListBody<I> {
    let link = |path: &str, rel: &str, title: &str| {
        Links::link(&format!("{}{path}", links.base), rel, title)
    };
    let head = Body::of("orderList")
        .with("link", Some(link(&page.this, "self", "Retrieve the Order List")))
        .with("available", Some(page.available))
        .with("availableIsMinimum", page.available_is_minimum.then_some(true))
        .with("returned", Some(page.items.len()))
        .with("next", page.next.map(|next| link(&next, "next", "Retrieve the Next Page")))
        .done();
    OrderListBody { head, items: page.items }
}

/// `orderNotification`: of an event that our automation, or a call of the Buyer, brought about.
pub fn notification_body(header: &OrderHeader, told: &Notification) -> Map<String, Value> {
    let due = told.correction_due.map(CarrierDate::of);
    let cancelled = told.cancellation.as_ref();
    let assigned = told.assignments.as_ref();
    let one = |id: &Assigned| assignment(header, id);
    let many =
        |ids: &[Assigned]| (!ids.is_empty()).then(|| ids.iter().map(one).collect::<Vec<_>>());
    let svlans = assigned.map(|all| all.svlans.iter().map(svlan).collect::<Vec<_>>());
    let svlans = svlans.filter(|all| !all.is_empty());
    Body::of("orderNotification")
        .header(header)
        .text("notificationType", Some(told.kind.as_str()))
        .with("notificationVersion", Some(told.version))
        .text("orderStatus", Some(told.status.as_str()))
        .date("expectedCompletionDate", told.expected_completion.as_ref())
        .date("completionDate", told.completion.as_ref())
        .text("billingAccountNumber", assigned.and_then(|all| all.billing_account.as_deref()))
        .with("sellerOvcId", assigned.and_then(|all| all.ovcs.first()).map(one))
        .with("sellerUniIds", assigned.and_then(|all| many(&all.unis)))
        .with("sellerEnniIds", assigned.and_then(|all| many(&all.ennis)))
        .with("enniSvlanIds", svlans)
        .with("correctiveOrderExpected", Some(told.correction_due.is_some()))
        .date("correctionOrderDueDate", due.as_ref())
        .date("orderCancellationDate", cancelled.map(|c| CarrierDate::of(c.at)).as_ref())
        .text("orderCancellationReason", cancelled.map(|c| c.reason.as_str()))
        .with("orderMessages", messages(&told.messages))
        .done()
}

/// The notification that a Seller's own systems sent, as it is stored, echoed and pushed on: what
/// they sent, with our numbering and the words of the contract for type and status.
pub fn report_body(mut body: Map<String, Value>, told: &Notification) -> Map<String, Value> {
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("objectType", "orderNotification".into());
    set("notificationType", told.kind.as_str().into());
    set("notificationVersion", told.version.into());
    set("orderStatus", told.status.as_str().into());
    body
}

fn assignment(header: &OrderHeader, id: &Assigned) -> Value {
    let body = Body::of("idAssignment")
        .text("sellerAssignedId", Some(id.seller_id.as_str()))
        .text("buyerAssignedId", id.buyer_id.as_deref())
        .text("orderId", Some(header.id.as_str()))
        .text("buyerPurchaseOrderNumber", Some(header.pon.as_str()))
        .text("orderItemReference", id.item.as_ref().map(|item| item.as_str()));
    Value::Object(body.done())
}

fn svlan(svlan: &SvlanAssignment) -> Value {
    let (first, last) = (svlan.range.first(), svlan.range.last());
    let body = Body::of("svlanIdAssignment")
        .text("sellerEnniId", Some(svlan.enni.as_str()))
        .text("sellerUniId", svlan.uni.as_ref().map(|uni| uni.as_str()))
        .with("svlanId", Some(first))
        .with("svlanIdLast", (last != first).then_some(last));
    Value::Object(body.done())
}

/// A list of messages; none of an empty one.
pub(super) fn messages(messages: &[OrderMessage]) -> Option<Vec<Value>> {
    (!messages.is_empty()).then(|| messages.iter().map(message).collect())
}

fn message(message: &OrderMessage) -> Value {
    let OrderMessage {
        code,
        description,
        message_information,
        severity,
        field,
        order_item_reference,
        correction_required,
    } = message;
    let body = Body::of("orderMessage")
        .text("code", code.as_deref())
        .text("description", description.as_deref())
        .text("messageInformation", message_information.as_deref())
        .text("severity", Some(severity.as_str()))
        .text("field", field.as_deref())
        .text("orderItemReference", order_item_reference.as_ref().map(|item| item.as_str()))
        .with("correctionRequired", Some(*correction_required));
    Value::Object(body.done())
}

/// `{"orderMessages": […]}`: the body of every refusal.
pub fn messages_body(list: &[OrderMessage]) -> Map<String, Value> {
    let list: Vec<Value> = list.iter().map(message).collect();
    Map::from_iter([("orderMessages".to_owned(), Value::Array(list))])
}

/// The body of a 400: one ERROR for every violation.
pub fn refusal_body(violations: &Violations) -> Map<String, Value> {
    let refused = |violation: &domain::violation::Violation| {
        registry::MALFORMED.message().saying(&violation.message).at(&violation.pointer)
    };
    messages_body(&violations.iter().map(refused).collect::<Vec<_>>())
}
