use api::{ApiRequest, ApiResponse, Problem, StatusCode, header, repeat};
use domain::{
    esim::{
        Accepted, Customer, CustomerId, EsimFacts, EsimOrder, EsimOrderId, EsimOrderStatus,
        EsimRefusal, Fulfilment, PlanId, decide,
    },
    idempotency::{Once, Remembered},
    identity::Tenant,
};
use esim::wire::{EsimOrderRequest, accepted_body, read_esim_order, refusal_problem};
use store::{EsimPlacing, KnownForOrder, PlacedEsimOrder};
use time::{Duration, OffsetDateTime};

use crate::EsimOrdersApi;

/// How often an order is decided anew because what it was decided by has changed.
const ATTEMPTS: usize = 4;

impl EsimOrdersApi {
    /// `POST v1/order`
    pub(crate) async fn create_esim_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let once = request.once()?;
        // Stored in milliseconds: what is decided now is what will be read later.
        let now = self.clock.now();
        let now = now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000));
        let placed = match read_esim_order(&request.body, now) {
            Ok(wanted) => self.try_to_place(request, &wanted, once.as_ref(), now).await,
            Err(violations) => Err(violations.into()),
        };
        match placed {
            Ok(answer) => Ok(answer),
            // Sent again after it was placed, an order finds its eSIM locked or its date past.
            // Only then is it worth a read to see whether it was.
            Err(problem) => match self.earlier(request, once.as_ref(), now).await? {
                Some(earlier) => earlier,
                None => Err(problem),
            },
        }
    }

    async fn try_to_place(
        &self,
        request: &ApiRequest,
        wanted: &EsimOrderRequest,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        for _ in 0..ATTEMPTS {
            let known = self.orders.known_for(tenant, &wanted.details).await;
            let known = known.map_err(Problem::failed)?;
            let facts = EsimFacts {
                catalogue: &known.catalogue,
                customer: known.customer.as_ref(),
                esim: known.esim.as_ref(),
                now,
            };
            let accepted =
                decide(&wanted.details, &facts).map_err(|refusal| refusal_problem(&refusal))?;
            if let Some(answer) = self.attempt(request, wanted, accepted, &known, once, now).await?
            {
                return Ok(answer);
            }
        }
        Err(Problem::Unavailable { retry_after_seconds: 1, cause: None })
    }

    /// One attempt at the transaction. None: to be decided anew.
    async fn attempt(
        &self,
        request: &ApiRequest,
        wanted: &EsimOrderRequest,
        accepted: Accepted,
        known: &KnownForOrder,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<ApiResponse>, Problem> {
        let tenant = &request.identity()?.tenant;
        let (order, new) = self.order(request, tenant, wanted, accepted, now);
        let answer = remembered(request, order.id, once);
        let placing = EsimPlacing {
            order: &order,
            customer: new.as_ref(),
            esim: known.esim.as_ref(),
            watchdog: self.watchdog,
            once: once.map(|once| (once, &answer)),
            now,
        };
        match self.orders.place(&placing).await.map_err(Problem::failed)? {
            PlacedEsimOrder::Done => {
                let (order_id, operation) = (order.id, order.details.operation.kind().as_str());
                tracing::info!(%order_id, operation, "order placed");
                Ok(Some(respond(&answer)))
            }
            PlacedEsimOrder::Repeated(earlier) => match once {
                Some(once) => repeat(once, &earlier).map(Some),
                None => Err(Problem::internal("repeated without a key")),
            },
            PlacedEsimOrder::Outstanding(order) => {
                Err(refusal_problem(&EsimRefusal::OrderOutstanding { order }))
            }
            PlacedEsimOrder::Changed => Ok(None),
        }
    }

    /// The order, and its customer when that is new.
    fn order(
        &self,
        request: &ApiRequest,
        tenant: &Tenant,
        wanted: &EsimOrderRequest,
        accepted: Accepted,
        now: OffsetDateTime,
    ) -> (EsimOrder, Option<Customer>) {
        let random = &self.random;
        let new = accepted.customer.is_none().then(|| Customer {
            id: CustomerId::generate(now, random),
            tenant: tenant.clone(),
            details: wanted.details.customer.clone(),
        });
        let drawn = new.as_ref().map(|customer| customer.id);
        let order = EsimOrder {
            id: EsimOrderId::generate(now, random),
            tenant: tenant.clone(),
            customer: accepted
                .customer
                .or(drawn)
                .unwrap_or_else(|| CustomerId::generate(now, random)),
            plan_ids: wanted.details.plans.iter().map(|_| PlanId::generate(now, random)).collect(),
            details: wanted.details.clone(),
            profile_type: accepted.profile_type,
            input: wanted.input.clone(),
            status: EsimOrderStatus::Accepted,
            fulfilment: Fulfilment::START,
            failure: None,
            installation: None,
            order_date: now,
            history: Vec::new(),
            needs_intervention: None,
            correlation_id: request.correlation_id.clone(),
            revision: 1,
        };
        (order, new)
    }

    /// The answer to an earlier request under the same key, if there was one.
    async fn earlier(
        &self,
        request: &ApiRequest,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<Result<ApiResponse, Problem>>, Problem> {
        let Some(once) = once else { return Ok(None) };
        let tenant = &request.identity()?.tenant;
        let found = self.orders.remembered(tenant, once, now).await.map_err(Problem::failed)?;
        Ok(found.map(|earlier| repeat(once, &earlier)))
    }
}

/// The answer to a placed order, in the form in which a repeated request gets it again.
fn remembered(request: &ApiRequest, order: EsimOrderId, once: Option<&Once>) -> Remembered {
    Remembered {
        fingerprint: once.map(|once| once.fingerprint.clone()).unwrap_or_default(),
        status: StatusCode::CREATED.as_u16(),
        // Under the base by which the caller came.
        location: Some(format!("{}/{order}", request.raw_path)),
        body: accepted_body(order).to_string(),
    }
}

fn respond(answer: &Remembered) -> ApiResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::CREATED);
    let response = ApiResponse::bytes(status, "application/json", answer.body.clone());
    match &answer.location {
        Some(location) => response.header(header::LOCATION, location),
        None => response,
    }
}
