//! Two deployments on one machine: a Buyer's, which hosts `Verizon`, and a Seller's, which hosts
//! `Cox Spectrum Business`. Each registers the other; they have no other connection.

use std::time::{Duration, Instant};

use harness::{Api, Cloud, Setup, cloud::SWEEPER, wait};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::carrier_orders::{SELLER, act, order, placed};

/// A sender that was killed during a push keeps its concurrency slot for 40 seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cloud whose lost work is recovered after two seconds.
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

/// Registers a remote party with the client id and secret for calls to it.
fn register(cloud: &Cloud, party: &str, remote: &Cloud, client: &str) {
    let secret = remote.secret_file(client);
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
        remote.base(),
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

    /// Waits until the Buyer's order has a status, and runs the sweepers meanwhile.
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

    /// The Seller's order with this purchase order number, read at the Seller.
    async fn sold(&self, pon: &str) -> Value {
        let cox = self.seller.client("demo-seller");
        let listed = cox.get(&format!("/orders?pon={pon}")).await.body;
        assert_eq!(listed["returned"], 1, "{listed}");
        listed["items"][0].clone()
    }

    /// Ends the Seller's deployment as by `kill -9`.
    fn kill_seller(self) -> BuyerAlone {
        let base = self.seller.base().to_owned();
        drop(self.seller);
        BuyerAlone { buyer: self.buyer, base, kept: self.kept }
    }
}

/// A Buyer whose Seller is down.
struct BuyerAlone {
    buyer: Cloud,
    base: String,
    kept: TempDir,
}

impl BuyerAlone {
    async fn restart_seller(self) -> Pair {
        let seller = short().data(self.kept.path()).at(&self.base).start().await;
        Pair { buyer: self.buyer, seller, kept: self.kept }
    }
}

fn wanted(pon: &str) -> Value {
    let mut order = order(pon);
    order["desiredResponses"] = "CONFIRMATION_AND_ENGINEERING_DESIGN".into();
    order
}

/// All notifications of an order, oldest first.
async fn history(api: &Api, path: &str) -> Vec<Value> {
    let history = api.get(&format!("{path}/notifications?view=history")).await.body;
    history.as_array().cloned().unwrap_or_default()
}

async fn completed_with_its_ids(pair: &Pair) {
    let path = placed(&pair.verizon(), &wanted("PO-1"), "ACKNOWLEDGED").await;
    pair.comes_to(&path, "COMPLETED").await;
    let sold = pair.sold("PO-1").await;
    let sold = format!("/orders/{}", sold["id"].as_str().unwrap());
    let notifications = history(&pair.seller.client("demo-seller"), &sold).await;
    assert_ne!(path, sold);
    wait::until_is("all notifications", notifications.clone(), async || {
        history(&pair.verizon(), &path).await
    })
    .await;
    let kinds: Vec<_> =
        notifications.iter().map(|note| note["notificationType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["STATUS_UPDATE", "CONFIRMATION", "CONFIGURATION", "COMPLETION"]);
    assert!(
        notifications[2]["sellerOvcId"]["sellerAssignedId"].is_string(),
        "{}",
        notifications[2]
    );
    assert!(notifications[2]["enniSvlanIds"][0]["svlanId"].is_number(), "{}", notifications[2]);
    // All notifications again, in reverse order: the order does not change.
    let cox = pair.buyer.client("demo-seller");
    for notification in notifications.iter().rev() {
        let again = cox.post(&format!("{sold}/notifications"), notification).await;
        assert_eq!((again.status, &again.body), (201, notification));
    }
    assert_eq!(history(&pair.verizon(), &path).await, notifications);
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

/// One order is in progress at the Seller, and one is placed while the Seller is down.
async fn survives_a_restart_of_the_seller(pair: Pair) -> Pair {
    let under_way = placed(&pair.verizon(), &wanted("PO-4"), "ACKNOWLEDGED").await;
    pair.comes_to(&under_way, "IN_PROGRESS").await;
    let alone = pair.kill_seller();
    let verizon = alone.buyer.client("demo-buyer");
    let meanwhile = placed(&verizon, &wanted("PO-5"), "ACKNOWLEDGED").await;
    act(&verizon, &under_way, "hold").await;
    wait::until("the worker has tried", async || {
        alone.buyer.log("carrier-order-worker").contains("seller: no connection").then_some(())
    })
    .await;
    alone.buyer.kill("carrier-order-worker").await;
    let pair = alone.restart_seller().await;
    // Held, or completed before the hold request arrived.
    let held = wait::until("the result of the hold request", async || {
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
async fn orders_between_two_deployments_are_completed_held_cancelled_and_corrected() {
    let begin = Instant::now();
    let pair = Pair::start().await;
    completed_with_its_ids(&pair).await;
    held_released_and_cancelled(&pair).await;
    corrected(&pair).await;
    let pair = survives_a_restart_of_the_seller(pair).await;
    for pon in ["PO-1", "PO-2", "PO-3", "PO-4", "PO-5"] {
        pair.sold(pon).await;
    }
    pair.buyer.check().await;
    pair.seller.check().await;
    eprintln!("all orders took {:?}", begin.elapsed());
}
