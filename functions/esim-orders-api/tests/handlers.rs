//! The function in process, by the way requests take in Lambda, with tokens of our own.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use std::sync::Arc;

use api::{
    HttpHandler,
    identity::{
        Authenticator, NoClients, TokenTerms, TokenVerifier,
        token::{generate_key, sign},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    clock::Clock,
    esim::{EsimOrderEvent, EsimOrderId, Fulfilment, MatchingId, Product},
    identity::{Identity, Role},
    order::Lifecycle,
};
use esim_orders_api::EsimOrdersApi;
use serde_json::{Value, json};
use store::{
    Authority, Committed, CustomerErasure, DynamoCatalogue, DynamoCustomers, DynamoEsimWork,
    DynamoPublicKeys, DynamoStock, Leased, ReservedProfile, SigningKeys,
};
use testkit::{
    Call, FixedClock, FixedRandom, Response, TestTable,
    codes::{decoded, drawn, unpacked},
};
use time::Duration;

const ORDER: &str = "/esim/v1/order";
const PRODUCT: &str = "a3u3z000000PZBhAAO";

struct Scene {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
    terms: TokenTerms,
    function: HttpHandler<EsimOrdersApi, NoClients, TokenVerifier<DynamoPublicKeys>>,
}

/// The example of the seed, its date moved to the day after the test's.
fn new_esim() -> Value {
    json!({ "input": {
        "operationType": "NEW_ESIM",
        "countryCode": "PT",
        "customer": { "email": "john@doe.com", "countryOfResidence": "US" },
        "device": { "product_id": "123456789", "model": "iPhone", "type": "ios" },
        "subscriptions": [{
            "id": PRODUCT,
            "activationDate": "2026-11-22T12:00:00Z",
            "price": 10,
            "currency": "USD"
        }]
    }})
}

fn topup(iccid: &str) -> Value {
    let mut body = new_esim();
    body["input"]["operationType"] = json!("TOPUP_ACTIVATION");
    body["input"]["esim"] = json!({ "iccid": iccid });
    body
}

impl Scene {
    async fn new() -> Self {
        let db = TestTable::create().await;
        let (clock, random) = (FixedClock::default(), FixedRandom::default());
        let terms =
            TokenTerms { issuer: "https://o.example".to_owned(), audience: "orderwire".to_owned() };
        let keys = DynamoPublicKeys::new(db.table.clone(), Arc::new(clock.clone()));
        let authenticator = Authenticator::of_tokens(TokenVerifier::new(keys, terms.clone()))
            .with_clock(Arc::new(clock.clone()));
        let api = EsimOrdersApi::new(db.table.clone(), Duration::minutes(5))
            .with(Arc::new(clock.clone()), Arc::new(random.clone()));
        let function = HttpHandler::new(api, authenticator);
        let catalogue = DynamoCatalogue::new(db.table.clone());
        let product =
            Product { id: PRODUCT.parse().unwrap(), profile_type: "consumer".parse().unwrap() };
        for tenant in ["a", "b"] {
            let tenant = tenant.parse().unwrap();
            catalogue.put_product(&tenant, &product).await.unwrap();
            let currencies = ["USD", "EUR"].map(|c| c.parse().unwrap());
            catalogue.put_currencies(&tenant, currencies.into()).await.unwrap();
        }
        Self { db, clock, random, terms, function }
    }

    async fn token(&self, tenant: &str, role: Role) -> String {
        let now = self.clock.now();
        let keys = SigningKeys::new(self.db.table.clone());
        let ring = keys.list_or_make(generate_key, now).await.unwrap();
        let identity = Identity {
            client: "alice".parse().unwrap(),
            tenant: tenant.parse().unwrap(),
            roles: [role].into(),
            parties: [].into(),
        };
        sign(&identity, &[role].into(), &self.terms, ring.active().unwrap(), now).unwrap()
    }

    async fn send(&self, call: Call) -> Response {
        let token = self.token("a", Role::Reseller).await;
        call.bearer(&token).to(&self.function).await
    }

    async fn post(&self, body: &Value) -> Response {
        self.send(Call::new("POST", ORDER).json(body)).await
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Call::new("GET", path)).await
    }

    async fn items(&self) -> usize {
        self.db.direct.scan().table_name(&self.db.name).send().await.unwrap().items().len()
    }

    /// Does what the worker does; the order's path.
    async fn carried_out(&self, placed: &Response) -> String {
        assert_eq!(placed.status, 201, "{placed:?}");
        let id: EsimOrderId = placed.body["id"].as_str().unwrap().parse().unwrap();
        let (table, now) = (self.db.table.clone(), self.clock.now());
        let consumer = "consumer".parse().unwrap();
        let iccid = "89461177710001700003".parse().unwrap();
        DynamoStock::new(table.clone()).import(&consumer, &[iccid]).await.unwrap();
        let work = DynamoEsimWork::new(table, Duration::minutes(5));
        let leased = work.lease(id, "w".to_owned(), Duration::minutes(1), now).await.unwrap();
        let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
        let topup = order.profile_type.is_none();
        let profile = if topup {
            None
        } else {
            let matching = MatchingId::generate(&self.random);
            let kind = (&consumer, 0);
            let reserved = work.reserve(&order, &lease, kind, &matching, now).await.unwrap();
            let ReservedProfile::Mine(next) = reserved else { panic!("{reserved:?}") };
            let reservation = next.fulfilment.reservation().unwrap().clone();
            Some((next, (reservation, "smdp.example.com".parse().unwrap())))
        };
        let (order, profile) = match profile {
            Some((next, profile)) => (next, Some(profile)),
            None => (order, None),
        };
        let mut order = *order;
        let step = EsimOrderEvent::Advanced(Fulfilment::PlanAdded { profile });
        for event in [step, EsimOrderEvent::Completed] {
            let applied = order.apply(event, now).unwrap();
            let by = Authority::Worker(&lease);
            let Committed::Done(next) = work.commit(&applied, by, &()).await.unwrap() else {
                panic!("superseded")
            };
            order = *next;
        }
        format!("{ORDER}/{id}")
    }
}

#[tokio::test]
async fn the_examples_of_the_seed_are_accepted_and_carried_out() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    assert_eq!(placed.body["status"], "ACCEPTED");
    assert_eq!(placed.body["id"], placed.body["externalId"]);
    let location = format!("{ORDER}/{}", placed.body["id"].as_str().unwrap());
    assert_eq!(placed.header("location"), location);
    let waiting = scene.get(&location).await;
    assert_eq!(waiting.body["status"], "ACCEPTED");
    assert_eq!(waiting.body["input"], new_esim()["input"], "as it was sent");
    assert!(waiting.body.get("output").is_none());

    scene.carried_out(&placed).await;
    let done = scene.get(&location).await;
    let output = &done.body["output"];
    assert_eq!(done.body["status"], "COMPLETED");
    assert_eq!(output["smdpUrl"], "smdp.example.com");
    let code = format!("LPA:1$smdp.example.com${}", output["matchingId"].as_str().unwrap());
    assert_eq!(output["lpa_url"], code);

    let iccid = output["iccid"].as_str().unwrap();
    let topped = scene.post(&topup(iccid)).await;
    let path = scene.carried_out(&topped).await;
    let topped = scene.get(&path).await;
    assert_eq!(topped.body["status"], "COMPLETED");
    assert_eq!(topped.body["output"]["iccid"], iccid);
    assert!(topped.body["output"].get("matchingId").is_none(), "not for a top-up");
    assert_ne!(topped.body["output"]["subscription_id"], output["subscription_id"]);
    let nothing = scene.get(&format!("{path}/qr")).await;
    assert_eq!((nothing.status, nothing.body["type"].as_str()), (404, Some("ORDER_NOT_FOUND")));
}

#[tokio::test]
async fn the_successors_base_path_is_served_alike() {
    let scene = Scene::new().await;
    let placed = scene.send(Call::new("POST", "/connect-api/v1/order").json(&new_esim())).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let location = placed.header("location").to_owned();
    assert!(location.starts_with("/connect-api/v1/order/"), "{location}");
    assert_eq!(scene.get(&location).await.status, 200);
}

#[tokio::test]
async fn a_top_up_with_an_e_mail_that_does_not_match_changes_nothing_and_says_so() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    let path = scene.carried_out(&placed).await;
    let iccid = scene.get(&path).await.body["output"]["iccid"].clone();
    // Somebody else is a customer as well.
    let mut other = new_esim();
    other["input"]["customer"]["email"] = json!("jane@doe.com");
    assert_eq!(scene.post(&other).await.status, 201);
    let before = scene.items().await;
    for (email, problem) in [
        ("jane@doe.com", "EMAIL_AND_ICCID_DO_NOT_MATCH"),
        ("nobody@doe.com", "CUSTOMER_MUST_EXIST"),
    ] {
        let mut body = topup(iccid.as_str().unwrap());
        body["input"]["customer"]["email"] = json!(email);
        let answer = scene.post(&body).await;
        assert_eq!((answer.status, answer.body["type"].as_str()), (422, Some(problem)));
        assert!(!answer.body["messages"].as_array().unwrap().is_empty());
    }
    assert_eq!(scene.items().await, before);
    let known = DynamoCustomers::new(scene.db.table.clone());
    let (tenant, email) = ("a".parse().unwrap(), "john@doe.com".parse().unwrap());
    let esim = known.find(&tenant, &email).await.unwrap().unwrap().esims.remove(0);
    assert_eq!((esim.plans.len(), esim.outstanding_order), (1, None));
}

#[tokio::test]
async fn a_second_top_up_waits_for_the_first() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    let path = scene.carried_out(&placed).await;
    let iccid = scene.get(&path).await.body["output"]["iccid"].as_str().unwrap().to_owned();
    assert_eq!(scene.post(&topup(&iccid)).await.status, 201);
    let second = scene.post(&topup(&iccid)).await;
    assert_eq!((second.status, second.body["type"].as_str()), (409, Some("ORDER_OUTSTANDING")));
}

#[tokio::test]
async fn an_esim_takes_15_plans_and_no_more() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    let path = scene.carried_out(&placed).await;
    let iccid = scene.get(&path).await.body["output"]["iccid"].as_str().unwrap().to_owned();
    let many = |count: usize| {
        let mut body = topup(&iccid);
        let plan = body["input"]["subscriptions"][0].clone();
        body["input"]["subscriptions"] = Value::Array(vec![plan; count]);
        body
    };
    let problem = scene.post(&many(15)).await;
    let expected = (422, Some("SUBSCRIPTION_LIMIT_REACHED"));
    assert_eq!((problem.status, problem.body["type"].as_str()), expected);
    let placed = scene.post(&many(14)).await;
    scene.carried_out(&placed).await;
    let problem = scene.post(&many(1)).await;
    assert_eq!((problem.status, problem.body["type"].as_str()), expected);
}

#[tokio::test]
async fn everything_that_is_wrong_is_listed_and_unknown_products_are_named() {
    let scene = Scene::new().await;
    let mut body = new_esim();
    body["input"]["countryCode"] = json!("PORTUGAL");
    body["input"]["device"]["type"] = json!("fax");
    body["input"]["subscriptions"][0]["activationDate"] = json!("2019-09-13T12:00:00Z");
    let answer = scene.post(&body).await;
    assert_eq!(
        (answer.status, answer.body["type"].as_str()),
        (400, Some("INVALID_REQUEST_PARAMS"))
    );
    assert_eq!(answer.body["messages"].as_array().unwrap().len(), 3, "{answer:?}");
    let mut body = new_esim();
    body["input"]["subscriptions"][0]["id"] = json!("unknown");
    let answer = scene.post(&body).await;
    assert_eq!((answer.status, answer.body["type"].as_str()), (422, Some("PRODUCT_NOT_FOUND")));
    let answer = scene.send(Call::new("POST", ORDER).bytes("application/json", "{")).await;
    assert_eq!((answer.status, answer.body["type"].as_str()), (400, Some("INVALID_HTTP_MESSAGE")));
}

#[tokio::test]
async fn the_same_key_places_one_order_even_when_the_esim_is_locked_by_it() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    let path = scene.carried_out(&placed).await;
    let iccid = scene.get(&path).await.body["output"]["iccid"].as_str().unwrap().to_owned();
    let call = |body: &Value| Call::new("POST", ORDER).header("idempotency-key", "k-1").json(body);
    let first = scene.send(call(&topup(&iccid))).await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = scene.send(call(&topup(&iccid))).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    let other = scene.send(call(&new_esim())).await;
    assert_eq!(other.status, 422, "{other:?}");
}

#[tokio::test]
async fn another_tenants_order_and_esim_do_not_exist() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    let path = scene.carried_out(&placed).await;
    let iccid = scene.get(&path).await.body["output"]["iccid"].as_str().unwrap().to_owned();
    let token = scene.token("b", Role::AccountManager).await;
    let as_b = async |call: Call| call.bearer(&token).to(&scene.function).await;
    for path in [path.clone(), format!("{path}/qr"), format!("{ORDER}/1")] {
        let answer = as_b(Call::new("GET", &path)).await;
        assert_eq!((answer.status, answer.body["type"].as_str()), (404, Some("ORDER_NOT_FOUND")));
    }
    // B's own customer of the same name has no such eSIM.
    assert_eq!(as_b(Call::new("POST", ORDER).json(&new_esim())).await.status, 201);
    let answer = as_b(Call::new("POST", ORDER).json(&topup(&iccid))).await;
    let problem = Some("EMAIL_AND_ICCID_DO_NOT_MATCH");
    assert_eq!((answer.status, answer.body["type"].as_str()), (422, problem));
}

#[tokio::test]
async fn only_resellers_and_account_managers_get_in() {
    let scene = Scene::new().await;
    for role in Role::ALL {
        let token = scene.token("a", role).await;
        let answer =
            Call::new("POST", ORDER).json(&new_esim()).bearer(&token).to(&scene.function).await;
        match role {
            Role::Reseller | Role::AccountManager => assert_eq!(answer.status, 201),
            _ => {
                let found = (answer.status, answer.body["type"].as_str());
                assert_eq!(found, (403, Some("ACCESS_DENIED")));
            }
        }
    }
    let answer = Call::new("POST", ORDER).json(&new_esim()).to(&scene.function).await;
    assert_eq!((answer.status, answer.body["type"].as_str()), (401, Some("UNAUTHORISED")));
}

#[tokio::test]
async fn the_qr_code_decodes_to_exactly_the_activation_code_once_the_order_is_completed() {
    let scene = Scene::new().await;
    let placed = scene.post(&new_esim()).await;
    let early = format!("{ORDER}/{}/qr", placed.body["id"].as_str().unwrap());
    let early = scene.get(&early).await;
    assert_eq!((early.status, early.body["type"].as_str()), (409, Some("ORDER_NOT_COMPLETED")));
    let path = scene.carried_out(&placed).await;
    let code = scene.get(&path).await.body["output"]["lpa_url"].as_str().unwrap().to_owned();
    assert!(code.starts_with("LPA:1$smdp.example.com$"));
    let token = scene.token("a", Role::Reseller).await;
    let event = |accept: &str| {
        Call::new("GET", format!("{path}/qr")).header("accept", accept).bearer(&token).event()
    };
    let svg = scene.function.handle_event(&event("*/*")).await;
    assert_eq!(svg["headers"]["content-type"], "image/svg+xml");
    assert_eq!(svg["headers"]["cache-control"], "no-store", "a secret");
    assert_eq!(decoded(&drawn(svg["body"].as_str().unwrap())), code);
    let png = scene.function.handle_event(&event("image/png")).await;
    assert_eq!(png["headers"]["content-type"], "image/png");
    assert_eq!(png["isBase64Encoded"], true);
    let png = STANDARD.decode(png["body"].as_str().unwrap()).unwrap();
    assert_eq!(decoded(&unpacked(&png)), code);
}

#[tokio::test]
async fn a_customer_who_is_being_erased_orders_later_and_is_a_new_one_then() {
    let scene = Scene::new().await;
    assert_eq!(scene.post(&new_esim()).await.status, 201);
    let (tenant, email) = ("a".parse().unwrap(), "john@doe.com".parse().unwrap());
    let customers = DynamoCustomers::new(scene.db.table.clone());
    let before = customers.find(&tenant, &email).await.unwrap().unwrap().customer;
    let erasure = CustomerErasure::new(scene.db.table.clone());
    let erasing = erasure.begin(&tenant, &email, scene.clock.now()).await.unwrap().unwrap();
    let items = scene.items().await;
    let refused = scene.post(&new_esim()).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").parse::<u32>().is_ok());
    assert_eq!(scene.items().await, items);
    assert!(erasure.finish(&erasing).await.unwrap());
    assert!(!erasure.finish(&erasing).await.unwrap(), "it is gone");
    assert_eq!(scene.post(&new_esim()).await.status, 201);
    let after = customers.find(&tenant, &email).await.unwrap().unwrap().customer;
    assert_ne!(after.id, before.id);
}
