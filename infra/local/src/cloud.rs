//! The whole local cloud, put together.

mod listeners;
mod mappings;
mod outside;
mod runtimes;

use std::{collections::BTreeMap, error::Error as _, io, path::PathBuf, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::task::JoinHandle;

use crate::{
    console::Console,
    data::{DataError, DataFolder, Keeper, Ports, is_full, write_private},
    gate::{self, Guard},
    mapping::Schedules,
    network::Network,
    options::{API_PORT, EthernetOption, NetworkOption, Options, OptionsError},
    osmo_hlr::{OsmoHlrError, RunningOsmoHlr},
    ovs::{OvsError, RunningOvs},
    permissions::{Denied, Permissions, Resources, record::Judge},
    process::Processes,
    queues::{self, QueueOptions, QueueService, QueuesError},
    ready::{NetworkAddress, Ready, SmdpAddress},
    runtime::{Endpoints, Invoker},
    seed::{self, SeedError},
    smdp::{self, RunningSmdp, SmdpError, SmdpOptions},
    table::{TableError, TableService},
    template::{Place, Plan, TemplateError},
};

/// Why the local cloud does not come up.
#[derive(Debug, Error)]
pub enum CloudError {
    /// The options.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The template.
    #[error("template")]
    Template(#[from] TemplateError),
    /// The data folder.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The queue service.
    #[error("queues")]
    Queues(#[from] QueuesError),
    /// The database.
    #[error("table")]
    Table(#[from] TableError),
    /// The SM-DP+.
    #[error("SM-DP+")]
    Smdp(#[from] SmdpError),
    /// The home location register.
    #[error(transparent)]
    OsmoHlr(#[from] OsmoHlrError),
    /// The Sellers' switch.
    #[error(transparent)]
    Ovs(#[from] OvsError),
    /// The demo clients.
    #[error("demo clients")]
    Seed(#[from] SeedError),
    /// The template has no table to put clients into.
    #[error("the template has no table")]
    NoTable,
    /// A role does not allow what its event mapping does.
    #[error("event mapping")]
    Denied(#[from] Denied),
    /// A function is in no program.
    #[error("no binary of {0}: it is neither in --bin-dir nor in this program")]
    NotBuilt(String),
    /// The folder of binaries has none.
    #[error("--bin-dir {}: no binary of any function", .0.display())]
    NoBinaries(PathBuf),
    /// The emulator does not listen.
    #[error("nothing answers at port {0} of cargo lambda watch")]
    NoEmulator(u16),
    /// A port, a file or a child process.
    #[error("{what}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A running local cloud. [`Cloud::end`] ends it in order; dropping it kills.
pub struct Cloud {
    /// Where everything is.
    pub ready: Ready,
    tasks: Vec<JoinHandle<()>>,
    base: Base,
    // Held until the end.
    services: Services,
    _invoker: Arc<dyn Invoker>,
}

/// What stands before the template is known: the folder, the ports, the outside.
struct Base {
    data: Option<DataFolder>,
    ports: Ports,
    keeper: Keeper,
    network_url: String,
    network_task: JoinHandle<()>,
    hlr: Option<RunningOsmoHlr>,
    ovs: Option<RunningOvs>,
    smdp: RunningSmdp,
    processes: Processes,
    console: Console,
}

impl Base {
    async fn start(options: &Options) -> Result<Self, CloudError> {
        // Before anything starts: wrong options are the commonest error.
        options.check()?;
        options.check_ports()?;
        if let Some(folder) = &options.logs {
            std::fs::create_dir_all(folder).map_err(system(folder.display()))?;
        }
        let data = options.data.as_deref().map(DataFolder::open).transpose()?;
        let ports = Ports::choose(data.as_ref())?;
        let keeper = match &data {
            Some(data) => Keeper::open(&data.simulators())?,
            None => Keeper::default(),
        };
        let network = Network::kept(keeper.clone())?;
        let (network_url, network_task) =
            listeners::serve_network(network, ports.of("network")).await?;
        let smdp = smdp::start(SmdpOptions {
            port: ports.of("smdp"),
            admin_port: ports.of("smdpAdmin"),
            keeper: keeper.clone(),
            ..SmdpOptions::default()
        })
        .await?;
        let (processes, console) = (Processes::default(), Console::new(options.log_format));
        let hlr = match options.network {
            NetworkOption::Simulator => None,
            NetworkOption::OsmoHlr => {
                let folder = data.as_ref().map(DataFolder::osmo_hlr);
                Some(RunningOsmoHlr::start(folder, &processes).await?)
            }
        };
        let ovs = match options.ethernet {
            EthernetOption::None => None,
            EthernetOption::Ovs => {
                let folder = data.as_ref().map(DataFolder::ovs);
                Some(RunningOvs::start(folder, &processes).await?)
            }
        };
        Ok(Self {
            data,
            ports,
            keeper,
            network_url,
            network_task,
            hlr,
            ovs,
            smdp,
            processes,
            console,
        })
    }
}

/// The services of AWS, as the template asks for them.
struct Services {
    place: Place,
    plan: Plan,
    sqs: aws_sdk_sqs::Client,
    endpoints: Endpoints,
    table_name: String,
    tables: TableService,
    guard: Guard,
    gates: Vec<JoinHandle<()>>,
    _queues: QueueService,
}

impl Services {
    async fn start(options: &Options, base: &Base, api: &str) -> Result<Self, CloudError> {
        let Base { data, ports, network_url, hlr, ovs, smdp, processes, .. } = base;
        // Everybody else comes through the gates, whose addresses stay the same.
        let before_queues = listeners::listen(ports.of("sqs")).await?;
        let before_tables = listeners::listen(ports.of("dynamodb")).await?;
        let queues = start_queues(options, data.as_ref(), processes).await?;
        let place = Place::local(&before_queues.1);
        let hlr = hlr.as_ref().map(|hlr| hlr.address().control);
        let ovsdb = ovs.as_ref().map(|ovs| ovs.address().ovsdb);
        let (hlr, ovsdb) = (hlr.as_deref(), ovsdb.as_deref());
        let addresses = outside::Addresses { api, network: network_url, hlr, ovsdb };
        let plan = outside::plan(options, addresses, smdp, &place)?;
        let sqs = queues::client(&before_queues.1, &place);
        let endpoints = Endpoints { dynamodb: before_tables.1, sqs: before_queues.1 };
        let guard = Guard {
            judge: Arc::new(Judge::new(Permissions::of(&plan))),
            resources: Arc::new(Resources::new(&plan, &place)),
        };
        let serve = |listener, upstream: &str| {
            let served = gate::serve(listener, guard.clone(), upstream);
            served.map_err(|error| system("a gate")(io::Error::other(error)))
        };
        let mut gates = vec![serve(before_queues.0, &queues.endpoint)?];
        queues::create(&sqs, &plan).await?;
        let tables = start_tables(data.as_ref(), &plan).await?;
        gates.push(serve(before_tables.0, &tables.endpoint)?);
        let table_name = plan.tables.first().ok_or(CloudError::NoTable)?.name.clone();
        Ok(Self { place, plan, sqs, endpoints, table_name, tables, guard, gates, _queues: queues })
    }
}

impl Cloud {
    /// Brings everything up; returns once all of it answers. `own` are the functions that this
    /// program has.
    ///
    /// # Errors
    /// Options, template or data folder are refused, or something does not start.
    pub async fn start(options: &Options, own: Vec<&'static str>) -> Result<Self, CloudError> {
        let started = Self::bring_up(options, own).await;
        started.map_err(|error| match &options.data {
            // Whatever failed first: nothing can be stored.
            Some(data) if is_full(data) => DataError::Full(data.clone()).into(),
            _ => error,
        })
    }

    async fn bring_up(options: &Options, own: Vec<&'static str>) -> Result<Self, CloudError> {
        let base = Base::start(options).await?;
        // Before the functions: they are told the address, as issuer of the access tokens.
        let front = listeners::listen(api_port(options, &base.ports)).await?;
        let services = Services::start(options, &base, &front.1).await?;
        let Services { place, plan, endpoints, table_name, .. } = &services;
        let (data, ports) = (base.data.as_ref(), &base.ports);
        let clients = seed::demo_clients(data, endpoints, place, table_name).await?;
        let smdp = &base.smdp;
        let products =
            seed::demo_inventory(&base.keeper, endpoints, place, table_name, &smdp.smdp).await?;
        let sims = match &base.hlr {
            Some(_) => seed::demo_sims(endpoints, place, table_name).await?,
            None => Vec::new(),
        };
        write_environment(options, plan, place, endpoints)?;
        let invoker = runtimes::start(options, &services, &base, own).await?;
        let schedules = Schedules {
            schedules: plan.schedules.clone(),
            place: place.clone(),
            invoker: invoker.clone(),
        };
        let (base_url, front) = listeners::serve_front(options, plan, place, &invoker, front);
        smdp.smdp.call_back(outside::callback(&base_url, &clients));
        let (admin, admin_task) =
            listeners::serve_admin(&schedules, &invoker, ports.of("admin")).await?;
        let sink_port = ports.of("webhookSink");
        let (webhook_sink, sink_task) =
            listeners::serve_sink(endpoints, place, table_name, &clients, sink_port).await?;
        let mut tasks = vec![front, admin_task, sink_task];
        tasks.extend(schedules.start(options.schedule_override()));
        tasks.extend(mappings::start(data, &services, &invoker)?);
        if let Some(data) = data {
            tasks.push(tokio::spawn(DataFolder::watch_room(data.path().to_owned())));
        }
        let link = seed::console_link(endpoints, place, table_name).await?;
        let ready = Ready {
            console_link: format!("{base_url}{link}"),
            base_url,
            clients,
            dynamodb_endpoint: endpoints.dynamodb.clone(),
            sqs_endpoint: endpoints.sqs.clone(),
            table_name: table_name.clone(),
            queues: plan.queues.iter().map(|q| (q.name.clone(), q.url.clone())).collect(),
            network: NetworkAddress { url: base.network_url.clone() },
            osmo_hlr: base.hlr.as_ref().map(RunningOsmoHlr::address),
            ovs: base.ovs.as_ref().map(RunningOvs::address),
            sims: sims.iter().map(ToString::to_string).collect(),
            smdp: SmdpAddress { url: smdp.base_url.clone(), admin: smdp.admin_url.clone() },
            products,
            webhook_sink,
            admin,
            pid: std::process::id(),
        };
        Ok(Self { ready, tasks, base, services, _invoker: invoker })
    }

    /// Shows what the functions write: it is held back until then.
    pub fn show_output(&self) {
        self.base.console.open();
    }

    /// Stops taking work and ends every child process.
    pub async fn end(self) {
        let gates = &self.services.gates;
        for task in self.tasks.iter().chain([&self.base.network_task]).chain(gates) {
            task.abort();
        }
        self.base.processes.end_all(Duration::from_secs(2)).await;
        if let Some(data) = &self.base.data {
            data.settle();
        }
    }
}

/// The port that was asked for, else the one of the run before, else the usual one.
fn api_port(options: &Options, ports: &Ports) -> u16 {
    match options.port {
        Some(0) => ports.of("api"),
        Some(port) => port,
        None => API_PORT,
    }
}

fn system(what: impl ToString) -> impl FnOnce(io::Error) -> CloudError {
    move |source| CloudError::System { what: what.to_string(), source }
}

async fn start_queues(
    options: &Options,
    data: Option<&DataFolder>,
    processes: &Processes,
) -> Result<QueueService, CloudError> {
    let queue_options = QueueOptions {
        node: options.node.clone(),
        fauxqs: options.fauxqs(),
        data: data.map(|data| data.path().to_owned()),
        port: 0,
    };
    let service = QueueService::start(&queue_options, &Place::local(""), processes).await;
    let service = service.map_err(|error| match (data, error) {
        // A database that is whole, and that fauxqs still does not open, is not one of its own.
        (Some(data), QueuesError::Silent(why)) if data.messages().is_file() => {
            let why = format!("fauxqs does not start with it: {why}");
            CloudError::from(DataError::Damaged { file: data.messages(), why })
        }
        (_, error) => error.into(),
    })?;
    if data.is_some() && !service.keeps {
        eprintln!("messages are not kept: that needs node 22.5; the sweeper sends them again");
    }
    Ok(service)
}

async fn start_tables(data: Option<&DataFolder>, plan: &Plan) -> Result<TableService, CloudError> {
    let started = TableService::start(data, plan).await;
    started.map_err(|error| match (data, &error) {
        (Some(data), TableError::Dynoxide(_) | TableError::Index(_)) => {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            DataError::Damaged { file: data.tables(), why }.into()
        }
        _ => error.into(),
    })
}

/// What all functions together need, for one process that runs them all.
fn shared_environment(
    plan: &Plan,
    place: &Place,
    endpoints: &Endpoints,
) -> BTreeMap<String, String> {
    let mut environment = endpoints.sdk_environment(place);
    for function in &plan.functions {
        environment.extend(function.environment.clone());
    }
    environment
}

fn write_environment(
    options: &Options,
    plan: &Plan,
    place: &Place,
    endpoints: &Endpoints,
) -> Result<(), CloudError> {
    let Some(file) = &options.env_file else { return Ok(()) };
    let lines: String = shared_environment(plan, place, endpoints)
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quoted(value)))
        .collect();
    write_private(file, lines.as_bytes()).map_err(system(file.display()))
}

/// Quoted where a shell or an env-file reader would see more than text.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@+,".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{value}'") }
}
