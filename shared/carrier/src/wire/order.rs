use domain::{
    carrier::{
        DesiredResponses, EndpointReference, ItemAction, ItemDetail, ItemView, OrderActivity,
        OrderType, OrderView, OvcDetail, PricingTerm, ProductReference, SvlanRange, Tolerated,
        UniDetail,
    },
    violation::Violations,
};
use serde_json::{Map, Value};

use super::{
    bandwidth::bandwidth,
    read::{date, object, objects, owned, parsed, small, text},
    schema::{DETAIL, ORDER, check},
};
use api::{
    json::{same, whole},
    schema::Members,
};

/// Members of an order that are ours: whatever a Buyer sends is dropped, and ours is written.
pub(super) const OURS: [&str; 10] = [
    "objectType",
    "id",
    "link",
    "orderStatus",
    "heldBy",
    "expectedCompletionDate",
    "completionDate",
    "correctiveOrderExpected",
    "correctionOrderDueDate",
    "orderMessages",
];

/// The member of an item that is ours.
pub(super) const OURS_OF_ITEM: &str = "orderItemStatus";

/// A well-formed order, as sent by a Buyer.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRequest {
    /// What was sent, without the members that are ours. This is what is stored.
    pub document: Map<String, Value>,
    /// What decisions need of it.
    pub view: OrderView,
    /// Deviations that were understood.
    pub tolerated: Vec<Tolerated>,
}

/// Checks the shape of an order (*Intake*, step 1): the body of POST and PUT, or a document after
/// its merge patch.
///
/// # Errors
/// Every violation there is. Nothing is to be stored.
pub fn read_order(mut body: Map<String, Value>) -> Result<OrderRequest, Violations> {
    let tolerated = check(&ORDER, &body)?;
    let view = view_order(&body).ok_or_else(|| Violations::one("", "is no order"))?;
    body.retain(|name, _| !OURS.contains(&name.as_str()));
    if let Some(Value::Array(items)) = body.get_mut("orderItems") {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            // Shifting keeps the order of the others.
            item.shift_remove(OURS_OF_ITEM);
        }
    }
    Ok(OrderRequest { document: body, view, tolerated })
}

/// What decisions need of a checked document, of one that was stored for instance. None when it
/// was never checked.
pub fn view_order(document: &Map<String, Value>) -> Option<OrderView> {
    let billing = object(document, "billingInfo")?;
    Some(OrderView {
        buyer: parsed(document, "buyerId")?,
        seller: parsed(document, "sellerId")?,
        pon: parsed(document, "buyerPurchaseOrderNumber")?,
        version: parsed(document, "buyerOrderVersion")?,
        order_date: date(document, "orderDate")?,
        activity: OrderActivity::read(text(document, "orderActivity")?)?,
        desired: DesiredResponses::read(text(document, "desiredResponses")?)?,
        project: owned(document, "projectId"),
        requested_completion: date(document, "requestedCompletionDate")?,
        requested_start: date(document, "requestedStartDate"),
        billing_account: owned(billing, "existingBillingAccountNumber"),
        pricing_term: pricing_term(document),
        order_type: match text(document, "orderType")? {
            "ACCESS_E_LINE" => OrderType::AccessEpl,
            word => OrderType::read(word)?,
        },
        status_sent: document.contains_key("orderStatus"),
        items: objects(document, "orderItems").map(item).collect::<Option<_>>()?,
    })
}

/// Whether two documents say the same: members in any order, items in theirs, numbers by value.
pub fn same_document(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.len() == other.len()
        && one.iter().all(|(name, one)| other.get(name).is_some_and(|it| same(one, it)))
}

/// The pricing term of a document.
pub(super) fn pricing_term(document: &Members) -> PricingTerm {
    let months = |number: i64| u16::try_from(number).ok().filter(|months| *months <= 999);
    match document.get("pricingTerm") {
        None => PricingTerm::Unspecified,
        Some(Value::String(text)) => text
            .parse()
            .ok()
            .and_then(months)
            .map_or_else(|| PricingTerm::Unusable(text.clone()), PricingTerm::Months),
        Some(value) => {
            whole(value).and_then(months).map_or(PricingTerm::Unspecified, PricingTerm::Months)
        }
    }
}

fn item(item: &Members) -> Option<ItemView> {
    Some(ItemView {
        reference: parsed(item, "orderItemReference")?,
        action: ItemAction::read(text(item, "action")?)?,
        detail: match object(item, "orderItemDetail") {
            Some(found) => Some(detail(found)?),
            None => None,
        },
    })
}

fn detail(detail: &Members) -> Option<ItemDetail> {
    Some(match DETAIL.object_of(detail)?.name {
        "accessEplProductOrder" => ItemDetail::Ovc(Box::new(ovc(detail)?)),
        "uniProductOrder" => ItemDetail::Uni(Box::new(UniDetail {
            seller_id: parsed(detail, "sellerUniId"),
            buyer_id: owned(detail, "buyerUniId"),
            product: product(detail),
        })),
        _ => ItemDetail::Disconnect { service: parsed(detail, "sellerServiceOrEndpointId")? },
    })
}

fn ovc(detail: &Members) -> Option<OvcDetail> {
    let first = small(detail, "enniSvlanId");
    let last = small(detail, "enniSvlanIdLast").or(first);
    let endpoint = |name: &str, seller: &str, buyer: &str| {
        object(detail, name).map(|found| endpoint(found, seller, buyer))
    };
    let enni = match endpoint("enniReference", "sellerEnniId", "buyerEnniId") {
        Some(found) => Some(found?),
        None => None,
    };
    Some(OvcDetail {
        seller_id: parsed(detail, "sellerOvcId"),
        buyer_id: owned(detail, "buyerOvcId"),
        product: product(detail),
        svlans: first.zip(last).and_then(|(first, last)| SvlanRange::new(first, last).ok()),
        enni,
        uni: endpoint("uniReference", "sellerUniId", "buyerUniId")??,
        bandwidth: object(detail, "uniIngressBandwidthProfile").and_then(bandwidth),
    })
}

fn endpoint(reference: &Members, seller: &str, buyer: &str) -> Option<EndpointReference> {
    if let Some(seller_id) = parsed(reference, seller) {
        return Some(EndpointReference::Existing { seller_id, buyer_id: owned(reference, buyer) });
    }
    Some(EndpointReference::Ordered {
        item: parsed(reference, "orderItemReference")?,
        order: parsed(reference, "orderId"),
        pon: parsed(reference, "buyerPurchaseOrderNumber"),
    })
}

fn product(detail: &Members) -> Option<ProductReference> {
    let reference = match detail.get("productSpecification")? {
        Value::String(code) => ProductReference { name: None, code: Some(code.clone()), id: None },
        Value::Object(reference) => ProductReference {
            name: owned(reference, "name"),
            code: owned(reference, "code"),
            id: object(reference, "productSpecification").and_then(|spec| owned(spec, "id")),
        },
        _ => return None,
    };
    let named = reference.name.is_some() || reference.code.is_some() || reference.id.is_some();
    named.then_some(reference)
}
