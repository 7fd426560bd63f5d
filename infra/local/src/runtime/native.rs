//! The own Lambda runtime: as many instances of a function as there is work
//! for, up to a limit, each reused while it lives.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    Binaries, InstanceStatus, InvokeError, Invoker,
    instance::{FunctionOutput, Instance, Launch, RunError},
};
use crate::{process::Processes, template::Function};

/// Instances of a function for which nothing is reserved: enough to show what runs at once.
const CONCURRENCY: usize = 4;
/// Invocations of such a function at once: what an account has.
const ACCOUNT_CONCURRENCY: usize = 1_000;
/// So long a caller waits for an instance. Lambda would have started another one, and this machine
/// has few.
const PATIENCE: Duration = Duration::from_secs(5);

/// Settings of the native runtime.
#[derive(Debug, Clone)]
pub struct NativeOptions {
    /// Where the functions' programs are.
    pub binaries: Binaries,
    /// Instances of one function at most; without, what is reserved for it, or four.
    pub concurrency: Option<usize>,
    /// Where the functions' output goes.
    pub output: FunctionOutput,
}

/// Runs functions as processes that speak the Lambda Runtime API.
pub struct NativeRuntime {
    pools: HashMap<String, Pool>,
    processes: Processes,
}

struct Pool {
    launch: Launch,
    /// Instances at most.
    size: usize,
    permits: Semaphore,
    /// Callers at once at most, those included that wait for an instance.
    callers: Semaphore,
    instances: Mutex<Instances>,
}

#[derive(Default)]
struct Instances {
    all: Vec<Arc<Instance>>,
    /// The one used last is used next, as Lambda does: the rest may cool.
    idle: Vec<Arc<Instance>>,
}

impl NativeRuntime {
    /// A runtime of those `functions` that have a program, each with its whole environment.
    pub fn new<'f>(
        functions: impl IntoIterator<Item = (&'f Function, BTreeMap<String, String>)>,
        options: &NativeOptions,
        processes: Processes,
    ) -> Self {
        let pools = functions
            .into_iter()
            .filter_map(|(function, environment)| {
                let launch = Launch {
                    binary: options.binaries.of(&function.name)?,
                    function_arn: function.arn.clone(),
                    timeout: Duration::from_secs(function.timeout_seconds),
                    environment,
                    function: function.name.clone(),
                    output: options.output.clone(),
                };
                let reserved = function.reserved_concurrency;
                let size = options.concurrency.or(reserved).unwrap_or(CONCURRENCY).max(1);
                let pool = Pool {
                    launch,
                    size,
                    permits: Semaphore::new(size),
                    callers: Semaphore::new(reserved.unwrap_or(ACCOUNT_CONCURRENCY)),
                    instances: Mutex::default(),
                };
                Some((function.name.clone(), pool))
            })
            .collect();
        Self { pools, processes }
    }

    fn pool(&self, function: &str) -> Result<&Pool, InvokeError> {
        self.pools.get(function).ok_or(InvokeError::UnknownFunction)
    }

    /// Waits for an instance for ever.
    async fn run(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let pool = self.pool(function)?;
        let permit = pool.permits.acquire().await;
        let _permit = permit.map_err(|_| InvokeError::Unreachable("the pool is closed"))?;
        self.run_in(pool, event).await
    }

    /// Does not begin what the caller has been refused.
    async fn run_soon(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let pool = self.pool(function)?;
        let _caller = pool.callers.try_acquire().map_err(|_| InvokeError::Throttled)?;
        let permit = tokio::time::timeout(PATIENCE, pool.permits.acquire()).await;
        let permit = permit.map_err(|_| InvokeError::Throttled)?;
        let _permit = permit.map_err(|_| InvokeError::Unreachable("the pool is closed"))?;
        self.run_in(pool, event).await
    }

    async fn run_in(&self, pool: &Pool, event: Bytes) -> Result<Bytes, InvokeError> {
        loop {
            let instance = pool.take(&self.processes).await?;
            let lent = Lent { pool, instance };
            match lent.instance.run(Uuid::new_v4().to_string(), event.clone()).await {
                // Killed while it was idle: nothing was begun, another one can do it.
                Err(RunError::NotTaken) if lent.instance.was_used() => {}
                outcome => return outcome.map_err(InvokeError::from),
            }
        }
    }
}

/// An instance at work; goes back to the idle ones when the work has ended,
/// and is killed when the caller gave up in the middle of it.
struct Lent<'a> {
    pool: &'a Pool,
    instance: Arc<Instance>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.pool.release(&self.instance);
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Instances> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self, processes: &Processes) -> Result<Arc<Instance>, InvokeError> {
        loop {
            let idle = self.lock().idle.pop();
            match idle {
                Some(instance) if instance.alive() && !instance.is_outdated(&self.launch) => {
                    return Ok(instance);
                }
                Some(ended) => {
                    ended.kill();
                    self.lock().all.retain(|known| !Arc::ptr_eq(known, &ended));
                }
                None => break,
            }
        }
        let started = Instance::start(&self.launch, processes).await;
        let instance = started.map_err(|error| {
            eprintln!("cannot start {}: {error}", self.launch.binary.program.display());
            InvokeError::Unreachable("the function cannot be started")
        })?;
        let instance = Arc::new(instance);
        self.lock().all.push(instance.clone());
        Ok(instance)
    }

    fn release(&self, instance: &Arc<Instance>) {
        let mut instances = self.lock();
        // Still busy: the caller left before the answer, or there will be none.
        if instance.alive() && !instance.busy.load(Ordering::Relaxed) {
            instances.idle.push(instance.clone());
        } else {
            instance.kill();
            instances.all.retain(|known| !Arc::ptr_eq(known, instance));
        }
    }
}

impl Invoker for NativeRuntime {
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        Box::pin(self.run(function, event))
    }

    fn invoke_soon<'a>(
        &'a self,
        function: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        Box::pin(self.run_soon(function, event))
    }

    fn concurrency(&self, function: &str) -> usize {
        self.pools.get(function).map_or(CONCURRENCY, |pool| pool.size)
    }

    fn instances(&self) -> Vec<InstanceStatus> {
        let mut found = Vec::new();
        for (function, pool) in &self.pools {
            for instance in pool.lock().all.iter().filter(|instance| instance.alive()) {
                found.push(InstanceStatus {
                    function: function.clone(),
                    pid: instance.pid(),
                    busy: instance.busy.load(Ordering::Relaxed),
                    invocations: instance.invocations.load(Ordering::Relaxed),
                });
            }
        }
        found.sort_by(|a, b| (&a.function, a.pid).cmp(&(&b.function, b.pid)));
        found
    }

    fn kill(&self, function: &str) -> usize {
        let Some(pool) = self.pools.get(function) else { return 0 };
        let mut instances = pool.lock();
        instances.idle.clear();
        let all = std::mem::take(&mut instances.all);
        all.iter().filter(|instance| instance.alive()).map(|instance| instance.kill()).count()
    }
}
