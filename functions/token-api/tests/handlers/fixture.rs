//! The token function, and an API that accepts its tokens.

use std::sync::Arc;

use api::{
    Access, Api, ApiRequest, ApiResponse, HttpHandler, Problem, ResponseStore, Route, Schemes,
    StatusCode,
    identity::{
        Authenticator, NoClients, SecretHasher, TokenTerms, TokenVerifier, Tokens,
        token::generate_key,
    },
    route,
};
use domain::identity::{Identity, Role};
use esim::EsimProblemBody;
use serde_json::{Value, json};
use store::{DynamoClients, DynamoPublicKeys, Rotation, SigningKeys};
use testkit::{Call, FixedClock, Response, TestTable, clients::PEPPER};
use token_api::TokenApi;

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// An API with one route for resellers.
pub(crate) struct Orders;

const RESELLER: Access = Access::Roles(&[Role::Reseller]);

impl Api for Orders {
    type Problems = EsimProblemBody;

    const SCHEMES: Schemes = Schemes::Bearer;

    const ROUTES: &'static [Route<Self>] = &[route!(GET, "/orders", RESELLER, list_orders)];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}

impl Orders {
    async fn list_orders(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let Identity { client, tenant, .. } = request.identity()?;
        let body = json!({ "client": client.as_str(), "tenant": tenant.as_str() });
        ApiResponse::json(StatusCode::OK, &body)
    }
}

pub(crate) struct Fixture {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    pub(crate) function: HttpHandler<TokenApi, DynamoClients>,
}

pub(crate) fn terms() -> TokenTerms {
    TokenTerms { issuer: "https://orders.example.com".to_owned(), audience: "orderwire".to_owned() }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let db = TestTable::create().await;
        db.client("acme", "acme-tenant", &[Role::Reseller, Role::Ecc], &["Acme Carrier"]).await;
        db.client("mobile", "mobile-tenant", &[Role::Ecc], &[]).await;
        let clock = FixedClock::default();
        let function = db.handler(api(&db, &clock));
        Self { db, clock, function }
    }

    /// The same function in another process.
    pub(crate) fn another(&self) -> HttpHandler<TokenApi, DynamoClients> {
        self.db.handler(api(&self.db, &self.clock))
    }

    /// Sends a form with the client's credential in the header.
    pub(crate) async fn ask(&self, client: &str, form: &str) -> Response {
        Call::new("POST", TOKEN).as_client(client).bytes(FORM, form).to(&self.function).await
    }

    pub(crate) async fn post(&self, form: &str) -> Response {
        Call::new("POST", TOKEN).bytes(FORM, form).to(&self.function).await
    }

    pub(crate) async fn token(&self, client: &str) -> String {
        let response = self.ask(client, "grant_type=client_credentials").await;
        assert_eq!(response.status, 200, "{}", response.body);
        response.body["access_token"].as_str().expect("a token is a string").to_owned()
    }

    /// An API in another process.
    pub(crate) fn orders(&self) -> HttpHandler<Orders, NoClients, impl Tokens + use<>> {
        let keys = DynamoPublicKeys::new(self.db.table.clone(), Arc::new(self.clock.clone()));
        let authenticator = Authenticator::of_tokens(TokenVerifier::new(keys, terms()));
        HttpHandler::new(Orders, authenticator.with_clock(Arc::new(self.clock.clone())))
    }

    pub(crate) async fn rotate(&self) {
        use domain::clock::Clock;
        let keys = SigningKeys::new(self.db.table.clone());
        let rotation =
            keys.rotate(generate_key, self.clock.now()).await.expect("the table is available");
        assert!(matches!(rotation, Rotation::Done(_)));
    }

    pub(crate) async fn published(&self) -> Value {
        Call::new("GET", "/.well-known/jwks.json").to(&self.another()).await.body
    }
}

fn api(db: &TestTable, clock: &FixedClock) -> TokenApi {
    let directory = DynamoClients::new(db.table.clone());
    let clients = Authenticator::new(directory, SecretHasher::new(PEPPER));
    TokenApi::new(db.table.clone(), clients, terms()).with_clock(Arc::new(clock.clone()))
}

pub(crate) async fn present<T: Tokens>(
    token: &str,
    orders: &HttpHandler<Orders, NoClients, T>,
) -> Response {
    Call::new("GET", "/orders").bearer(token).to(orders).await
}
