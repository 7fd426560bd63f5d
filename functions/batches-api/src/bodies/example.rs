//! The example of the OpenAPI document.

use api::openapi::Example;
use domain::batch::{BatchStatus, RequestStatus};
use serde_json::{Value, json};

use super::{BatchRequestResponse, BatchResponse};

impl Example for BatchResponse {
    fn example() -> Value {
        let request =
            |name: &str, status: RequestStatus, info: Option<&str>, orderid| BatchRequestResponse {
                requestid: Some(name.to_owned()),
                status: status.as_str(),
                info: info.map(str::to_owned),
                orderid,
            };
        json!(Self {
            batchid: "3a6acf89-1ccf-4611-9424-453930f57ef1".to_owned(),
            creationdate: "2016-03-10T00:00:00Z".to_owned(),
            status: BatchStatus::Processing.as_str(),
            requests: vec![
                request("1", RequestStatus::Processing, None, Some(20144)),
                request("2", RequestStatus::Failed, Some("no such subscription"), None),
            ],
        })
    }
}
