use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    json::{ObjectReader, parse_object},
};
use domain::{
    violation::Violations,
    webhook::{Endpoint, EndpointId, EndpointUrl, Health, MAX_PATTERNS, Patterns, Secret, Secrets},
};
use lambda::dispatch::Dispatch;
use store::EndpointAdded;
use webhooks::{SendError, Target};

use crate::{EndpointWithSecret, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks`: an endpoint, whose secret is shown this once.
    pub(crate) async fn create_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (url, target, events) = read(&request.body)?;
        self.look(&target).await?;
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::new(now, &*self.random),
            tenant: request.identity()?.tenant.clone(),
            url,
            events,
            secrets: Secrets::new(Secret::new(&*self.random)),
            health: Health::default(),
            created_at: now,
            revision: 1,
        };
        match self.endpoints.add(&endpoint).await.map_err(Problem::failed)? {
            EndpointAdded::Done => {
                tracing::info!(endpoint_id = endpoint.id.as_str(), "endpoint registered");
                let answer = EndpointWithSecret::from(&endpoint);
                let answer = ApiResponse::json(StatusCode::CREATED, &answer)?;
                Ok(answer.header(header::LOCATION, format!("/webhooks/{}", endpoint.id)))
            }
            EndpointAdded::Full => {
                Err(Problem::conflict("TOO_MANY_WEBHOOKS", "a client has at most ten endpoints"))
            }
        }
    }

    /// Where it leads today: nobody should learn only from the log that nothing can arrive.
    async fn look(&self, target: &Target) -> Result<(), Problem> {
        let refuse = |message: &str| Err(Problem::invalid("/url", message));
        match self.client.check(target).await {
            Ok(()) => Ok(()),
            Err(SendError::Forbidden(reason)) => {
                refuse(&format!("must not lead to an address that is not public ({reason})"))
            }
            Err(SendError::NameNotFound(_)) => refuse("must have a host with an address"),
            Err(error) => Err(Problem::unavailable(error)),
        }
    }
}

fn read(body: &[u8]) -> Result<(EndpointUrl, Target, Patterns), Violations> {
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let url: Option<EndpointUrl> = reader.required("url", |value| value.parse());
    let target = url.as_ref().and_then(|url| match Target::parse(url.as_str()) {
        Ok(target) => Some(target),
        Err(error) => {
            reader.refuse("url", error.to_string());
            None
        }
    });
    let texts =
        reader.required("events", |value| value.array(1..=MAX_PATTERNS, |item| item.text(1..=64)));
    reader.deny_unknown();
    let patterns = texts.and_then(|texts| match Patterns::parse("/events", texts) {
        Ok(patterns) => Some(patterns),
        Err(wrong) => {
            for violation in wrong.iter() {
                violations.add(violation.pointer.clone(), violation.message.clone());
            }
            None
        }
    });
    match (url, target, patterns) {
        (Some(url), Some(target), Some(patterns)) if violations.is_empty() => {
            Ok((url, target, patterns))
        }
        _ => Err(violations),
    }
}
