//! Examples of the OpenAPI document: the order of the eSIM order document.

use api::openapi::{Example, sample};
use domain::esim::{EsimOrderId, EsimOrderStatus};
use serde_json::{Value, json, value::to_raw_value};

use super::{EsimOrderAccepted, EsimOrderBody, EsimOrderList, OutputBody, accepted_body};
use crate::wire::ESIM_ORDER;

fn id() -> EsimOrderId {
    sample("3a6acf89-1ccf-4611-9424-453930f57ef1")
}

impl Example for EsimOrderAccepted {
    fn example() -> Value {
        json!(accepted_body(id()))
    }
}

impl Example for EsimOrderBody {
    fn example() -> Value {
        let sent = ESIM_ORDER.example.map(api::schema::example).unwrap_or_default();
        let (host, matching_id) = ("smdp.example.com", "04386-AGYFT-A74Y8-3F815");
        json!(Self {
            id: id(),
            external_id: id(),
            status: EsimOrderStatus::Completed,
            input: to_raw_value(&sent["input"]).expect("what was parsed can be written"),
            output: Some(OutputBody {
                iccid: "89461177710001700003".to_owned(),
                smdp_url: Some(host.to_owned()),
                matching_id: Some(matching_id.to_owned()),
                lpa_url: Some(format!("LPA:1${host}${matching_id}")),
                subscription_id: Some("7f9c24e8-3b12-4fef-91e0-5a8bd1c6d5a1".to_owned()),
                subscription_ids: Vec::new(),
            }),
            failure: None,
            installation: None,
        })
    }
}

impl Example for EsimOrderList {
    fn example() -> Value {
        json!({ "orders": [EsimOrderBody::example()], "cursor": "b3JkZXJ3aXJl" })
    }
}
