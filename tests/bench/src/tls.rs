//! TLS in front of a local service: what connects pays for a handshake, as at AWS.

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Ends TLS for the service at `upstream`, under an authority of this run whose certificate is
/// written to `ca`. Returns the base URL.
///
/// # Errors
/// No port, or no file.
pub(crate) async fn terminate(upstream: SocketAddr, ca: &Path) -> Result<String> {
    let acceptor = TlsAcceptor::from(Arc::new(configuration(ca)?));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { serve(stream, &acceptor, upstream).await });
        }
    });
    Ok(format!("https://localhost:{port}"))
}

/// Until one side closes; what fails is seen by the client.
async fn serve(stream: TcpStream, acceptor: &TlsAcceptor, upstream: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let Ok(mut outer) = acceptor.accept(stream).await else { return };
    let Ok(mut inner) = TcpStream::connect(upstream).await else { return };
    let _ = inner.set_nodelay(true);
    let _ = copy_bidirectional(&mut outer, &mut inner).await;
}

fn configuration(ca: &Path) -> Result<ServerConfig> {
    let mut params = named("Orderwire benchmark authority", Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    std::fs::write(ca, authority.pem())?;
    let mut params = named("Orderwire benchmark", vec!["localhost".to_owned()])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    Ok(builder.with_single_cert(vec![certificate.der().clone()], key)?)
}

fn named(name: &str, alternatives: Vec<String>) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(alternatives)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
