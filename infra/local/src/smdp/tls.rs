//! HTTPS that asks every client for a certificate of ours.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{VerifierBuilderError, WebPkiClientVerifier},
};
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::Certificates;

/// A client that says nothing does not stay.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that wait to be served.
const WAITING: usize = 256;

/// TLS cannot be set up with these certificates.
#[derive(Debug, Error)]
pub enum TlsSetupError {
    /// Protocol versions, key, certificate or authority.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// The check of clients.
    #[error(transparent)]
    Clients(#[from] VerifierBuilderError),
}

/// Gives connections whose client has shown a certificate of the run's authority. Handshakes go on
/// beside each other, so that a slow one delays nobody.
pub(super) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    pub(super) fn start(
        listener: TcpListener,
        certificates: &Certificates,
    ) -> Result<Self, super::SmdpError> {
        let acceptor = TlsAcceptor::from(Arc::new(configuration(certificates)?));
        let address = listener.local_addr()?;
        let (send, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            // Ends with the receiver: nobody would serve what comes after.
            while !send.is_closed() {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = send.closed() => return,
                };
                let Ok((stream, from)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (acceptor, send) = (acceptor.clone(), send.clone());
                tokio::spawn(async move {
                    let handshake = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream));
                    // A client without a certificate has been told so by TLS.
                    if let Ok(Ok(stream)) = handshake.await {
                        let _ = send.send((stream, from)).await;
                    }
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

fn configuration(certificates: &Certificates) -> Result<ServerConfig, TlsSetupError> {
    // Named, not installed for the process: others here have their own.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut authorities = RootCertStore::empty();
    authorities.add(CertificateDer::from(certificates.ca_der.clone()))?;
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider.clone())
            .build()?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certificates.server_key_der.clone()));
    let chain = vec![CertificateDer::from(certificates.server_der.clone())];
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)?)
}
