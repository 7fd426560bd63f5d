//! Every operation of eSIM orders and the SM-DP+ callback against unauthorized callers.

use std::sync::Arc;

use api::{
    Access, HttpHandler,
    identity::{
        Authenticator, NoClients, TokenTerms, TokenVerifier,
        token::{generate_key, sign},
    },
};
use domain::{
    clock::Clock,
    identity::{Identity, Role},
};
use es2plus_callback_api::Es2PlusCallbackApi;
use esim_orders_api::EsimOrdersApi;
use serde_json::{Value, json};
use store::{DynamoPublicKeys, SigningKeys};
use testkit::{Call, FixedClock, TestTable};

use crate::routes::function;

const UNKNOWN: &str = "0193536c-0000-7000-8000-000000000000";
const PROGRESS: &str = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";
const ORDERERS: &[Role] = &[Role::Reseller, Role::AccountManager];

/// Operation, method, path of another caller's order, and the status for such a caller.
pub(crate) fn rows() -> Vec<(&'static str, &'static str, String, u16)> {
    let of_base = |base: &str, names: [&'static str; 5]| {
        let one = format!("{base}/{UNKNOWN}");
        let [create, get, qr, list, cancel] = names;
        [
            // The body is empty: an authorized caller receives a validation error.
            (create, "POST", base.to_owned(), 400),
            (get, "GET", one.clone(), 404),
            (qr, "GET", format!("{one}/qr"), 404),
            (list, "GET", base.to_owned(), 200),
            (cancel, "POST", format!("{one}/cancel"), 404),
        ]
    };
    let seed = [
        "create_esim_order",
        "get_esim_order",
        "get_esim_qr_code",
        "list_esim_orders",
        "cancel_esim_order",
    ];
    let successor = [
        "create_connect_order",
        "get_connect_order",
        "get_connect_qr_code",
        "list_connect_orders",
        "cancel_connect_order",
    ];
    let mut rows = Vec::from(of_base("/esim/v1/order", seed));
    rows.extend(of_base("/connect-api/v1/order", successor));
    rows.push(("handle_download_progress", "POST", PROGRESS.to_owned(), 400));
    rows
}

struct Fixture {
    db: TestTable,
    clock: FixedClock,
    terms: TokenTerms,
}

impl Fixture {
    async fn new() -> Self {
        let terms = TokenTerms { issuer: "https://o.example".into(), audience: "o".into() };
        Self { db: TestTable::create().await, clock: FixedClock::default(), terms }
    }

    fn orders(&self) -> HttpHandler<EsimOrdersApi, NoClients, TokenVerifier<DynamoPublicKeys>> {
        let keys = DynamoPublicKeys::new(self.db.table.clone(), Arc::new(self.clock.clone()));
        let callers = Authenticator::of_tokens(TokenVerifier::new(keys, self.terms.clone()));
        let api = EsimOrdersApi::new(self.db.table.clone(), time::Duration::MINUTE);
        HttpHandler::new(api, callers.with_clock(Arc::new(self.clock.clone())))
    }

    async fn token(&self, role: Role) -> String {
        let now = self.clock.now();
        let keys = SigningKeys::new(self.db.table.clone());
        let ring = keys.list_or_make(generate_key, now).await.unwrap();
        let caller = Identity {
            client: "caller".parse().unwrap(),
            tenant: "t".parse().unwrap(),
            roles: [role].into(),
            parties: [].into(),
        };
        sign(&caller, &[role].into(), &self.terms, ring.active().unwrap(), now).unwrap()
    }
}

fn call(method: &str, path: &str) -> Call {
    let call = Call::new(method, path);
    if method == "POST" { call.json(&json!({})) } else { call }
}

#[test]
fn esim_operations_require_a_reseller_role_and_the_callback_the_operator_role() {
    for route in function("esim-orders-api").routes {
        assert_eq!(route.access, Access::Roles(ORDERERS), "{}", route.id);
    }
    for route in function("es2plus-callback-api").routes {
        assert_eq!(route.access, Access::Roles(&[Role::Operator]), "{}", route.id);
    }
}

#[tokio::test]
async fn no_unauthorized_caller_reaches_an_esim_operation() {
    let fixture = Fixture::new().await;
    let orders = fixture.orders();
    fixture.db.client("caller", "t", ORDERERS, &[]).await;
    let good = fixture.token(Role::Reseller).await;
    for (operation, method, path, foreign) in rows() {
        if path == PROGRESS {
            continue;
        }
        let wrong = [
            call(method, &path),
            call(method, &path).bearer(""),
            call(method, &path).bearer("a.b.c"),
            call(method, &path).bearer(&good[..good.len() - 1]),
            call(method, &path).header("authorization", format!("Basic {good}")),
            // Only the token function accepts a secret.
            call(method, &path).as_client("caller"),
        ];
        for wrong in wrong {
            let response = wrong.to(&orders).await;
            assert_eq!(
                (response.status, kind(&response.body)),
                (401, "UNAUTHORISED"),
                "{operation}"
            );
            assert!(response.header("www-authenticate").starts_with("Bearer"), "{operation}");
        }
        for role in Role::ALL {
            let token = fixture.token(role).await;
            let response = call(method, &path).bearer(&token).to(&orders).await;
            let expected = if ORDERERS.contains(&role) { foreign } else { 403 };
            assert_eq!(response.status, expected, "{operation} {role}");
        }
    }
}

#[tokio::test]
async fn only_the_operators_client_reports_downloads() {
    let fixture = Fixture::new().await;
    let callback = fixture.db.handler(Es2PlusCallbackApi::new(fixture.db.table.clone()));
    assert_eq!(call("POST", PROGRESS).to(&callback).await.status, 401);
    let token = fixture.token(Role::Operator).await;
    assert_eq!(call("POST", PROGRESS).bearer(&token).to(&callback).await.status, 401);
    for role in Role::ALL {
        let id = role.as_str().to_lowercase().replace('_', "-");
        fixture.db.client(&id, "t", &[role], &[]).await;
        let response = call("POST", PROGRESS).as_client(&id).to(&callback).await;
        let expected = if role == Role::Operator { 400 } else { 403 };
        assert_eq!(response.status, expected, "{role}");
    }
}

fn kind(body: &Value) -> &str {
    body["type"].as_str().unwrap_or_default()
}
