//! The HTTP front: an HTTP API of API Gateway with payload format 2.0.

mod answer;
mod event;
mod routes;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, State},
    http::{Request, Response, StatusCode},
};
use uuid::Uuid;

pub use event::payload;
pub use routes::{Matched, RouteTable};

use crate::{
    runtime::{InvokeError, Invoker},
    template::Place,
};

/// API Gateway's limit of a request body.
const MAXIMUM_BODY_BYTES: usize = 10 * 1024 * 1024;

/// What the front needs.
pub struct Front {
    /// The template's routes.
    pub routes: RouteTable,
    /// Runs the functions behind them.
    pub invoker: Arc<dyn Invoker>,
    /// Account and region in the events.
    pub place: Place,
    /// After this long the gateway gives up, 30 s on AWS; longer while functions compile.
    pub integration_timeout: Duration,
}

/// One handler for every method and path: routing is the template's.
pub fn router(front: Arc<Front>) -> Router {
    Router::new().fallback(serve).with_state(front)
}

async fn serve(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let method = request.method().clone();
    answer::without_untrue_length(respond(&front, peer, request).await, &method)
}

async fn respond(front: &Front, peer: SocketAddr, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(matched) = front.routes.find(parts.method.as_str(), parts.uri.path()) else {
        return answer::message(StatusCode::NOT_FOUND, "Not Found");
    };
    let Ok(body) = to_bytes(body, MAXIMUM_BODY_BYTES).await else {
        return answer::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let request_id = Uuid::new_v4().to_string();
    let event =
        payload(&parts, &body, &matched, peer.ip(), &request_id, &front.place.account).to_string();
    let invoker = front.invoker.clone();
    let function = matched.function.to_owned();
    // A task of its own: a caller who hangs up does not stop the function.
    let invocation =
        tokio::spawn(
            async move { invoker.invoke_soon(&function, event.into_bytes().into()).await },
        );
    let outcome = match tokio::time::timeout(front.integration_timeout, invocation).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(InvokeError::Exited),
        Err(_) => return answer::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    };
    match outcome {
        Ok(answered) => answer::from_function(&answered, &request_id),
        Err(error) => {
            eprintln!("{} {}: {error}", matched.function, matched.route_key);
            answer::from_error(&error)
        }
    }
}
