//! Every operation of eSIM orders, and the SM-DP+'s callback, against every kind of wrong caller.

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

/// Operation, method, path of an order that is not the caller's, and what such a caller gets.
pub(crate) fn rows() -> Vec<(&'static str, &'static str, String, u16)> {
    let of_base = |base: &str, names: [&'static str; 3]| {
        let one = format!("{base}/{UNKNOWN}");
        let [create, get, qr] = names;
        [
            // The body is empty: whoever gets through is told so.
            (create, "POST", base.to_owned(), 400),
            (get, "GET", one.clone(), 404),
            (qr, "GET", format!("{one}/qr"), 404),
        ]
    };
    let seed = ["create_esim_order", "get_esim_order", "get_esim_qr_code"];
    let successor = ["create_connect_order", "get_connect_order", "get_connect_qr_code"];
    let mut rows = Vec::from(of_base("/esim/v1/order", seed));
    rows.extend(of_base("/connect-api/v1/order", successor));
    rows.push(("handle_download_progress", "POST", PROGRESS.to_owned(), 400));
    rows
}

struct Scene {
    db: TestTable,
    clock: FixedClock,
    terms: TokenTerms,
}

impl Scene {
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
fn esim_operations_are_for_resellers_and_the_callback_for_the_operators_client() {
    for route in function("esim-orders-api").routes {
        assert_eq!(route.access, Access::Roles(ORDERERS), "{}", route.id);
    }
    for route in function("es2plus-callback-api").routes {
        assert_eq!(route.access, Access::Roles(&[Role::Operator]), "{}", route.id);
    }
}

#[tokio::test]
async fn no_wrong_caller_gets_through_to_any_esim_operation() {
    let scene = Scene::new().await;
    let orders = scene.orders();
    scene.db.client("caller", "t", ORDERERS, &[]).await;
    let good = scene.token(Role::Reseller).await;
    for (operation, method, path, foreign) in rows() {
        if path == PROGRESS {
            continue;
        }
        let wrong = [
            call(method, &path),
            call(method, &path).bearer(""),
            call(method, &path).bearer("a.b.c"),
            call(method, &path).bearer(&good[..good.len() - 1]),
            call(method, &path).header("authorization", &format!("Basic {good}")),
            // A secret is for the token function only.
            call(method, &path).as_client("caller"),
        ];
        for wrong in wrong {
            let answer = wrong.to(&orders).await;
            assert_eq!((answer.status, kind(&answer.body)), (401, "UNAUTHORISED"), "{operation}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{operation}");
        }
        for role in Role::ALL {
            let token = scene.token(role).await;
            let answer = call(method, &path).bearer(&token).to(&orders).await;
            let expected = if ORDERERS.contains(&role) { foreign } else { 403 };
            assert_eq!(answer.status, expected, "{operation} {role}");
        }
    }
}

#[tokio::test]
async fn only_the_operators_client_tells_of_downloads() {
    let scene = Scene::new().await;
    let callback = scene.db.handler(Es2PlusCallbackApi::new(scene.db.table.clone()));
    assert_eq!(call("POST", PROGRESS).to(&callback).await.status, 401);
    let token = scene.token(Role::Operator).await;
    assert_eq!(call("POST", PROGRESS).bearer(&token).to(&callback).await.status, 401);
    for role in Role::ALL {
        let id = role.as_str().to_lowercase().replace('_', "-");
        scene.db.client(&id, "t", &[role], &[]).await;
        let answer = call("POST", PROGRESS).as_client(&id).to(&callback).await;
        let expected = if role == Role::Operator { 400 } else { 403 };
        assert_eq!(answer.status, expected, "{role}");
    }
}

fn kind(body: &Value) -> &str {
    body["type"].as_str().unwrap_or_default()
}
