use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use rustls::pki_types::ServerName;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{DeliveryClient, SendError};
use crate::{
    Resolve,
    target::{Target, TargetHost},
};

/// How many addresses of a name are tried.
const TRIED: usize = 4;

/// Addresses that have been looked at: the only thing a connection is made to.
pub(super) struct Permitted(Vec<SocketAddr>);

impl<R: Resolve> DeliveryClient<R> {
    /// The addresses of a target, IPv4 first, when every one of them may be called. One that may
    /// not spoils the rest: an honest receiver has no such address.
    pub(super) async fn permitted(
        &self,
        target: &Target,
        deadline: Instant,
    ) -> Result<Permitted, SendError> {
        let mut addresses = match &target.host {
            TargetHost::Address(address) => vec![*address],
            TargetHost::Name(name, _) => timeout_at(deadline, self.resolver.resolve(name))
                .await
                .map_err(|_| SendError::NotConnected(io::ErrorKind::TimedOut.into()))?
                .map_err(|error| SendError::NameNotFound(Some(error)))?,
        };
        if let Some(reason) = addresses.iter().find_map(|address| self.policy.forbids(*address)) {
            return Err(SendError::Forbidden(reason));
        }
        if addresses.is_empty() {
            return Err(SendError::NameNotFound(None));
        }
        // A function has no IPv6 unless somebody gave it some.
        addresses.sort_by_key(IpAddr::is_ipv6);
        addresses.truncate(TRIED);
        Ok(Permitted(addresses.into_iter().map(|ip| (ip, target.port).into()).collect()))
    }
}

/// Connects to the first address that answers. Each gets its share of the time that is left, so
/// that a dead first one leaves some to the second.
pub(super) async fn tcp(addresses: &Permitted, deadline: Instant) -> Result<TcpStream, SendError> {
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for (n, address) in addresses.0.iter().enumerate() {
        let now = Instant::now();
        let share = deadline.saturating_duration_since(now) / (addresses.0.len() - n) as u32;
        match timeout_at(now + share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it the last piece of a request may wait for an acknowledgement.
                stream.set_nodelay(true).map_err(SendError::NotConnected)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(SendError::NotConnected(last))
}

/// Speaks TLS over it: the certificate must name the host of the URL.
pub(super) async fn tls(
    connector: &TlsConnector,
    target: &Target,
    stream: TcpStream,
    deadline: Instant,
) -> Result<TlsStream<TcpStream>, SendError> {
    let server = match &target.host {
        TargetHost::Name(_, server) => server.clone(),
        TargetHost::Address(address) => ServerName::IpAddress((*address).into()),
    };
    match timeout_at(deadline, connector.connect(server, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        // What rustls finds wrong it reports as invalid data; the rest is the connection.
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Err(SendError::NotTrusted(error))
        }
        Ok(Err(error)) => Err(SendError::NotConnected(error)),
        Err(_) => Err(SendError::NotConnected(io::ErrorKind::TimedOut.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_next_address_is_tried_when_the_first_is_dead() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let alive = listener.local_addr().unwrap();
        let dead = ([127, 0, 0, 9], alive.port()).into();
        let deadline = Instant::now() + Duration::from_secs(2);
        assert!(tcp(&Permitted(vec![dead, alive]), deadline).await.is_ok());
        let refused = tcp(&Permitted(vec![dead, dead]), deadline).await;
        assert!(matches!(refused, Err(SendError::NotConnected(_))));
    }
}
