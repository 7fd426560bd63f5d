//! Two deployments on one machine: a Buyer's, where `Verizon` is at home, and a Seller's, which
//! works for `Cox Spectrum Business`. Each registers the other, and nothing else connects them.

use std::time::{Duration, Instant};

use harness::{Api, Cloud, Setup, cloud::SWEEPER, wait};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::carrier_orders::{SELLER, act, order, placed};

/// Whoever dies while it pushes keeps the way of its message for 40 seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is lost is found again after two seconds.
fn short() -> Setup {
    Setup::new()
        .parameter("OrderWatchdogSeconds", 2)
        .parameter("WorkLeaseSeconds", 2)
        .parameter("WorkVisibilitySeconds", 2)
        .parameter("WorkMaxReceives", 1000)
}

struct Pair {
    buyer: Cloud,
    seller: Cloud,
    kept: TempDir,
}

/// Registers a party that is elsewhere, as whom we call it, and with which secret.
fn register(cloud: &Cloud, party: &str, elsewhere: &Cloud, client: &str) {
    let secret = elsewhere.secret_file(client);
    cloud.operator(&[
        "party",
        "add",
        "--id",
        party,
        "--hosting",
        "remote",
        "--fulfilment",
        "manual",
        "--callback-base",
        elsewhere.base(),
        "--client-id",
        client,
        "--client-secret-file",
        secret.to_str().unwrap(),
    ]);
}

impl Pair {
    async fn start() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let buyer = short().start().await;
        let seller = short().data(kept.path()).start().await;
        buyer.operator(&[
            "party",
            "add",
            "--id",
            "Verizon",
            "--hosting",
            "local",
            "--fulfilment",
            "manual",
        ]);
        register(&buyer, SELLER, &seller, "demo-buyer");
        register(&seller, "Verizon", &buyer, "demo-seller");
        seller.operator(&[
            "party",
            "add",
            "--id",
            SELLER,
            "--hosting",
            "local",
            "--fulfilment",
            "automatic",
            "--pace-seconds",
            "2",
            "--product",
            "UNI:AEVPL100",
            "--product",
            "ACCESS_EPL:AEPL:accessEpl-Superfast",
        ]);
        Self { buyer, seller, kept }
    }

    fn verizon(&self) -> Api {
        self.buyer.client("demo-buyer")
    }

    /// The Buyer's order once it has come to a state, with whatever was lost sent again.
    async fn comes_to(&self, path: &str, status: &str) -> Value {
        let (verizon, wanted) = (self.verizon(), format!("{path} {status}"));
        wait::within(PATIENCE, &wanted, async || {
            self.buyer.fire(SWEEPER).await;
            self.seller.fire(SWEEPER).await;
            let order = verizon.get(path).await.body;
            (order["orderStatus"] == status).then_some(order)
        })
        .await
    }

    /// The Seller's order with a number, as the Seller shows it.
    async fn sold(&self, pon: &str) -> Value {
        let cox = self.seller.client("demo-seller");
        let listed = cox.get(&format!("/orders?pon={pon}")).await.body;
        assert_eq!(listed["returned"], 1, "{listed}");
        listed["items"][0].clone()
    }

    /// The Seller's deployment ends as by `kill -9`.
    fn lose_the_seller(self) -> Halves {
        let base = self.seller.base().to_owned();
        drop(self.seller);
        Halves { buyer: self.buyer, base, kept: self.kept }
    }
}

/// A Buyer whose Seller is not there.
struct Halves {
    buyer: Cloud,
    base: String,
    kept: TempDir,
}

impl Halves {
    async fn seller_returns(self) -> Pair {
        let seller = short().data(self.kept.path()).at(&self.base).start().await;
        Pair { buyer: self.buyer, seller, kept: self.kept }
    }
}

fn wanted(pon: &str) -> Value {
    let mut order = order(pon);
    order["desiredResponses"] = "CONFIRMATION_AND_ENGINEERING_DESIGN".into();
    order
}

/// Everything that was told of an order, oldest first.
async fn history(api: &Api, path: &str) -> Vec<Value> {
    let history = api.get(&format!("{path}/notifications?view=history")).await.body;
    history.as_array().cloned().unwrap_or_default()
}

async fn completed_with_its_ids(pair: &Pair) {
    let path = placed(&pair.verizon(), &wanted("PO-1"), "ACKNOWLEDGED").await;
    pair.comes_to(&path, "COMPLETED").await;
    let sold = pair.sold("PO-1").await;
    let sold = format!("/orders/{}", sold["id"].as_str().unwrap());
    let told = history(&pair.seller.client("demo-seller"), &sold).await;
    assert_ne!(path, sold);
    wait::until_is("everything that was told", told.clone(), async || {
        history(&pair.verizon(), &path).await
    })
    .await;
    let kinds: Vec<_> =
        told.iter().map(|told| told["notificationType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["STATUS_UPDATE", "CONFIRMATION", "CONFIGURATION", "COMPLETION"]);
    assert!(told[2]["sellerOvcId"]["sellerAssignedId"].is_string(), "{}", told[2]);
    assert!(told[2]["enniSvlanIds"][0]["svlanId"].is_number(), "{}", told[2]);
    // All of it once more, backwards: the order stays where it is.
    let cox = pair.buyer.client("demo-seller");
    for told in told.iter().rev() {
        let again = cox.post(&format!("{sold}/notifications"), told).await;
        assert_eq!((again.status, &again.body), (201, told));
    }
    assert_eq!(history(&pair.verizon(), &path).await, told);
    assert_eq!(pair.verizon().get(&path).await.body["orderStatus"], "COMPLETED");
}

async fn held_released_and_cancelled(pair: &Pair) {
    let path = placed(&pair.verizon(), &wanted("PO-2"), "ACKNOWLEDGED").await;
    let passed = act(&pair.verizon(), &path, "hold").await;
    assert_eq!(passed["orderMessages"][0]["code"], "REF021", "{passed}");
    pair.comes_to(&path, "HELD").await;
    assert_eq!(pair.sold("PO-2").await["heldBy"], "BUYER");
    act(&pair.verizon(), &path, "release").await;
    act(&pair.verizon(), &path, "cancel").await;
    pair.comes_to(&path, "CANCELLED").await;
    assert_eq!(pair.sold("PO-2").await["orderStatus"], "CANCELLED");
}

async fn corrected(pair: &Pair) {
    let mut wrong = wanted("PO-3");
    wrong["orderItems"][0]["orderItemDetail"]["productSpecification"] = "Super UNI II".into();
    let path = placed(&pair.verizon(), &wrong, "ACKNOWLEDGED").await;
    let waiting = pair.comes_to(&path, "PENDING").await;
    assert_eq!(waiting["orderMessages"][0]["code"], "PRD016", "{waiting}");
    let correction = json!({ "buyerOrderVersion": "2", "orderItems": order("PO-3")["orderItems"] });
    let passed = pair.verizon().patch(&path, &correction).await;
    assert_eq!((passed.status, &passed.body["orderStatus"]), (200, &json!("PENDING")));
    pair.comes_to(&path, "COMPLETED").await;
    assert_eq!(pair.sold("PO-3").await["buyerOrderVersion"], "2");
}

/// One order is under way at the Seller and one is placed while nobody is there.
async fn survives_the_sellers_death(pair: Pair) -> Pair {
    let under_way = placed(&pair.verizon(), &wanted("PO-4"), "ACKNOWLEDGED").await;
    pair.comes_to(&under_way, "IN_PROGRESS").await;
    let halves = pair.lose_the_seller();
    let verizon = halves.buyer.client("demo-buyer");
    let meanwhile = placed(&verizon, &wanted("PO-5"), "ACKNOWLEDGED").await;
    act(&verizon, &under_way, "hold").await;
    wait::until("the worker has tried", async || {
        halves.buyer.log("carrier-order-worker").contains("seller: no connection").then_some(())
    })
    .await;
    halves.buyer.kill("carrier-order-worker").await;
    let pair = halves.seller_returns().await;
    // Held, or done before the wish came through.
    let held = wait::until("an answer to the wish", async || {
        pair.buyer.fire(SWEEPER).await;
        pair.seller.fire(SWEEPER).await;
        let order = verizon.get(&under_way).await.body;
        let status = order["orderStatus"].as_str().unwrap().to_owned();
        ["HELD", "COMPLETED"].contains(&&*status).then_some(status == "HELD")
    })
    .await;
    if held {
        act(&verizon, &under_way, "release").await;
    }
    pair.comes_to(&under_way, "COMPLETED").await;
    pair.comes_to(&meanwhile, "COMPLETED").await;
    pair.sold("PO-5").await;
    pair
}

#[tokio::test]
async fn a_buyer_and_a_seller_hold_a_whole_conversation() {
    let begin = Instant::now();
    let pair = Pair::start().await;
    completed_with_its_ids(&pair).await;
    held_released_and_cancelled(&pair).await;
    corrected(&pair).await;
    let pair = survives_the_sellers_death(pair).await;
    for pon in ["PO-1", "PO-2", "PO-3", "PO-4", "PO-5"] {
        pair.sold(pon).await;
    }
    pair.buyer.check().await;
    pair.seller.check().await;
    eprintln!("the conversation took {:?}", begin.elapsed());
}
