//! Judges every call of every function by the function's own role.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use lambda::dispatch::Dispatch;
use orderwire_local::{
    caller,
    gate::Guard,
    permissions::{Permissions, Resources, record::Judge},
    template::{Place, Plan},
};
use serde_json::json;
use testkit::{CapturedQueue, TestTable};

/// One for all apps of a process: what it has judged is kept once.
static JUDGE: LazyLock<Arc<Judge>> =
    LazyLock::new(|| Arc::new(Judge::new(Permissions::of(&super::PLAN))));

/// The guard of the template's table, which has this name here.
pub(super) fn of_table(plan: &Plan, name: &str) -> Guard {
    let [table] = plan.tables.as_slice() else { panic!("the template has one table") };
    let resources = Resources::new(plan, &Place::local("")).with_table(&table.name, name);
    Guard { judge: Arc::clone(&JUDGE), resources: Arc::new(resources) }
}

/// Has every call to the table judged. The tests themselves are no function: they may do anything.
pub(super) fn place_before(db: &TestTable, guard: Guard) {
    db.proxy.guard(Arc::new(move |authorization, target, body| {
        let caller = caller::caller(Some(authorization));
        guard.admit(caller, target, body).map_err(|denied| denied.to_string())
    }));
}

/// A queue as one function reaches it.
#[derive(Clone)]
pub(super) struct OwnQueue {
    guard: Guard,
    function: Arc<str>,
    queue: CapturedQueue,
    /// The body of a call to it.
    call: Arc<str>,
}

impl OwnQueue {
    pub(super) fn new(guard: &Guard, function: &str, queue: &CapturedQueue, name: &str) -> Self {
        let call = json!({ "QueueUrl": format!("/{name}") }).to_string();
        let (guard, queue) = (guard.clone(), queue.clone());
        Self { guard, function: function.into(), queue, call: call.into() }
    }
}

impl Dispatch for OwnQueue {
    async fn send(&self, messages: Vec<(String, Duration)>) -> Vec<usize> {
        let target = "AmazonSQS.SendMessageBatch";
        match self.guard.admit(&self.function, target, self.call.as_bytes()) {
            Ok(()) => self.queue.send(messages).await,
            Err(denied) => {
                eprintln!("denied: {denied}");
                (0..messages.len()).collect()
            }
        }
    }
}
