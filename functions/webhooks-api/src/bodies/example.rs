//! Examples of the OpenAPI document.

use api::openapi::Example;
use domain::{
    text::Described,
    webhook::{EndpointId, EndpointUrl, EventPattern, EventType},
};
use serde_json::{Value, json};

use super::{
    AttemptResponse, DeliveryList, DeliveryResponse, EndpointList, EndpointResponse,
    EndpointWithSecret,
};

const REGISTERED: &str = "2026-11-21T12:00:00Z";
const FAILED: &str = "2026-11-21T12:05:00Z";
const NEXT: &str = "2026-11-21T12:05:05Z";

fn endpoint() -> EndpointResponse {
    EndpointResponse {
        id: EndpointId::EXAMPLE.to_owned(),
        url: EndpointUrl::EXAMPLE.to_owned(),
        events: vec![EventPattern::EXAMPLE.to_owned()],
        status: "ENABLED",
        disabled_reason: None,
        disabled_at: None,
        failing_since: None,
        created_at: REGISTERED.to_owned(),
    }
}

fn delivery() -> DeliveryResponse {
    let attempt = AttemptResponse {
        round: 1,
        number: 1,
        at: FAILED.to_owned(),
        status: Some(503),
        error: None,
        duration_ms: 40,
    };
    DeliveryResponse {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
        r#type: EventType::OrderCompleted.as_str(),
        status: "WAITING",
        reason: None,
        created_at: FAILED.to_owned(),
        next_attempt_at: Some(NEXT.to_owned()),
        attempts: vec![attempt],
    }
}

impl Example for EndpointResponse {
    fn example() -> Value {
        json!(endpoint())
    }
}

impl Example for EndpointWithSecret {
    fn example() -> Value {
        json!(Self {
            endpoint: endpoint(),
            // The secret of the specification's test vector.
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            previous_secret_until: None,
        })
    }
}

impl Example for EndpointList {
    fn example() -> Value {
        json!(Self { webhooks: vec![endpoint()] })
    }
}

impl Example for DeliveryResponse {
    fn example() -> Value {
        json!(delivery())
    }
}

impl Example for DeliveryList {
    fn example() -> Value {
        json!(Self { deliveries: vec![delivery()], cursor: None })
    }
}
