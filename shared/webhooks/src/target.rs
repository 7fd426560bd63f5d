use std::net::IpAddr;

use rustls::pki_types::ServerName;
use thiserror::Error;
use url::{Host, Position, Url};

use crate::{AddressPolicy, address::Reason};

/// The ports of HTTPS. Others would turn us into a port scanner.
const PORTS: [u16; 2] = [443, 8443];

/// Names under these never lead to the public internet (RFC 6761, 6762, 8375, 9476, ICANN's
/// reserved `internal`), or do so only by mistake.
const SPECIAL: [&str; 14] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
    "onion",
    "alt",
    "test",
    "invalid",
];

/// A URL that may be called, taken apart. The only way to one is to read it, so nothing is
/// called that has not been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(crate) scheme: Scheme,
    pub(crate) host: TargetHost,
    pub(crate) port: u16,
    /// Path and query, as they are sent.
    pub(crate) path: String,
}

/// How to speak to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// TLS.
    Https,
    /// Plain, for 127.0.0.1.
    #[cfg(any(test, feature = "loopback"))]
    Http,
}

/// Where it is, and whom its certificate must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TargetHost {
    Name(String, ServerName<'static>),
    Address(IpAddr),
}

/// The URL must not be called. The words are for its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TargetError {
    /// Too long, or with signs outside printable ASCII, or not parsable.
    #[error("must be a URL of at most 2048 printable ASCII characters")]
    NotAUrl,
    /// Another scheme.
    #[error("must begin with https://")]
    NotHttps,
    /// A user name or a password in it.
    #[error("must not contain a user name or password")]
    Credentials,
    /// A fragment in it, which would not be sent.
    #[error("must not contain a fragment")]
    Fragment,
    /// Another port.
    #[error("must use port 443 or 8443")]
    Port,
    /// The host is not written as it will be used: an address in decimal, octal or hexadecimal,
    /// an escaped or shortened one, a zone id, a name outside ASCII.
    #[error("must have a host in its plain form: a name in ASCII, or an address")]
    NotPlainHost,
    /// Not a name of the public DNS: one label, a trailing dot, a reserved ending, an illegal
    /// label.
    #[error("must have a host with a public name")]
    NotPublicName,
    /// The address in it must not be called.
    #[error("must not lead to an address that is not public ({0})")]
    Forbidden(Reason),
}

impl Target {
    /// Reads the URL of an endpoint: when it is registered, and again before each call.
    ///
    /// # Errors
    /// It must not be called.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        Self::within(AddressPolicy::of_this_process(), text)
    }

    pub(crate) fn within(policy: AddressPolicy, text: &str) -> Result<Self, TargetError> {
        if text.len() > 2048 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(TargetError::NotAUrl);
        }
        if text.contains('#') {
            return Err(TargetError::Fragment);
        }
        #[cfg(any(test, feature = "loopback"))]
        if let Some(target) = plain_loopback(policy, text) {
            return Ok(target);
        }
        let rest = text.strip_prefix("https://").ok_or(TargetError::NotHttps)?;
        let authority = rest.split(['/', '?', '\\']).next().unwrap_or(rest);
        if authority.contains('@') {
            return Err(TargetError::Credentials);
        }
        let (host, port) = host_and_port(authority)?;
        let url = Url::parse(text).map_err(|_| TargetError::NotPlainHost)?;
        // The parser understands 0x7f.1, 2130706433, %31 and full-width digits; whatever it had
        // to understand rather than copy is refused.
        if rest.contains('\\') || url.host_str() != Some(host.to_ascii_lowercase().as_str()) {
            return Err(TargetError::NotPlainHost);
        }
        let host = match url.host().ok_or(TargetError::NotPlainHost)? {
            Host::Domain(name) => public_name(name)?,
            Host::Ipv4(address) => reachable(policy, address.into())?,
            Host::Ipv6(address) => reachable(policy, address.into())?,
        };
        let path = url[Position::BeforePath..Position::AfterQuery].to_owned();
        Ok(Self { scheme: Scheme::Https, host, port, path })
    }

    /// Whether a connection to the one is a connection to the other.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port) == (other.scheme, &other.host, other.port)
    }

    /// The `Host` of a request to it.
    pub(crate) fn authority(&self) -> String {
        let host = match &self.host {
            TargetHost::Name(name, _) => name.clone(),
            TargetHost::Address(IpAddr::V4(address)) => address.to_string(),
            TargetHost::Address(IpAddr::V6(address)) => format!("[{address}]"),
        };
        if self.port == 443 { host } else { format!("{host}:{}", self.port) }
    }
}

/// Splits `host`, `host:443`, `[address]:8443`.
fn host_and_port(authority: &str) -> Result<(&str, u16), TargetError> {
    let end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None if authority.starts_with('[') => return Err(TargetError::NotPlainHost),
        None => 0,
    };
    let (host, port) = match authority[end..].find(':') {
        Some(colon) => (&authority[..end + colon], &authority[end + colon + 1..]),
        None => (authority, "443"),
    };
    let port = PORTS.into_iter().find(|known| known.to_string() == port);
    Ok((host, port.ok_or(TargetError::Port)?))
}

fn reachable(policy: AddressPolicy, address: IpAddr) -> Result<TargetHost, TargetError> {
    match policy.forbids(address) {
        Some(reason) => Err(TargetError::Forbidden(reason)),
        None => Ok(TargetHost::Address(address)),
    }
}

fn public_name(name: &str) -> Result<TargetHost, TargetError> {
    let legal = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    let public = name.len() <= 253
        && name.contains('.')
        && name.split('.').all(legal)
        && !SPECIAL.contains(&last);
    let server = ServerName::try_from(name.to_owned()).ok().filter(|_| public);
    server.map(|server| TargetHost::Name(name.to_owned(), server)).ok_or(TargetError::NotPublicName)
}

/// `http://127.0.0.1:<port>`, for the local cloud's receivers.
#[cfg(any(test, feature = "loopback"))]
fn plain_loopback(policy: AddressPolicy, text: &str) -> Option<Target> {
    let rest =
        text.strip_prefix("http://127.0.0.1:").filter(|_| policy == AddressPolicy::Loopback)?;
    let port = rest.split(['/', '?']).next()?.parse().ok()?;
    let url = Url::parse(text).ok()?;
    let path = url[Position::BeforePath..Position::AfterQuery].to_owned();
    let host = TargetHost::Address(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    Some(Target { scheme: Scheme::Http, host, port, path })
}

#[cfg(test)]
impl Target {
    /// A receiver of a test: a name, a port of its own, TLS.
    pub(crate) fn of_a_test(name: &str, port: u16) -> Self {
        let host = public_name(name).unwrap();
        Self { scheme: Scheme::Https, host, port, path: "/hook".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_public_url_is_read_and_kept_as_it_is() {
        for (text, authority, path) in [
            ("https://example.com", "example.com", "/"),
            ("https://Hooks.Example.COM/a?b=c", "hooks.example.com", "/a?b=c"),
            ("https://example.com:443/", "example.com", "/"),
            ("https://example.com:8443/x", "example.com:8443", "/x"),
            ("https://xn--bcher-kva.example/?q=@:", "xn--bcher-kva.example", "/?q=@:"),
            ("https://8.8.8.8/hook", "8.8.8.8", "/hook"),
            ("https://[2606:4700:4700::1111]:8443/", "[2606:4700:4700::1111]:8443", "/"),
            ("https://a.b.c.d.e.example.org/%2e%2e/x", "a.b.c.d.e.example.org", "/x"),
        ] {
            let target = Target::within(AddressPolicy::Public, text).expect(text);
            assert_eq!((target.authority().as_str(), target.path.as_str()), (authority, path));
        }
    }

    #[test]
    fn plain_http_reaches_127_0_0_1_within_loopback_only() {
        let text = "http://127.0.0.1:8080/sink?x=1";
        let target = Target::within(AddressPolicy::Loopback, text).unwrap();
        assert_eq!((target.port, target.path.as_str()), (8080, "/sink?x=1"));
        assert_eq!(Target::within(AddressPolicy::Public, text), Err(TargetError::NotHttps));
        for text in [
            "http://127.0.0.1",
            "http://127.0.0.2:80/",
            "http://localhost:80/",
            "http://127.0.0.1:80@10.0.0.1/",
            "http://127.0.0.1:80.example.com/",
            "http://127.0.0.1:80\\@10.0.0.1/",
            "http://example.com:80/",
            "http://[::1]:80/",
        ] {
            assert!(Target::within(AddressPolicy::Loopback, text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_has_a_public_host_that_every_parser_agrees_on(
            text in "(https://)?[a-z0-9.:@/\\\\%\\[\\]#?x-]{0,40}",
        ) {
            if let Ok(target) = Target::within(AddressPolicy::Public, &text) {
                let authority = target.authority();
                let rest = text.strip_prefix("https://").unwrap();
                prop_assert!(rest.starts_with(authority.as_str()), "{}", text);
                match target.host {
                    TargetHost::Name(name, _) => {
                        prop_assert!(name.parse::<IpAddr>().is_err());
                        prop_assert!(name.contains('.') && !name.ends_with('.'));
                    }
                    TargetHost::Address(address) => {
                        prop_assert_eq!(crate::forbidden(address), None);
                    }
                }
            }
        }

        #[test]
        fn an_ipv4_address_is_read_in_its_one_form_if_it_is_public(bits: u32) {
            let address = std::net::Ipv4Addr::from_bits(bits);
            let read = |host: String| Target::within(AddressPolicy::Public, &format!("https://{host}/"));
            let public = crate::forbidden(address.into()).is_none();
            prop_assert_eq!(read(address.to_string()).is_ok(), public);
            for other in [
                format!("{bits}"),
                format!("{bits:#x}"),
                format!("0{bits:o}"),
                format!("{address}."),
                format!("0{address}"),
                format!("[::{address}]"),
                format!("[::ffff:{address}]"),
            ] {
                prop_assert!(read(other).is_err());
            }
        }
    }
}
