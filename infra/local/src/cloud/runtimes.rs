//! The runtime of the functions, as the options ask for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Base, CloudError, Services, listeners, shared_environment, system};
use crate::{
    options::{Options, RuntimeKind},
    runtime::{
        Binaries, FunctionOutput, Invoker, NativeOptions, NativeRuntime, WatchOptions,
        WatchRuntime, lambda_environment,
    },
    template::Plan,
};

/// `cargo lambda watch` needs a moment before it listens.
const EMULATOR_LIMIT: Duration = Duration::from_secs(60);

/// The emulator's own default; each instance is a `cargo run`.
const WATCH_CONCURRENCY: usize = 1;

pub(super) async fn start(
    options: &Options,
    services: &Services,
    base: &Base,
    own: Vec<&'static str>,
) -> Result<Arc<dyn Invoker>, CloudError> {
    match options.runtime {
        RuntimeKind::Native => Ok(Arc::new(native(options, services, base, own)?)),
        RuntimeKind::Watch => Ok(Arc::new(watch(options, services, base).await?)),
        RuntimeKind::None => {
            let concurrency = options.concurrency.unwrap_or(WATCH_CONCURRENCY);
            Ok(Arc::new(WatchRuntime::attach(options.watch_port(), concurrency)))
        }
    }
}

fn native(
    options: &Options,
    services: &Services,
    base: &Base,
    own: Vec<&'static str>,
) -> Result<NativeRuntime, CloudError> {
    let Services { plan, place, endpoints, .. } = services;
    let native = NativeOptions {
        binaries: binaries(options, plan, own)?,
        concurrency: options.concurrency,
        output: match &options.logs {
            Some(folder) => FunctionOutput::Files(folder.clone()),
            None if options.quiet => FunctionOutput::Discarded,
            None => FunctionOutput::Shown(base.console.clone()),
        },
    };
    let functions = plan.functions.iter();
    let functions = functions.map(|f| (f, lambda_environment(f, place, endpoints)));
    Ok(NativeRuntime::new(functions, &native, base.processes.clone()))
}

/// A program for every function. A folder without any was named by mistake.
fn binaries(
    options: &Options,
    plan: &Plan,
    own: Vec<&'static str>,
) -> Result<Binaries, CloudError> {
    let binaries = Binaries::new(options.bin_dir.clone(), own).map_err(system("this program"))?;
    let missing = plan.functions.iter().find(|function| !binaries.has(&function.name));
    if let Some(missing) = missing {
        return Err(CloudError::NotBuilt(missing.name.clone()));
    }
    match &options.bin_dir {
        Some(folder) if !plan.functions.iter().any(|f| binaries.in_folder(&f.name)) => {
            Err(CloudError::NoBinaries(folder.clone()))
        }
        _ => Ok(binaries),
    }
}

async fn watch(
    options: &Options,
    services: &Services,
    base: &Base,
) -> Result<WatchRuntime, CloudError> {
    let Services { plan, place, endpoints, .. } = services;
    let port = listeners::free_port(options.watch_port()).await?;
    let watch = WatchOptions {
        cargo_lambda: options.cargo_lambda.clone(),
        workspace: options.workspace.clone(),
        port,
        concurrency: options.concurrency.unwrap_or(WATCH_CONCURRENCY),
        console: base.console.clone(),
    };
    let environment = shared_environment(plan, place, endpoints);
    let runtime = WatchRuntime::start(&watch, &environment, &base.processes)
        .map_err(system("cargo lambda watch does not start"))?;
    let until = Instant::now() + EMULATOR_LIMIT;
    while !listeners::is_open(port).await {
        if runtime.ended() || Instant::now() > until {
            return Err(CloudError::NoEmulator(port));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(runtime)
}
