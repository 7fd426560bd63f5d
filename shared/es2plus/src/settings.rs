//! The address of the SM-DP+ and our identity there.

use std::{fmt, time::Duration};

use outbound::reqwest::{self, Certificate, Client, Identity, retry};
use thiserror::Error;
use url::Url;

/// Settings of an [`crate::Es2Client`]. `Debug` output contains no key.
#[derive(Clone)]
pub struct Es2Settings {
    /// `https://host[:port]`; the functions are at `/gsma/rsp2/es2plus/…` under it.
    pub base_url: String,
    /// `functionRequesterIdentifier`: our OID at the SM-DP+.
    pub requester: String,
    /// Our private key and certificate chain, PEM.
    pub identity_pem: String,
    /// The certificate authorities trusted for the SM-DP+, PEM. No others are trusted.
    pub ca_pem: String,
    /// Time-out to connect, TLS handshake included.
    pub connect_timeout: Duration,
    /// Time-out of a whole call.
    pub timeout: Duration,
}

/// A setting is invalid.
#[derive(Debug, Error)]
pub enum Es2SettingsError {
    /// Not `https://host[:port]`.
    #[error("the SM-DP+ address must be https://host[:port]")]
    Address,
    /// Not a key and a certificate.
    #[error("the client identity must be PEM: a key and its certificates")]
    Identity(#[source] reqwest::Error),
    /// Not PEM certificates, or none.
    #[error("the authorities must be PEM certificates")]
    Authorities(#[source] Option<reqwest::Error>),
    /// TLS cannot be set up: key and certificate do not match, for example.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
}

impl Es2Settings {
    /// Settings with the default time-outs: 3 s to connect, 10 s in total.
    pub fn new(
        base_url: impl Into<String>,
        requester: impl Into<String>,
        identity_pem: impl Into<String>,
        ca_pem: impl Into<String>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            requester: requester.into(),
            identity_pem: identity_pem.into(),
            ca_pem: ca_pem.into(),
            connect_timeout: outbound::CONNECT,
            timeout: outbound::TOTAL,
        }
    }

    /// The address without a trailing slash.
    pub(crate) fn base(&self) -> Result<String, Es2SettingsError> {
        let url = Url::parse(&self.base_url).map_err(|_| Es2SettingsError::Address)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if url.scheme() == "https" && url.has_host() && bare && anonymous {
            Ok(url.as_str().trim_end_matches('/').to_owned())
        } else {
            Err(Es2SettingsError::Address)
        }
    }

    /// An HTTP client without redirects, proxies or automatic retries: each could send an order to
    /// another host or more than once.
    pub(crate) fn client(&self) -> Result<Client, Es2SettingsError> {
        let identity =
            Identity::from_pem(self.identity_pem.as_bytes()).map_err(Es2SettingsError::Identity)?;
        let authorities = Certificate::from_pem_bundle(self.ca_pem.as_bytes())
            .map_err(|error| Es2SettingsError::Authorities(Some(error)))?;
        if authorities.is_empty() {
            return Err(Es2SettingsError::Authorities(None));
        }
        outbound::builder(self.connect_timeout, self.timeout)
            .identity(identity)
            .tls_certs_only(authorities)
            .https_only(true)
            .no_proxy()
            .retry(retry::never())
            .pool_idle_timeout(Duration::from_secs(20))
            .build()
            .map_err(Es2SettingsError::Tls)
    }
}

impl fmt::Debug for Es2Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Es2Settings").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_must_be_https_without_a_path() {
        let base = |url: &str| Es2Settings::new(url, "1.2.3", "", "").base().ok();
        assert_eq!(base("https://smdp.example.com"), Some("https://smdp.example.com".to_owned()));
        assert_eq!(base("https://a.b:8443/"), Some("https://a.b:8443".to_owned()));
        for url in [
            "",
            "smdp.example.com",
            "http://a.b",
            "https://a.b/x",
            "https://u:p@a.b",
            "https://a.b?x",
        ] {
            assert_eq!(base(url), None, "{url}");
        }
    }

    #[test]
    fn invalid_pem_is_refused_without_a_call() {
        let settings = Es2Settings::new("https://a.b", "1.2.3", "nonsense", "nonsense");
        assert!(matches!(crate::Es2Client::new(&settings), Err(Es2SettingsError::Identity(_))));
        assert!(!format!("{settings:?}").contains("nonsense"), "no key in a log");
    }
}
