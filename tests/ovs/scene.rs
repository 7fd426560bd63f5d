//! The application, a switch, and workers between them.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
};

use carrier_order_worker::{CarrierOrderWorker, Config};
use domain::{
    carrier::{AnyCarrierOrder, FulfilmentPolicy, Hosting, Party, SellerOrder, Tolerance},
    clock::Clock as _,
    identity::Role,
};
use harness::{Call, Response, TestApp, app::NoSeller};
use lambda::{
    Deadline,
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler as _},
};
use orderwire_local::{
    ovs::{OvsAddress, RunningOvs},
    process::Processes,
};
use serde_json::{Value, json};
use store::{DynamoCarrierOrders, DynamoParties};
use testkit::FixedClock;
use time::Duration;
use tokio::sync::Mutex;

use crate::{
    mortal::Mortal,
    switch::{self, Claim},
};

pub(crate) const SELLER: &str = "Seller";
pub(crate) const BUYER: &str = "Buyer";
pub(crate) const LEASE: Duration = Duration::seconds(90);
const WATCHDOG: Duration = Duration::minutes(5);

pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) running: Mutex<RunningOvs>,
    pub(crate) processes: Processes,
    pub(crate) address: OvsAddress,
    pons: AtomicU64,
}

/// A worker with a clock of its own: what one line does is no matter of another's leases.
pub(crate) struct Worker {
    pub(crate) clock: FixedClock,
    pub(crate) switch: Mortal,
    worker: CarrierOrderWorker<NoSeller, Mortal>,
}

fn party() -> Party {
    Party {
        id: SELLER.parse().unwrap(),
        hosting: Hosting::Local,
        callback_base: None,
        products: Vec::new(),
        fulfilment: FulfilmentPolicy::Automatic,
        lead_days: 1,
        pace_seconds: None,
        tolerance: Tolerance::default(),
    }
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let (app, processes) = (TestApp::new().await, Processes::default());
        let running = match RunningOvs::start(None, &processes).await {
            Ok(running) => running,
            Err(error) => panic!("{error}"),
        };
        // The worker is called by the test, not by the messages of the relay.
        app.allow_leftovers();
        app.db.client("buyer", "buyer", &[Role::Buyer], &[BUYER]).await;
        assert!(DynamoParties::new(app.db.table.clone()).put(&party()).await.unwrap());
        let (address, running) = (running.address(), Mutex::new(running));
        Self { app, running, processes, address, pons: AtomicU64::new(1) }
    }

    /// A worker that reaches the switch at this address.
    pub(crate) fn worker(&self, ovsdb: &str) -> Worker {
        let (clock, switch) = (FixedClock::default(), Mortal::new(ovsdb));
        let config = Config {
            table: String::new(),
            queue: String::new(),
            sandbox: domain::scenario::Sandbox::Off,
            limits: lambda::config::WorkLimits {
                lease: LEASE,
                max_receives: 10,
                watchdog: WATCHDOG,
            },
            switch: None,
        };
        let table = self.app.db.table_of("carrier-order-worker");
        let worker = CarrierOrderWorker::new(&table, &config, NoSeller)
            .with_switch(switch.clone())
            .with_clock(Arc::new(clock.clone()));
        Worker { clock, switch, worker }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let call = Call::new(method, path).as_client("buyer");
        self.app.send(body.map_or_else(|| call.clone(), |body| call.clone().json(body))).await
    }

    /// Places an order with these items; its id and its document.
    pub(crate) async fn placed(&self, activity: &str, items: &[Value]) -> (String, Value) {
        let pon = format!("PO-{}", self.pons.fetch_add(1, Ordering::Relaxed));
        let document = json!({
            "buyerId": BUYER, "sellerId": SELLER, "buyerPurchaseOrderNumber": pon,
            "buyerOrderVersion": "1", "orderDate": "2026-11-20",
            "requestedCompletionDate": "2031-10-11T17:20+01:00", "orderActivity": activity,
            "orderType": "ACCESS_EPL", "desiredResponses": "NONE",
            "billingInfo": { "existingBillingAccountNumber": "12345678" },
            "buyerOrderContact": { "name": "John Doe", "telephoneNumber": "+1720-666-1234" },
            "orderItems": items,
        });
        let placed = self.call("POST", "/orders", Some(&document)).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        assert_eq!(placed.body["orderStatus"], "ACKNOWLEDGED", "{}", placed.body);
        (placed.body["id"].as_str().unwrap().to_owned(), document)
    }

    pub(crate) async fn order(&self, id: &str) -> SellerOrder {
        let orders = DynamoCarrierOrders::new(self.app.db.table.clone());
        match orders.get(id).await.unwrap() {
            Some(AnyCarrierOrder::Seller(order)) => order,
            _ => panic!("no order {id}"),
        }
    }

    /// The S-VLAN id of the order's CONFIGURATION notification.
    pub(crate) async fn configured(&self, id: &str) -> u64 {
        let path = format!("/orders/{id}/notifications?view=history");
        let history = self.call("GET", &path, None).await.body;
        let mut told = history.as_array().unwrap().iter();
        let told = told.find(|told| told["notificationType"] == "CONFIGURATION").unwrap();
        told["enniSvlanIds"][0]["svlanId"].as_u64().unwrap()
    }

    /// The S-VLAN ids that are claimed at these ENNIs.
    pub(crate) async fn claims(&self, ennis: &[&str]) -> BTreeSet<Claim> {
        let mut claims = BTreeSet::new();
        for enni in ennis {
            let key = serde_dynamo::to_attribute_value(format!("ENNI#{SELLER}#{enni}")).unwrap();
            let query = self.app.db.direct.query().table_name(&self.app.db.name);
            let query = query.key_condition_expression("pk = :enni");
            let found = query.expression_attribute_values(":enni", key).send().await.unwrap();
            claims.extend(found.items().iter().map(|item| {
                let text = |name: &str| item[name].as_s().unwrap().clone();
                let id = text("sk").trim_start_matches("SVLAN#").parse().unwrap();
                ((*enni).to_owned(), id, text("ovc"))
            }));
        }
        claims
    }

    /// Holds the switch against the claims: ports and trunks.
    pub(crate) async fn agrees(&self, ennis: &[&str]) -> usize {
        let claims = self.claims(ennis).await;
        let (carried, trunks) = switch::carried(&self.address);
        assert_eq!(carried, claims, "the ports and the claims");
        let claimed = claims.iter().map(|(enni, id, _)| (enni.clone(), *id)).collect();
        assert_eq!(trunks, claimed, "the trunks and the claims");
        claims.len()
    }

    /// Kills the switch and starts it again.
    pub(crate) async fn kill_switch(&self) {
        let mut running = self.running.lock().await;
        running.kill();
        if let Err(error) = running.restart(&self.processes).await {
            panic!("{error}");
        }
    }
}

impl Worker {
    /// The worker receives the order's message; none if it died.
    pub(crate) async fn work(&self, id: &str) -> Option<Outcome> {
        let message = OrderMessage {
            order_id: id.to_owned(),
            revision: 1,
            correlation_id: "c".to_owned(),
            tenant: None,
            publication: None,
        };
        let record = RecordContext {
            message_id: "message".to_owned(),
            receipt_handle: "receipt".to_owned(),
            receive_count: 1,
            deadline: Deadline::after(std::time::Duration::from_secs(30)),
        };
        tokio::select! {
            outcome = self.worker.handle(message, &record) => Some(outcome),
            () = self.switch.died() => None,
        }
    }

    /// Time passes: a lease of a dead worker ends, and a failed attempt is due again.
    pub(crate) fn wait(&self) {
        self.clock.advance(LEASE + Duration::minutes(3));
    }

    /// The worker receives messages until nothing is left to do, or the order does not go on.
    pub(crate) async fn finish(&self, scene: &Scene, id: &str) -> SellerOrder {
        for _ in 0..20 {
            let before = scene.order(id).await;
            if before.order.progress.status.is_final() && !before.holds_resources {
                return before;
            }
            self.work(id).await;
            if scene.order(id).await.order.needs_intervention.is_some() {
                return scene.order(id).await;
            }
        }
        panic!("{id} does not end at {}", self.clock.now());
    }
}

/// An Access EPL: an OVC to a new UNI of the same order.
pub(crate) fn installation(enni: &str, detail: &Value) -> [Value; 2] {
    let mut ovc = json!({
        "objectType": "accessEplProductOrder", "productSpecification": "EPL",
        "enniReference": { "objectType": "existingEnniReference", "sellerEnniId": enni },
        "uniReference": { "objectType": "orderedUniReference", "orderItemReference": "02" },
    });
    ovc.as_object_mut().unwrap().extend(detail.as_object().unwrap().clone());
    let uni = json!({
        "objectType": "uniProductOrder", "productSpecification": "UNI",
    });
    [item("01", "INSTALL", &ovc), item("02", "INSTALL", &uni)]
}

/// A change of an OVC at its UNI.
pub(crate) fn change(ovc: &str, uni: &str, enni: &str, detail: &Value) -> [Value; 1] {
    let contact = json!({ "name": "Bob Rice", "telephoneNumber": "+1320-768-9988" });
    let mut order = json!({
        "objectType": "accessEplProductOrder", "productSpecification": "EPL", "sellerOvcId": ovc,
        "enniReference": { "objectType": "existingEnniReference", "sellerEnniId": enni },
        "uniReference": { "objectType": "existingUniReference", "sellerUniId": uni },
        "uniSiteContact": contact, "uniSiteAlternateContact": contact,
    });
    order.as_object_mut().unwrap().extend(detail.as_object().unwrap().clone());
    [item("01", "CHANGE", &order)]
}

/// The end of services.
pub(crate) fn disconnection(services: &[&str]) -> Vec<Value> {
    let items = services.iter().enumerate().map(|(n, service)| {
        let detail = json!({
            "objectType": "disconnectOrderItemDetail", "sellerServiceOrEndpointId": service,
        });
        item(&format!("{n:02}"), "DELETE", &detail)
    });
    items.collect()
}

fn item(reference: &str, action: &str, detail: &Value) -> Value {
    json!({
        "orderItemReference": reference, "action": action, "quantity": 1,
        "orderItemDetail": detail,
    })
}

/// A bandwidth profile at the UNI.
pub(crate) fn rate(mbps: u64) -> Value {
    json!({ "uniIngressBandwidthProfile": {
        "objectType": "bandwidthProfile", "committedBurstSize": 12_176,
        "committedInformationRate": {
            "objectType": "informationRateQuantity", "amount": mbps, "units": "Mbps",
        },
    }})
}
