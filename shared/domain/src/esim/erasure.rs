//! What stays of an eSIM order when its customer is erased: what accounting needs, and nothing by
//! which a person or a device is known.

use serde_json::{Map, Value, json};

use super::{CustomerDetails, Device, EsimOrder, Failure, SentInput};

/// Stands for the address of a customer that was erased. No mail reaches it (RFC 2606, 2).
pub const ERASED_EMAIL: &str = "erased@erased.invalid";

/// The members of `input` that stay, of those that the contract describes.
const OF_INPUT: [&str; 4] = ["operationType", "countryCode", "subscriptions", "esim"];
/// The members of an item of `subscriptions` that stay.
const OF_PLAN: [&str; 6] =
    ["product_id", "allowanceId", "id", "activationDate", "price", "currency"];

impl CustomerDetails {
    /// What is known of a customer that was erased.
    pub fn erased() -> Self {
        Self {
            email: ERASED_EMAIL
                .parse()
                .expect("the constant is an e-mail address: a test parses it"),
            first_name: None,
            last_name: None,
            language: None,
            country_of_residence: None,
        }
    }
}

impl EsimOrder {
    /// The order without its customer: product, plans, prices, dates, country, ICCID and history
    /// stay. The same order again when that was done before.
    #[must_use]
    pub fn erased(&self) -> Self {
        let mut order = self.clone();
        order.details.customer = CustomerDetails::erased();
        let Device { kind, .. } = order.details.device;
        order.details.device = Device { kind, id: None, model: None, make: None, eid: None };
        order.input = self.input.erased();
        // The words of an SM-DP+ or a network may name whom they refuse.
        order.failure = self
            .failure
            .as_ref()
            .map(|Failure { kind, .. }| Failure { kind: *kind, message: kind.as_str().to_owned() });
        order
    }

    /// Whether nothing is left to erase.
    pub fn is_erased(&self) -> bool {
        *self == self.erased()
    }
}

impl SentInput {
    /// The members that stay. What the contract does not describe goes: nobody knows what it says.
    fn erased(&self) -> Self {
        let sent: Map<String, Value> = serde_json::from_str(&self.0).unwrap_or_default();
        let kind = sent.get("device").and_then(|device| device.get("type")).cloned();
        let mut kept = of(&sent, &OF_INPUT);
        if let Some(Value::Array(plans)) = kept.get_mut("subscriptions") {
            for plan in plans {
                *plan = plan.as_object().map(|plan| of(plan, &OF_PLAN)).into();
            }
        }
        if let Some(Value::Object(esim)) = kept.get_mut("esim") {
            *esim = of(esim, &["iccid"]);
        }
        kept.insert("customer".to_owned(), json!({ "email": ERASED_EMAIL }));
        kept.insert("device".to_owned(), json!({ "type": kind }));
        Self(Value::Object(kept).to_string())
    }
}

fn of(members: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let kept = names.iter().filter_map(|name| Some((*name, members.get(*name)?)));
    kept.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::esim::{
        CustomerId, EsimOrderId, EsimOrderStatus, FailureKind, Fulfilment, PlanId,
        sample::{NOW, details, topup},
    };

    fn order(input: &str) -> EsimOrder {
        EsimOrder {
            id: EsimOrderId(Uuid::from_u128(1)),
            tenant: "t".parse().unwrap(),
            customer: CustomerId(Uuid::from_u128(2)),
            details: details(topup(), &["A"]),
            profile_type: None,
            plan_ids: vec![PlanId(Uuid::from_u128(3))],
            input: SentInput(input.to_owned()),
            status: EsimOrderStatus::Failed,
            fulfilment: Fulfilment::START,
            failure: Some(Failure {
                kind: FailureKind::PlanRefused,
                message: "no plan for john@doe.com".to_owned(),
            }),
            installation: None,
            order_date: NOW,
            history: Vec::new(),
            needs_intervention: None,
            correlation_id: "c".to_owned(),
            attempts: 1,
            revision: 7,
        }
    }

    #[test]
    fn nothing_by_which_a_person_is_known_stays_and_what_accounting_needs_does() {
        let sent = r#"{"operationType": "TOPUP_ACTIVATION", "note": "John Doe", "countryCode": "PT",
            "customer": {"email": "john@doe.com", "firstName": "John", "phone": "+351"},
            "device": {"type": "ios", "product_id": "john's", "eid": "89049032"},
            "subscriptions": [{"id": "A", "price": 9.90, "currency": "EUR", "for": "John"}, 7],
            "esim": {"iccid": "123456789", "owner": "John"}}"#;
        let erased = order(sent).erased();
        assert_eq!(
            erased.input.0,
            r#"{"operationType":"TOPUP_ACTIVATION","countryCode":"PT","subscriptions":[{"id":"A","price":9.90,"currency":"EUR"},null],"esim":{"iccid":"123456789"},"customer":{"email":"erased@erased.invalid"},"device":{"type":"ios"}}"#
        );
        assert_eq!(erased.details.customer, CustomerDetails::erased());
        let Device { id, model, make, eid, .. } = &erased.details.device;
        assert!([id, model, make].into_iter().all(Option::is_none) && eid.is_none());
        assert_eq!(erased.failure.as_ref().unwrap().message, "PLAN_REFUSED");
        let kept = EsimOrder { details: erased.details.clone(), ..order(&erased.input.0) };
        assert_eq!(EsimOrder { failure: None, ..erased }, EsimOrder { failure: None, ..kept });
        assert_eq!(order(sent).erased().details.plans, order(sent).details.plans);
    }

    #[test]
    fn an_order_is_erased_once() {
        for sent in ["{}", "[]", "no JSON", r#"{"subscriptions": {"a": 1}, "esim": []}"#] {
            let erased = order(sent).erased();
            assert!(erased.is_erased() && !order(sent).is_erased(), "{sent}");
            assert_eq!(erased.erased(), erased, "{sent}");
        }
    }
}
