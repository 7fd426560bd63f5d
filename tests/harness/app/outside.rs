//! What is outside: receivers, the operator's network, the SM-DP+, Sellers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    esim::{
        CancelOrder, ConfirmOrder, ConfirmedOrder, DownloadOrder, Es2Answer, EsimIccid, EsimOrder,
        OrderedProfile, PlanNetwork, ReleaseProfile, SmDpPlus,
    },
    lease::Lease,
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    provisioning::ProvisioningOrder,
    webhook::{AttemptResult, MessageId, Outcome},
};
use seller::{SellerApi, SellerCall, SellerResponse};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use webhook_sender::{Attempted, DeliveryTransport, Destination};

/// A message that was posted to a receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// The message's id.
    pub message: String,
    /// The body.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Posts {
    posts: Vec<Post>,
    statuses: VecDeque<u16>,
}

/// Receivers of webhooks and pushes, which answer 200 unless told otherwise. Clones are the same
/// ones.
#[derive(Debug, Clone, Default)]
pub struct Receivers(Arc<Mutex<Posts>>);

impl Receivers {
    /// Answers the next posts with these status codes.
    pub fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        lock(&self.0).statuses.extend(statuses);
    }

    /// Removes and returns what was posted, oldest first.
    pub fn take(&self) -> Vec<Post> {
        std::mem::take(&mut lock(&self.0).posts)
    }
}

impl DeliveryTransport for Receivers {
    async fn deliver(
        &self,
        to: &Destination,
        message: &MessageId,
        body: String,
        _: OffsetDateTime,
        _: impl Future<Output = bool> + Send,
    ) -> Attempted {
        let mut posts = lock(&self.0);
        posts.posts.push(Post {
            url: to.url.as_str().to_owned(),
            message: message.to_string(),
            body: serde_json::from_str(&body).unwrap_or_default(),
        });
        let status = posts.statuses.pop_front().unwrap_or(200);
        let outcome = Outcome::of_status(status, None);
        Attempted { outcome, result: AttemptResult::Answered(status), took: Duration::ZERO }
    }
}

#[derive(Debug, Default)]
struct Operations {
    answers: VecDeque<NetworkAnswer>,
    orders: Vec<String>,
}

/// The operator's network, which carries everything out unless told otherwise. Clones are the same
/// one.
#[derive(Debug, Clone, Default)]
pub struct ScriptedNetwork(Arc<Mutex<Operations>>);

impl ScriptedNetwork {
    /// Answers the next operations like this. Of one whose answer is unknown, it knows nothing.
    pub fn answer(&self, answers: impl IntoIterator<Item = NetworkAnswer>) {
        lock(&self.0).answers.extend(answers);
    }

    /// Removes and returns the orders that it was called for, oldest first.
    pub fn take_orders(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0).orders)
    }

    fn next(&self, order: impl ToString) -> NetworkAnswer {
        let mut operations = lock(&self.0);
        operations.orders.push(order.to_string());
        operations.answers.pop_front().unwrap_or(NetworkAnswer::Done)
    }
}

impl SubscriptionNetwork for ScriptedNetwork {
    async fn carry_out(&self, order: &ProvisioningOrder, _: &Lease) -> NetworkAnswer {
        self.next(order.id)
    }

    async fn look_up(&self, _: &ProvisioningOrder) -> Lookup {
        Lookup::Never
    }
}

impl PlanNetwork for ScriptedNetwork {
    async fn add_plans(&self, order: &EsimOrder, _: &EsimIccid) -> NetworkAnswer {
        self.next(order.id)
    }

    async fn look_up(&self, _: &EsimOrder) -> Lookup {
        Lookup::Never
    }
}

/// An SM-DP+ that executes every call unless told otherwise. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct ScriptedSmDp(Arc<Mutex<VecDeque<String>>>);

impl ScriptedSmDp {
    /// Of the next calls nobody knows whether they were executed, for these reasons.
    pub fn fail(&self, reasons: impl IntoIterator<Item = &'static str>) {
        lock(&self.0).extend(reasons.into_iter().map(str::to_owned));
    }

    fn execute<T>(&self, result: T) -> Es2Answer<T> {
        match lock(&self.0).pop_front() {
            Some(why) => Es2Answer::Unknown { why },
            None => Es2Answer::Executed(result),
        }
    }
}

impl SmDpPlus for ScriptedSmDp {
    async fn download_order(&self, order: &DownloadOrder, _: &str) -> Es2Answer<OrderedProfile> {
        self.execute(OrderedProfile { iccid: order.iccid.clone() })
    }

    async fn confirm_order(&self, order: &ConfirmOrder, _: &str) -> Es2Answer<ConfirmedOrder> {
        let matching_id = order.matching_id.clone();
        self.execute(ConfirmedOrder { matching_id, smdp_address: None })
    }

    async fn cancel_order(&self, _: &CancelOrder, _: &str) -> Es2Answer<()> {
        self.execute(())
    }

    async fn release_profile(&self, _: &ReleaseProfile, _: &str) -> Es2Answer<()> {
        self.execute(())
    }
}

/// No Seller can be reached.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSeller;

impl SellerApi for NoSeller {
    async fn call(&self, _: &SellerCall) -> SellerResponse {
        SellerResponse::Unknown { why: "seller: no connection".to_owned() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
