//! Who is measured: a floor, the functions, and the same in Node and Python.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use orderwire_local::{
    process::Processes,
    runtime::{Binaries, FunctionOutput, NativeOptions, NativeRuntime},
};
use serde_json::{Value, json};
use testkit::Exchange;

use crate::{
    endpoint::{Endpoint, pon},
    world::World,
};

/// A program that answers the events of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Contender {
    /// `lambda_http` with an empty handler.
    Empty,
    /// And the bare SDK calls that the endpoint makes.
    Sdk,
    /// The function.
    Ours,
    /// The endpoint in Node.
    Node,
    /// The endpoint in Python.
    Python,
}

impl Contender {
    pub(crate) const ALL: [Self; 5] =
        [Self::Empty, Self::Sdk, Self::Ours, Self::Node, Self::Python];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty handler",
            Self::Sdk => "and bare SDK calls",
            Self::Ours => "Orderwire",
            Self::Node => "Node",
            Self::Python => "Python",
        }
    }

    const fn short(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Sdk => "sdk",
            Self::Ours => "ours",
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    /// Whether it does what the endpoint is for.
    pub(crate) const fn is_complete(self) -> bool {
        matches!(self, Self::Ours | Self::Node | Self::Python)
    }

    fn file(self, endpoint: Endpoint) -> String {
        format!("{}-{}", self.short(), endpoint.short())
    }
}

/// Where the programs of the contenders are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Programs {
    /// Folder of the functions' release binaries
    #[arg(long)]
    functions: PathBuf,
    /// Folder of the peers' bundles in Node: one file for each function
    #[arg(long)]
    node_peers: PathBuf,
    /// Node
    #[arg(long)]
    node: PathBuf,
    /// Folder of the peers in Python
    #[arg(long, default_value = "tests/bench/peers/python")]
    python_peers: PathBuf,
    /// Python with boto3
    #[arg(long)]
    python: PathBuf,
}

impl Programs {
    /// The size of a function's binary in bytes.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn size(&self, function: &str) -> Result<u64> {
        let path = self.functions.join(function);
        Ok(fs::metadata(&path).with_context(|| path.display().to_string())?.len())
    }

    /// The interpreters' versions, as they print them.
    pub(crate) fn versions(&self) -> Vec<String> {
        let version = |name: &str, program: &Path| {
            let output = std::process::Command::new(program).arg("--version").output().ok();
            let text = output.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned());
            let text = text.unwrap_or_default();
            if text.starts_with(name) { text } else { format!("{name} {text}") }
        };
        // What is only counted needs neither.
        let all = [version("Node", &self.node), version("Python", &self.python)];
        all.into_iter().filter(|text| text.chars().any(char::is_numeric)).collect()
    }

    fn install(&self, contender: Contender, endpoint: Endpoint, folder: &Path) -> Result<()> {
        let target = folder.join(contender.file(endpoint));
        let binary = match contender {
            Contender::Empty => "floor-empty",
            Contender::Sdk => "floor-sdk",
            Contender::Ours => endpoint.function(),
            Contender::Node => {
                let bundle = self.node_peers.join(format!("{}.js", endpoint.function()));
                let bundle = fs::read_to_string(&bundle)
                    .with_context(|| format!("no bundle {}", bundle.display()))?;
                return script(&target, &self.node, &bundle);
            }
            Contender::Python => {
                let module = endpoint.function().replace('-', "_");
                let peers = std::path::absolute(&self.python_peers)?;
                let main = format!(
                    "import sys\nsys.path.insert(0, {:?})\nimport {module}\n{module}.main()\n",
                    peers.display().to_string(),
                );
                return script(&target, &self.python, &main);
            }
        };
        let binary = std::path::absolute(self.functions.join(binary))?;
        symlink(&binary, &target).with_context(|| binary.display().to_string())
    }
}

/// A program that an interpreter runs in its own process.
fn script(target: &Path, interpreter: &Path, text: &str) -> Result<()> {
    let interpreter = std::path::absolute(interpreter)?;
    fs::write(target, format!("#!{}\n{text}", interpreter.display()))?;
    Ok(fs::set_permissions(target, fs::Permissions::from_mode(0o755))?)
}

/// All programs, ready to be started.
pub(crate) struct Stage<'w> {
    pub(crate) world: &'w World,
    folder: PathBuf,
    processes: Processes,
}

impl<'w> Stage<'w> {
    /// # Errors
    /// A program is not there, or an endpoint cannot be recorded.
    pub(crate) async fn new(world: &'w World, programs: &Programs) -> Result<Self> {
        let folder = world.folder.path().join("functions");
        fs::create_dir(&folder)?;
        fs::create_dir(world.folder.path().join("logs"))?;
        for endpoint in Endpoint::ALL {
            for contender in Contender::ALL {
                programs.install(contender, endpoint, &folder)?;
            }
            let calls = calls(&world.recorded(endpoint).await?);
            fs::write(calls_file(world, endpoint), calls.to_string())?;
        }
        Ok(Self { world, folder, processes: Processes::default() })
    }

    /// A runtime with no instance of this contender yet, of one instance at most.
    ///
    /// # Errors
    /// The template has no such function.
    pub(crate) fn runtime(
        &self,
        contender: Contender,
        endpoint: Endpoint,
    ) -> Result<NativeRuntime> {
        let name = contender.file(endpoint);
        let (function, mut environment) = self.world.function(endpoint, &name)?;
        if contender == Contender::Sdk {
            let calls = calls_file(self.world, endpoint).display().to_string();
            environment.insert("FLOOR_CALLS".to_owned(), calls);
        }
        let options = NativeOptions {
            binaries: Binaries::new(Some(self.folder.clone()), Vec::new())?,
            concurrency: Some(1),
            output: FunctionOutput::Files(self.world.folder.path().join("logs")),
        };
        Ok(NativeRuntime::new([(&function, environment)], &options, self.processes.clone()))
    }

    /// The name under which the runtime knows the contender.
    pub(crate) fn name(contender: Contender, endpoint: Endpoint) -> String {
        contender.file(endpoint)
    }

    /// What a contender has logged, in bytes.
    pub(crate) fn logged(&self, contender: Contender, endpoint: Endpoint) -> u64 {
        let file = format!("{}.log", contender.file(endpoint));
        fs::metadata(self.world.folder.path().join("logs").join(file)).map_or(0, |file| file.len())
    }
}

fn calls_file(world: &World, endpoint: Endpoint) -> PathBuf {
    world.folder.path().join(format!("calls-{}.json", endpoint.short()))
}

/// Recorded calls with the number of the call in place of the ids that it made.
fn calls(exchanges: &[Exchange]) -> Value {
    let mut ids = vec![("recorded-3".to_owned(), "{n}"), (pon("recorded-3"), "{n}")];
    for key in exchanges.iter().flat_map(|it| keys_written(&it.request)) {
        if let Some(id) = key.strip_prefix("ORDER#") {
            ids.push((format!("#{id}"), "#{n}"));
        }
    }
    let calls = exchanges.iter().map(|exchange| {
        let mut request = exchange.request.to_string();
        for (id, number) in &ids {
            request = request.replace(id, number);
        }
        let request: Value = serde_json::from_str(&request).unwrap_or_default();
        json!({ "operation": exchange.operation, "request": request })
    });
    calls.collect()
}

/// The partition keys of the items that a transaction puts.
fn keys_written(request: &Value) -> Vec<String> {
    let writes = request["TransactItems"].as_array().into_iter().flatten();
    let keys = writes.filter_map(|write| write["Put"]["Item"]["pk"]["S"].as_str());
    keys.map(str::to_owned).collect()
}
