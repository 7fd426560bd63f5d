//! The example of the OpenAPI document: the order of the ECC guide.

use api::openapi::Example;
use domain::provisioning::OrderStatus;
use serde_json::{Value, json};

use super::{ProvisioningOrderResponse, StatusChangeResponse};
use crate::ProvisioningOrderList;

impl Example for ProvisioningOrderResponse {
    fn example() -> Value {
        let [placed, completed] = ["2016-03-10T00:00:00Z", "2016-03-10T00:00:05Z"];
        let change = |status: OrderStatus, at: &str| StatusChangeResponse {
            status: status.as_str(),
            at: at.to_owned(),
            reason: None,
        };
        json!(Self {
            order_id: 20144,
            msisdn: Some("4612312312".to_owned()),
            iccid: "89461177710001700003".to_owned(),
            status: OrderStatus::Completed.as_str(),
            order_date: placed.to_owned(),
            completion_date: Some(completed.to_owned()),
            operation: "CHANGE",
            reason: None,
            history: vec![
                change(OrderStatus::Provisioning, placed),
                change(OrderStatus::Completed, completed),
            ],
        })
    }
}

impl Example for ProvisioningOrderList {
    fn example() -> Value {
        json!({ "orders": [ProvisioningOrderResponse::example()], "cursor": "b3JkZXJ3aXJl" })
    }
}
