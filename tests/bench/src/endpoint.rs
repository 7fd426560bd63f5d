//! The endpoints that are measured: the calls, and what a right answer is.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use anyhow::{Result, bail};
use harness::Response;
use serde_json::{Value, json};
use testkit::Call;

use crate::world::Caller;

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// Reading an ECC subscription by its number.
    Read,
    /// Blocking it: an order is placed.
    Change,
    /// Placing a carrier order.
    Carrier,
}

impl Endpoint {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Change, Self::Carrier];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "ECC read",
            Self::Change => "ECC change",
            Self::Carrier => "carrier create",
        }
    }

    /// In the names of files.
    pub(crate) const fn short(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Carrier => "carrier",
        }
    }

    /// The function that has it.
    pub(crate) const fn function(self) -> &'static str {
        match self {
            Self::Read | Self::Change => "subscriptions-api",
            Self::Carrier => "carrier-orders-api",
        }
    }

    /// The call with this number, which no other call of a run has.
    pub(crate) fn call(self, caller: &Caller, number: &str) -> Call {
        let path = format!("/ecc/v1/subscriptions/msisdn:{}", caller.msisdn);
        let call = match self {
            Self::Read => Call::new("GET", path),
            Self::Change => Call::new("PATCH", path).json(&json!({ "blocked": true })),
            Self::Carrier => Call::new("POST", "/orders").json(&carrier_order(caller, number)),
        };
        call.header("authorization", &caller.authorization)
            .header("x-correlation-id", number)
            .header("user-agent", "bench/1")
    }

    /// The answer with what differs from call to call left out.
    ///
    /// # Errors
    /// It is not the answer of a call that was carried out.
    pub(crate) fn checked(self, answer: &[u8]) -> Result<Value> {
        let response = Response::from_event(&serde_json::from_slice(answer)?);
        let wanted = match self {
            Self::Read => 200,
            Self::Change => 202,
            Self::Carrier => 201,
        };
        if response.status != wanted {
            bail!("{}: {}", self.name(), String::from_utf8_lossy(answer));
        }
        let mut body = response.body;
        let Some(members) = body.as_object_mut() else { bail!("{}: no object", self.name()) };
        for changing in ["orderId", "orders", "id", "link", "buyerPurchaseOrderNumber"] {
            if let Some(value) = members.get_mut(changing) {
                *value = json!("…");
            }
        }
        Ok(
            json!({ "status": response.status, "body": body, "headers": checked_headers(&response.headers) }),
        )
    }
}

/// Those that a client relies on.
fn checked_headers(headers: &std::collections::BTreeMap<String, String>) -> Value {
    let names = ["content-type", "cache-control", "x-content-type-options", "etag"];
    names.iter().map(|name| json!([name, headers.get(*name)])).collect()
}

/// The Buyer's number of the call with this number: at most 16 characters.
pub(crate) fn pon(number: &str) -> String {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    format!("PO{:012x}", hasher.finish() >> 16)
}

/// The example of `infra/openapi/carrier.json`.
fn carrier_order(caller: &Caller, number: &str) -> Value {
    json!({
        "objectType": "order",
        "buyerId": caller.party,
        "sellerId": "Cox Spectrum Business",
        "buyerPurchaseOrderNumber": pon(number),
        "buyerOrderVersion": "1",
        "orderDate": "2031-10-01",
        "orderActivity": "INSTALL",
        "desiredResponses": "NONE",
        "requestedCompletionDate": "2031-10-11T17:20+01:00",
        "billingInfo": { "existingBillingAccountNumber": "12345678" },
        "buyerOrderContact": { "name": "John Doe", "telephoneNumber": "+1720-666-1234" },
        "orderType": "ACCESS_EPL",
        "orderItems": [{
            "orderItemReference": "01",
            "action": "INSTALL",
            "quantity": 1,
            "orderItemDetail": {
                "objectType": "accessEplProductOrder",
                "productSpecification": {
                    "objectType": "productSpecRef", "name": "accessEpl-Superfast"
                },
                "enniReference": {
                    "objectType": "existingEnniReference", "sellerEnniId": "ENNI-123-abc"
                },
                "uniReference": {
                    "objectType": "existingUniReference", "sellerUniId": "UNI-334"
                },
                "uniSiteContact": { "name": "Bob Rice", "telephoneNumber": "+1320-768-9988" },
                "uniSiteAlternateContact": {
                    "name": "Jane Hardy", "telephoneNumber": "+1320-768-9988"
                },
            },
        }],
    })
}
