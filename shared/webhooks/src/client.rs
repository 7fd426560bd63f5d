mod answer;
mod connect;
mod exchange;
mod idle;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::webhook::{MessageId, Secrets};
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::Full;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

pub use answer::{Answer, BodyEnd, Report, SendError};
use exchange::Connection;
use idle::Idle;

use crate::{
    AddressPolicy, Resolve, SystemResolver, sign,
    target::{Scheme, Target},
};

/// What a delivery may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Name, TCP and TLS together.
    pub connect: Duration,
    /// Everything, the body included.
    pub total: Duration,
    /// How much of the body is read, in bytes.
    pub body: usize,
}

impl Limits {
    /// The limits of every delivery (`infra/docs/reliability.md`, *Webhooks*).
    pub const DELIVERY: Self =
        Self { connect: Duration::from_secs(3), total: Duration::from_secs(15), body: 16 * 1024 };
}

/// Calls [`Target`]s. One for a whole process, used by any number of deliveries at once. A
/// connection is kept for a few seconds, for the next delivery to the same receiver; receivers
/// share nothing, so what one does is of no concern to another.
pub struct DeliveryClient<R = SystemResolver> {
    resolver: R,
    policy: AddressPolicy,
    limits: Limits,
    tls: TlsConnector,
    idle: Idle,
}

impl DeliveryClient {
    /// A client with the system's resolver.
    ///
    /// Certificates are checked against Mozilla's roots, built in: `SSL_CERT_FILE` may name the
    /// few that our own clients need.
    pub fn new() -> Self {
        Self::with_resolver(SystemResolver)
    }
}

impl Default for DeliveryClient {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Resolve> DeliveryClient<R> {
    /// A client with another resolver. It decides nothing: what it answers is checked.
    pub fn with_resolver(resolver: R) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::assembled(resolver, AddressPolicy::of_this_process(), Limits::DELIVERY, roots)
    }

    fn assembled(resolver: R, policy: AddressPolicy, limits: Limits, roots: RootCertStore) -> Self {
        let mut tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            resolver,
            policy,
            limits,
            tls: TlsConnector::from(Arc::new(tls)),
            idle: Idle::default(),
        }
    }

    /// Whether a target's addresses may be called, without calling it: for registration.
    ///
    /// # Errors
    /// [`SendError::Forbidden`] when one must not be; [`SendError::NameNotFound`] and
    /// [`SendError::NotConnected`] (no answer in time) when nobody knows.
    pub async fn check(&self, target: &Target) -> Result<(), SendError> {
        let deadline = Instant::now() + self.limits.connect;
        self.permitted(target, deadline).await.map(|_| ())
    }

    /// Makes one attempt of a webhook's delivery: signed `now` by every valid secret.
    pub async fn deliver(
        &self,
        target: &Target,
        message: &MessageId,
        body: Bytes,
        secrets: &Secrets,
        now: OffsetDateTime,
    ) -> Report {
        self.post(target, sign::headers(message, now, &body, secrets), body).await
    }

    /// Posts JSON with these headers. `host` and the length are set here.
    pub async fn post(&self, target: &Target, mut headers: HeaderMap, body: Bytes) -> Report {
        let began = Instant::now();
        let agent = HeaderValue::from_static(concat!("Orderwire/", env!("CARGO_PKG_VERSION")));
        let json = HeaderValue::from_static("application/json");
        headers.entry(header::CONTENT_TYPE).or_insert(json);
        headers.entry(header::USER_AGENT).or_insert(agent);
        headers.remove(header::CONNECTION);
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        let result = self.attempt(target, headers, body, began).await;
        Report { result, took: began.elapsed() }
    }

    async fn attempt(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
        began: Instant,
    ) -> Result<Answer, SendError> {
        let request = exchange::request(target, headers, body)?;
        let deadline = began + self.limits.total;
        if let Some(kept) = self.idle.take(target).await {
            match self.exchange(target, kept, request.clone(), deadline).await {
                // Closed by the receiver while it was used again. The message may have arrived:
                // deliveries are at least once, and the next attempt would send it again as well.
                Err(SendError::Broken(_)) => {}
                result => return result,
            }
        }
        let connected = (Instant::now() + self.limits.connect).min(deadline);
        let connection = self.connect(target, connected).await?;
        self.exchange(target, connection, request, deadline).await
    }

    async fn connect(&self, target: &Target, deadline: Instant) -> Result<Connection, SendError> {
        let addresses = self.permitted(target, deadline).await?;
        let stream = connect::tcp(&addresses, deadline).await?;
        match target.scheme {
            Scheme::Https => {
                Connection::over(connect::tls(&self.tls, target, stream, deadline).await?).await
            }
            #[cfg(any(test, feature = "loopback"))]
            Scheme::Http => Connection::over(stream).await,
        }
    }

    /// Keeps the connection afterwards, if the response is wholly read.
    async fn exchange(
        &self,
        target: &Target,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<Answer, SendError> {
        let answer = connection.exchange(request, deadline, self.limits.body).await?;
        if answer.body_end == BodyEnd::Complete && connection.is_open().await {
            self.idle.keep(target, connection);
        }
        Ok(answer)
    }
}
