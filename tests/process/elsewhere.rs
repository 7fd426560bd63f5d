//! A Seller elsewhere: another deployment's functions, over a table of its own, and a way to it
//! that fails as it is told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use domain::{
    carrier::{FulfilmentPolicy, Hosting, Party, PartyCredentials},
    identity::Role,
    webhook::Secret,
};
use seller::{Method, SellerApi, SellerCall, SellerResponse};
use serde_json::Value;
use store::DynamoParties;
use testkit::{Call, FixedRandom, Response, clients::secret_of};

use crate::fixture::{Fixture, Placed, party};

pub(crate) const SELLER: &str = "Lumen";

/// What goes wrong with a call.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The caller dies before the call.
    DiesBefore,
    /// The caller dies after it.
    DiesAfter,
    /// It is done, but the answer is lost.
    AnswerLost,
    /// Nobody is there.
    Down,
    /// Somebody else answers, with this.
    Instead(u16, &'static str),
}

#[derive(Default)]
struct Way {
    seller: Option<Arc<Fixture>>,
    faults: VecDeque<Fault>,
    calls: Vec<SellerCall>,
}

/// The way to the Seller. Without one, nobody is there.
#[derive(Clone, Default)]
pub(crate) struct Elsewhere(Arc<Mutex<Way>>);

impl Elsewhere {
    pub(crate) fn fails(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.lock().unwrap().faults.extend(faults);
    }

    /// What was called: method, path, key.
    pub(crate) fn calls(&self) -> Vec<(Method, String, String)> {
        let calls = &self.0.lock().unwrap().calls;
        let called =
            |call: &SellerCall| (call.method, call.path.clone(), call.idempotency_key.clone());
        calls.iter().map(called).collect()
    }

    async fn ask(&self, seller: Option<Arc<Fixture>>, call: &SellerCall) -> SellerResponse {
        let Some(seller) = seller else {
            return SellerResponse::Unknown { why: "seller: no connection".to_owned() };
        };
        let method = match call.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        assert_eq!(call.base, "https://lumen.example.com");
        assert_eq!(call.credentials.client_secret, secret_of(&call.credentials.client_id));
        let request = Call::new(method, &call.path)
            .as_client(&call.credentials.client_id)
            .header("idempotency-key", &call.idempotency_key);
        let request = match &call.body {
            Some(body) => request.bytes("application/json", body),
            None => request,
        };
        let answer = seller.send(request).await;
        let body = Some(answer.body.to_string().into_bytes());
        SellerResponse::Answered { status: answer.status, retry_after: None, body }
    }
}

impl SellerApi for Elsewhere {
    async fn call(&self, call: &SellerCall) -> SellerResponse {
        let (seller, fault) = {
            let mut way = self.0.lock().unwrap();
            way.calls.push(call.clone());
            (way.seller.clone(), way.faults.pop_front())
        };
        match fault {
            Some(Fault::DiesBefore) => panic!("killed"),
            Some(Fault::Down) => self.ask(None, call).await,
            Some(Fault::Instead(status, body)) => SellerResponse::Answered {
                status,
                retry_after: None,
                body: Some(body.as_bytes().to_vec()),
            },
            Some(Fault::DiesAfter) => {
                self.ask(seller, call).await;
                panic!("killed")
            }
            Some(Fault::AnswerLost) => {
                self.ask(seller, call).await;
                self.ask(None, call).await
            }
            None => self.ask(seller, call).await,
        }
    }
}

fn registered(id: &str, hosting: Hosting, fulfilment: FulfilmentPolicy) -> Party {
    let remote = hosting == Hosting::Remote;
    let callback_base = remote.then(|| "https://lumen.example.com".to_owned());
    Party { hosting, callback_base, ..party(id, fulfilment) }
}

/// Two deployments: the Buyer's, where `Verizon` is at home, and the Seller's, where `Lumen` is.
pub(crate) struct Pair {
    pub(crate) buyer: Fixture,
    pub(crate) seller: Arc<Fixture>,
}

impl Pair {
    pub(crate) async fn new(fulfilment: FulfilmentPolicy) -> Self {
        let (buyer, seller) = (Fixture::new().await, Arc::new(Fixture::new().await));
        // Each has ids of its own.
        seller.clock.advance(time::Duration::SECOND);
        let parties = DynamoParties::new(buyer.db.table.clone());
        let credentials = PartyCredentials {
            client_id: "verizon".to_owned(),
            client_secret: secret_of("verizon"),
            signing: Secret::new(&FixedRandom::default()),
        };
        let lumen = registered(SELLER, Hosting::Remote, FulfilmentPolicy::Manual);
        assert!(parties.put_with(&lumen, Some(&credentials)).await.unwrap());
        let verizon = registered("Verizon", Hosting::Local, FulfilmentPolicy::Manual);
        assert!(parties.put(&verizon).await.unwrap());
        buyer.db.client("lumen", "lumen", &[Role::Seller], &[SELLER]).await;
        let parties = DynamoParties::new(seller.db.table.clone());
        let lumen = registered(SELLER, Hosting::Local, fulfilment);
        assert!(parties.put(&lumen).await.unwrap());
        seller.db.client("lumen", "lumen", &[Role::Seller], &[SELLER]).await;
        buyer.elsewhere.0.lock().unwrap().seller = Some(Arc::clone(&seller));
        Self { buyer, seller }
    }

    /// The order at its Seller.
    pub(crate) async fn sold(&self, pon: &str) -> Placed<'_> {
        let path = format!("/orders/status?buyerId=Verizon&buyerPurchaseOrderNumber={pon}");
        let answer = self.seller.call("verizon", "GET", &path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let id = answer.body["orderId"].as_str().unwrap().to_owned();
        Placed { app: &self.seller, id }
    }

    /// The Seller tells the Buyer this.
    pub(crate) async fn tell(&self, told: &Value) -> Response {
        let path = format!("/orders/{}/notifications", told["orderId"].as_str().unwrap());
        self.buyer.call_with("lumen", "POST", &path, told).await
    }

    /// The Seller tells the Buyer everything it has told so far.
    pub(crate) async fn tell_all(&self, sold: &Placed<'_>) {
        for told in sold.history().await {
            let answer = self.tell(&told).await;
            assert_eq!((answer.status, answer.body), (201, told));
        }
    }
}
