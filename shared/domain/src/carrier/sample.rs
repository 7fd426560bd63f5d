//! Orders for the tests of this module.

use time::{OffsetDateTime, macros::datetime};

use super::*;

pub(super) const NOW: OffsetDateTime = datetime!(2026-05-02 12:00 UTC);

pub(super) fn id() -> OrderId {
    "ORD-01HX000000000000000000000A".parse().unwrap()
}

pub(super) fn item(text: &str) -> ItemReference {
    text.parse().unwrap()
}

pub(super) fn service(text: &str) -> ServiceId {
    text.parse().unwrap()
}

fn product(code: &str) -> Option<ProductReference> {
    Some(ProductReference { name: None, code: Some(code.to_owned()), id: None })
}

pub(super) fn ovc(order: &mut OrderView) -> &mut OvcDetail {
    match &mut order.items[0].detail {
        Some(ItemDetail::Ovc(ovc)) => ovc,
        other => panic!("{other:?}"),
    }
}

/// An OVC from an existing ENNI to a UNI of the same order.
pub(super) fn order() -> OrderView {
    let ovc = OvcDetail {
        seller_id: None,
        buyer_id: Some("OVC-xyz".to_owned()),
        product: product("AEPL"),
        svlans: None,
        enni: Some(EndpointReference::Existing {
            seller_id: service("ENNI-123-abc"),
            buyer_id: None,
        }),
        uni: EndpointReference::Ordered { item: item("02"), order: None, pon: None },
        bandwidth: None,
    };
    let uni = UniDetail {
        seller_id: None,
        buyer_id: Some("UNI-343".to_owned()),
        product: product("AEVPL100"),
    };
    let view = |reference: &str, detail| ItemView {
        reference: item(reference),
        action: ItemAction::Install,
        detail: Some(detail),
    };
    OrderView {
        buyer: "Verizon".parse().unwrap(),
        seller: "Cox Spectrum Business".parse().unwrap(),
        pon: "PO-12345".parse().unwrap(),
        version: "1".parse().unwrap(),
        order_date: CarrierDate::read("2026-05-01T13:20+01:00"),
        activity: OrderActivity::Install,
        desired: DesiredResponses::ConfirmationOnly,
        project: None,
        requested_completion: CarrierDate::read("2026-05-11T17:20+01:00"),
        requested_start: None,
        billing_account: None,
        pricing_term: PricingTerm::Unspecified,
        order_type: OrderType::AccessEpl,
        status_sent: false,
        items: vec![
            view("01", ItemDetail::Ovc(Box::new(ovc))),
            view("02", ItemDetail::Uni(Box::new(uni))),
        ],
    }
}

pub(super) fn seller() -> Party {
    let product = |kind, code: &str, name: &str| ProductSpecification {
        kind,
        code: code.to_owned(),
        name: Some(name.to_owned()),
        id: Some(format!("prd-{code}")),
    };
    Party {
        id: "Cox Spectrum Business".parse().unwrap(),
        hosting: Hosting::Local,
        callback_base: None,
        products: vec![
            product(ProductKind::AccessEpl, "AEPL", "accessEpl-Superfast"),
            product(ProductKind::Uni, "AEVPL100", "Access EVPL 100"),
        ],
        fulfilment: FulfilmentPolicy::Automatic,
        lead_days: 1,
        pace_seconds: None,
        tolerance: Tolerance::default(),
    }
}

pub(super) fn accepted() -> OrderProgress {
    let event = Event::Accepted { warnings: Vec::new() };
    OrderProgress::place(order().references(), event, NOW).unwrap().progress
}

/// An order in a state, brought there by events where there is more than one way by the shortest.
pub(super) fn in_state(status: OrderStatus) -> OrderProgress {
    use OrderStatus as S;
    let failed = |items: &[&str]| {
        let reason = "no duct".to_owned();
        items.iter().map(|i| ItemFailure { item: item(i), reason: reason.clone() }).collect()
    };
    let finished = |failed| Event::Finished { failed, completion: None };
    let due = NOW + time::Duration::days(45);
    let events = match status {
        S::Acknowledged => vec![],
        S::InProgress => vec![Event::TreatmentStarted],
        S::Pending => vec![
            Event::TreatmentStarted,
            Event::InformationNeeded { messages: vec![registry::PRODUCT_UNKNOWN.message()], due },
        ],
        S::Held => vec![
            Event::TreatmentStarted,
            Event::Held { by: Side::Buyer, expected: None, messages: vec![] },
        ],
        S::Rejected => vec![Event::NotAccepted { messages: vec![] }],
        S::Cancelled => vec![Event::CancelledBySeller { reason: "why not".to_owned() }],
        S::Completed => vec![Event::TreatmentStarted, finished(vec![])],
        S::Failed => vec![Event::TreatmentStarted, finished(failed(&["01", "02"]))],
        S::Partial => vec![Event::TreatmentStarted, finished(failed(&["02"]))],
    };
    let progress = events
        .into_iter()
        .fold(accepted(), |order, event| order.apply(event, NOW).unwrap().progress);
    assert_eq!(progress.status, status);
    progress
}
