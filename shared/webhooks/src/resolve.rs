use std::{io, net::IpAddr};

/// Finds the addresses of a name. What it answers is not trusted: every address is checked.
pub trait Resolve: Send + Sync {
    /// The addresses; none, or an error, when there is no such name.
    fn resolve(&self, name: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// The system's resolver (`getaddrinfo`).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        // The port is of no use here, but the function wants one.
        Ok(tokio::net::lookup_host((name, 443)).await?.map(|found| found.ip()).collect())
    }
}
