//! Published keys of an issuer (RFC 7517): fetched at the first use, and again after an hour or for
//! an unknown key id, but at most twice a minute, independent of the number of guessed ids. While
//! the issuer is unavailable, the last fetched keys are valid for a day.

use std::time::Duration as Wait;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorSettings},
    orchestrator::HttpRequest,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use domain::identity::DirectoryUnavailable;
use http_body_util::{BodyExt, Limited};
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::{Host, Url};

use super::{Key, Keys, for_signatures, parse_key};

/// How long fetched keys are valid without another fetch.
const FRESH: Duration = Duration::HOUR;
/// How long fetched keys are valid while the issuer is unavailable.
const STALE: Duration = Duration::DAY;
/// Minimum interval between fetches.
const QUIET: Duration = Duration::seconds(30);

/// Time-outs of one fetch: to connect, to the head of the response, and in total.
const CONNECT: Wait = Wait::from_secs(1);
const READ: Wait = Wait::from_secs(2);
const TOTAL: Wait = Wait::from_secs(3);
/// Maximum size of a response in bytes; keys with their certificates have 2 to 4 KiB each.
const LONGEST: usize = 64 * 1024;
/// Maximum keys kept from a response.
const MOST_KEYS: usize = 32;

/// The keys published at a URL.
pub(super) struct FetchedKeys {
    url: String,
    /// Locked during a fetch: concurrent callers wait and use its result.
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: Keys,
    /// The time of the last successful fetch.
    since: Option<OffsetDateTime>,
    attempted_at: Option<OffsetDateTime>,
}

/// Whether the age is within `life`. After a clock was set back, it is not.
fn within(life: Duration, since: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    since.is_some_and(|since| (Duration::ZERO..life).contains(&(now - since)))
}

impl FetchedKeys {
    /// None if the URL is insecure.
    pub(super) fn at(url: &str) -> Option<Self> {
        let parsed = Url::parse(url).ok()?;
        let loopback = match parsed.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let safe = parsed.scheme() == "https" || (parsed.scheme() == "http" && loopback);
        let bare = parsed.username().is_empty() && parsed.password().is_none();
        (safe && bare).then(|| Self { url: parsed.to_string(), cache: Mutex::default() })
    }

    /// The key with this id; none if the issuer does not publish it.
    pub(super) async fn key(
        &self,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Key>, DirectoryUnavailable> {
        let mut cache = self.cache.lock().await;
        let known = cache.keys.contains_key(kid) && within(FRESH, cache.since, now);
        if !known && !within(QUIET, cache.attempted_at, now) {
            cache.attempted_at = Some(now);
            if let Some(keys) = fetch(&self.url).await {
                cache.keys = keys;
                cache.since = Some(now);
            } else {
                tracing::warn!("keys of a trusted issuer not fetched");
            }
        }
        if !within(STALE, cache.since, now) {
            return Err(DirectoryUnavailable);
        }
        Ok(cache.keys.get(kid).cloned())
    }
}

async fn fetch(url: &str) -> Option<Keys> {
    let body = tokio::time::timeout(TOTAL, get(url)).await.ok()??;
    parse(&body)
}

/// Uses the connector of the AWS clients, which every function contains: no redirects, no
/// decompression.
async fn get(url: &str) -> Option<Bytes> {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(READ).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build();
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).ok()?;
    request.headers_mut().insert("accept", "application/json");
    let response = connector.call(request).await.ok()?;
    if response.status().as_u16() != 200 {
        return None;
    }
    let body = Limited::new(response.into_body(), LONGEST).collect().await.ok()?;
    Some(body.to_bytes())
}

/// The usable keys of a key set; it may contain keys for other purposes.
fn parse(body: &[u8]) -> Option<Keys> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: Vec<Value>,
    }
    let KeySet { keys } = serde_json::from_slice(body).ok()?;
    let keys = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let usable = keys.filter(for_signatures).filter_map(|key| parse_key(&key));
    Some(usable.take(MOST_KEYS).collect())
}
