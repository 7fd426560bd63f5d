//! The listeners of the local cloud, all on loopback.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::ListenerExt as _;
use store::{DynamoEndpoints, Table};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{CloudError, system};
use crate::{
    admin::{self, Admin},
    front::{self, Front, RouteTable},
    mapping::Schedules,
    network::{self, Network},
    options::{Options, RuntimeKind},
    runtime::{Endpoints, Invoker},
    seed::{DemoClient, SeedError},
    sink::{self, Sink},
    template::{Place, Plan},
};

/// The gateway's limit on AWS.
const INTEGRATION_LIMIT: Duration = Duration::from_secs(30);
/// Long enough for a function to be compiled.
const PATIENT_LIMIT: Duration = Duration::from_secs(900);

type Served = (String, JoinHandle<()>);

/// A listener and its URL. Connections wait until something is served on it.
pub(super) type Listening = (TcpListener, String);

pub(super) async fn listen(port: u16) -> Result<Listening, CloudError> {
    let tried = format!("cannot listen on port {port}");
    let bound = TcpListener::bind(("127.0.0.1", port)).await;
    let listener = bound.map_err(system(&tried))?;
    let address = listener.local_addr().map_err(system(&tried))?;
    Ok((listener, format!("http://{address}")))
}

pub(super) async fn serve_network(network: Network, port: u16) -> Result<Served, CloudError> {
    let (listener, url) = listen(port).await?;
    Ok((url, serve(listener, network::router(network))))
}

pub(super) async fn serve_sink(
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
    clients: &[DemoClient],
    port: u16,
) -> Result<Served, CloudError> {
    let environment = endpoints.sdk_environment(place);
    let settings = aws::Settings::from_lookup(|name| environment.get(name).cloned());
    let settings = settings.map_err(SeedError::from)?;
    let tenants = clients.iter().filter_map(|client| client.tenant.parse().ok()).collect();
    let endpoints = DynamoEndpoints::new(Table::connect(&settings, table));
    let (listener, url) = listen(port).await?;
    Ok((url, serve(listener, sink::router(Sink::new(endpoints, tenants)))))
}

pub(super) async fn serve_admin(
    schedules: &Schedules,
    invoker: &Arc<dyn Invoker>,
    port: u16,
) -> Result<Served, CloudError> {
    let (listener, url) = listen(port).await?;
    let admin = Admin { schedules: schedules.clone(), invoker: invoker.clone() };
    Ok((url, serve(listener, admin::router(admin))))
}

pub(super) fn serve_front(
    options: &Options,
    plan: &Plan,
    place: &Place,
    invoker: &Arc<dyn Invoker>,
    (listener, url): Listening,
) -> Served {
    let front = Front {
        routes: RouteTable::new(&plan.routes),
        invoker: invoker.clone(),
        place: place.clone(),
        integration_timeout: match options.runtime {
            RuntimeKind::Native => INTEGRATION_LIMIT,
            RuntimeKind::Watch | RuntimeKind::None => PATIENT_LIMIT,
        },
    };
    (url, serve(listener, front::router(Arc::new(front))))
}

fn serve(listener: TcpListener, router: axum::Router) -> JoinHandle<()> {
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        // Small answers must not wait for the caller's delayed acknowledgement.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        if let Err(error) = axum::serve(listener, service).await {
            eprintln!("a listener ended: {error}");
        }
    })
}

/// The port, or any for 0, that was free a moment ago.
pub(super) async fn free_port(wanted: u16) -> Result<u16, CloudError> {
    let (listener, _) = listen(wanted).await?;
    Ok(listener.local_addr().map_err(system("no port"))?.port())
}

/// Whether somebody listens on a loopback port.
pub(super) async fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}
