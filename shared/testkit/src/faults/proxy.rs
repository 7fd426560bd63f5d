//! The proxies.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::refusal;
use axum::{
    Router,
    body::to_bytes,
    extract::{ConnectInfo, Request, State, connect_info::Connected},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    serve::IncomingStream,
};
use bytes::Bytes;
use rustix::process::Signal;
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::OnceCell,
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{
    Service, Shared, alter,
    caller::Caller,
    draw::{Called, Drawn, Fault},
    signal,
};

/// Larger than any request of a function.
const LARGEST: usize = 16 * 1024 * 1024;
/// So old may a stale response be.
const STALE: Duration = Duration::from_secs(2);
/// Responses that are kept to be stale, at most.
const KEPT: usize = 20_000;
/// Those headers are of one connection.
const OF_CONNECTION: [&str; 4] = ["host", "content-length", "connection", "transfer-encoding"];

/// One of the proxies.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    service: Service,
    own: SocketAddr,
    shared: Arc<Shared>,
}

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    address: SocketAddr,
    /// Looked up with its first call.
    caller: Arc<OnceCell<Option<Caller>>>,
}

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self { address: *stream.remote_addr(), caller: Arc::default() }
    }
}

/// A call to forward.
#[derive(Debug, Clone)]
struct Forwarded {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    operation: String,
}

impl Listener {
    /// Starts one and returns its URL. It runs as long as the test's runtime.
    pub(super) async fn start(service: Service, shared: Arc<Shared>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        let app = Router::new().fallback(handle).with_state(Self { service, own, shared });
        let app = app.into_make_service_with_connect_info::<Peer>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{own}")
    }

    fn index(&self) -> usize {
        match self.service {
            Service::Table => 0,
            Service::Queues => 1,
            Service::Network => 2,
            Service::Receiver => 3,
        }
    }

    fn is_aws(&self) -> bool {
        matches!(self.service, Service::Table | Service::Queues)
    }

    async fn caller(&self, peer: &Peer, headers: &HeaderMap) -> Option<Caller> {
        if self.is_aws() {
            return Caller::signed(headers);
        }
        let (address, own) = (peer.address, self.own);
        let look_up = async || {
            let found = spawn_blocking(move || Caller::connected(address, own));
            found.await.ok().flatten()
        };
        peer.caller.get_or_init(look_up).await.clone()
    }

    async fn forward(&self, call: &Forwarded) -> Option<(StatusCode, HeaderMap, Bytes)> {
        let base = &self.shared.upstreams.get()?[self.index()];
        let url = format!("{}{}", base.trim_end_matches('/'), call.path);
        let request = self.shared.http.request(call.method.clone(), url);
        let request = request.headers(call.headers.clone()).body(call.body.clone());
        let response = request.send().await.ok()?;
        let (status, mut headers) = (response.status(), response.headers().clone());
        OF_CONNECTION.iter().for_each(|name| drop(headers.remove(*name)));
        Some((status, headers, response.bytes().await.ok()?))
    }

    /// Forwards also when the caller does not wait for the response.
    async fn forward_anyway(&self, call: Forwarded) -> Option<(StatusCode, HeaderMap, Bytes)> {
        let own = self.clone();
        tokio::spawn(async move { own.forward(&call).await }).await.ok()?
    }

    async fn pass(&self, call: Forwarded) -> Response {
        responded(self.forward_anyway(call).await)
    }

    /// Forwards, and keeps the response of a read that may be stale later.
    async fn pass_and_keep(&self, call: Forwarded) -> Response {
        let request = call.body.clone();
        let response = self.forward_anyway(call).await;
        if let Some((StatusCode::OK, _, body)) = &response {
            let mut kept = self.shared.read();
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(request, (Instant::now(), body.clone()));
        }
        responded(response)
    }

    async fn stale(&self, call: Forwarded, detail: u64) -> Response {
        let kept = self.shared.read().get(&call.body).cloned();
        let response = self.forward_anyway(call.clone()).await;
        let Some((status, headers, body)) = response else { closed() };
        let body = match kept {
            Some((at, before)) if at.elapsed() < STALE => before,
            _ if call.operation == "Query" => alter::without_one(&body, detail),
            _ => body,
        };
        (status, headers, body).into_response()
    }

    async fn partial(&self, mut call: Forwarded, detail: u64) -> Response {
        let Some((some, failed)) = alter::without_some(&call.body, detail) else {
            return self.pass(call).await;
        };
        call.body = some;
        match self.forward_anyway(call).await {
            Some((status, headers, body)) => {
                (status, headers, alter::with_failed(&body, &failed)).into_response()
            }
            None => closed(),
        }
    }

    fn refused(&self, fault: Fault, request: &[u8]) -> Response {
        match (fault, self.service) {
            (Fault::Conflict, _) => refusal::transaction_conflict(request),
            (Fault::Throttled, Service::Queues) => refusal::sqs("ThrottlingException"),
            (Fault::Throttled, _) => {
                refusal::dynamodb("ProvisionedThroughputExceededException", json!({}))
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    /// What a call meets in a blackout: no connection, an error, or silence.
    async fn dark(&self, detail: u64) -> Response {
        match detail % 3 {
            0 => closed(),
            1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => {
                sleep(Duration::from_secs(5)).await;
                closed()
            }
        }
    }

    /// Stops the function for longer than its lease; it continues even if its call is given up.
    async fn pause(&self, caller: &Caller) {
        let (length, caller) = (self.shared.pause, caller.clone());
        signal(&caller, Signal::STOP).await;
        let paused = tokio::spawn(async move {
            sleep(length).await;
            signal(&caller, Signal::CONT).await;
        });
        let _ = paused.await;
    }

    async fn meet(
        &self,
        Drawn { fault, detail }: Drawn,
        caller: &Caller,
        call: Forwarded,
    ) -> Response {
        match fault {
            Fault::LostBefore => closed(),
            Fault::LostAfter => {
                self.forward_anyway(call).await;
                closed()
            }
            Fault::Twice => {
                self.forward_anyway(call.clone()).await;
                self.pass(call).await
            }
            Fault::Late => {
                let (own, late) = (self.clone(), Drawn { fault, detail }.delay());
                let forwarded = tokio::spawn(async move {
                    sleep(late).await;
                    own.forward(&call).await
                });
                responded(forwarded.await.ok().flatten())
            }
            Fault::Failed | Fault::Throttled | Fault::Conflict => self.refused(fault, &call.body),
            Fault::Partial => self.partial(call, detail).await,
            Fault::Stale => self.stale(call, detail).await,
            Fault::KilledBefore => {
                signal(caller, Signal::KILL).await;
                closed()
            }
            Fault::KilledAfter => {
                self.forward_anyway(call).await;
                signal(caller, Signal::KILL).await;
                closed()
            }
            Fault::PausedBefore => {
                self.pause(caller).await;
                self.pass(call).await
            }
            Fault::PausedAfter => {
                let response = self.forward_anyway(call).await;
                self.pause(caller).await;
                responded(response)
            }
            Fault::Blackout => self.dark(detail).await,
        }
    }
}

/// The server drops the connection of a handler that unwinds; no panic hook is called.
fn closed() -> ! {
    std::panic::resume_unwind(Box::new("the connection closes"))
}

fn responded(response: Option<(StatusCode, HeaderMap, Bytes)>) -> Response {
    response.map_or_else(|| closed(), IntoResponse::into_response)
}

/// The operation of a call: of AWS by its header, else method and first part of the path.
fn operation(service: Service, method: &Method, path: &str, headers: &HeaderMap) -> String {
    match service {
        Service::Table | Service::Queues => {
            let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
            target.and_then(|target| target.rsplit('.').next()).unwrap_or("?").to_owned()
        }
        Service::Network => {
            let first = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
            format!("{method} {first}")
        }
        Service::Receiver => "webhook".to_owned(),
    }
}

async fn handle(
    State(listener): State<Listener>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else { closed() };
    let mut headers = parts.headers;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let operation = operation(listener.service, &parts.method, &path, &headers);
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(*name)));
    let call = Forwarded { method: parts.method, path, headers, body, operation };
    let Some(caller) = listener.caller(&peer, &call.headers).await else {
        return listener.pass(call).await;
    };
    let shared = &listener.shared;
    if listener.is_aws() && shared.blackout.load(Ordering::Relaxed) {
        shared.draws().note(&caller.function, &call.operation, Fault::Blackout);
        return listener.dark(fastrand::u64(..)).await;
    }
    if shared.calm.load(Ordering::Relaxed) {
        return listener.pass(call).await;
    }
    let eventual =
        listener.service == Service::Table && alter::is_eventual(&call.operation, &call.body);
    let drawn = shared.draws().draw(&Called {
        service: listener.service,
        function: &caller.function,
        operation: &call.operation,
        eventual,
    });
    match drawn {
        Some(drawn) => listener.meet(drawn, &caller, call).await,
        None if eventual => listener.pass_and_keep(call).await,
        None => listener.pass(call).await,
    }
}
