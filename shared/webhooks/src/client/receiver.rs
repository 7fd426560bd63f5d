//! A receiver of a test: listens on an address of this machine and does as its script says.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{DeliveryClient, Limits, Report};
use crate::{AddressPolicy, Resolve, Target};

pub(super) const NAME: &str = "receiver.example.com";

pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Runs the script on every connection.
    pub(super) async fn tcp<F, S>(address: SocketAddr, script: F) -> Self
    where
        F: Fn(TcpStream) -> S + Send + 'static,
        S: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, SeqCst);
                tokio::spawn(script(stream));
            }
        });
        Self { address, accepted, task }
    }

    /// Runs the script on every connection, over TLS.
    pub(super) async fn tls<F, S>(identity: &Identity, script: F) -> Self
    where
        F: Fn(TlsStream<TcpStream>) -> S + Clone + Send + Sync + 'static,
        S: Future<Output = io::Result<()>> + Send + 'static,
    {
        let acceptor = identity.acceptor.clone();
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self::tcp(anywhere, move |stream| {
            let (acceptor, script) = (acceptor.clone(), script.clone());
            async move { script(acceptor.accept(stream).await?).await }
        })
        .await
    }

    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(SeqCst)
    }

    pub(super) fn target(&self) -> Target {
        Target::of_a_test(NAME, self.address.port())
    }
}

/// A certificate and who trusts it.
pub(super) struct Identity {
    acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl Identity {
    pub(super) fn of(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate }
    }

    /// A client that trusts it and reaches 127.0.0.1.
    pub(super) fn client<R: Resolve>(&self, resolver: R, limits: Limits) -> DeliveryClient<R> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        DeliveryClient::assembled(resolver, AddressPolicy::Loopback, limits, roots)
    }
}

/// Always answers these addresses.
#[derive(Clone)]
pub(super) struct Fixed(pub(super) Vec<IpAddr>);

impl Fixed {
    pub(super) fn localhost() -> Self {
        Self(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

impl Resolve for Fixed {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.clone())
    }
}

/// Reads a whole request: its head and its body.
pub(super) async fn request(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let mut body = read.split_off(end);
    let head = String::from_utf8(read).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let length: usize = length.parse().unwrap();
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok((head, body))
}

/// Posts to a receiver.
pub(super) async fn post<R: Resolve>(client: &DeliveryClient<R>, receiver: &Receiver) -> Report {
    client.post(&receiver.target(), http::HeaderMap::new(), "{}".into()).await
}
