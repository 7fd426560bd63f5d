//! Keys that an issuer publishes (RFC 7517): fetched when first needed, and again after an hour
//! or for a name that is new, but at most twice a minute, however many names are guessed. While
//! the issuer cannot be asked, what it said last counts for a day.

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

use super::{Key, Keys, for_signatures, read_key};

/// How long keys are good without asking again.
const FRESH: Duration = Duration::HOUR;
/// How long keys are good while the issuer cannot be asked.
const STALE: Duration = Duration::DAY;
/// How long nobody asks after having asked.
const QUIET: Duration = Duration::seconds(30);

/// Time-outs of one fetch: to connect, to the head of the answer, all of it.
const CONNECT: Wait = Wait::from_secs(1);
const READ: Wait = Wait::from_secs(2);
const TOTAL: Wait = Wait::from_secs(3);
/// The longest answer that is read; keys with their certificates are 2 to 4 KiB each.
const LONGEST: usize = 64 * 1024;
/// The most keys that are kept of an answer.
const MOST_KEYS: usize = 32;

/// The keys behind a URL.
pub(super) struct FetchedKeys {
    url: String,
    /// Locked while a fetch is under way: one at a time, and who waits finds its answer.
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    keys: Keys,
    /// When the issuer said so.
    since: Option<OffsetDateTime>,
    asked: Option<OffsetDateTime>,
}

/// A clock that was set back makes nothing younger.
fn within(life: Duration, since: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    since.is_some_and(|since| (Duration::ZERO..life).contains(&(now - since)))
}

impl FetchedKeys {
    /// None when anybody on the way there could answer.
    pub(super) fn at(url: &str) -> Option<Self> {
        let parsed = Url::parse(url).ok()?;
        let here = match parsed.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let safe = parsed.scheme() == "https" || (parsed.scheme() == "http" && here);
        let bare = parsed.username().is_empty() && parsed.password().is_none();
        (safe && bare).then(|| Self { url: parsed.to_string(), memory: Mutex::default() })
    }

    /// The key of this name; none when the issuer has none of it.
    pub(super) async fn key(
        &self,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Key>, DirectoryUnavailable> {
        let mut memory = self.memory.lock().await;
        let known = memory.keys.contains_key(kid) && within(FRESH, memory.since, now);
        if !known && !within(QUIET, memory.asked, now) {
            memory.asked = Some(now);
            if let Some(keys) = fetch(&self.url).await {
                memory.keys = keys;
                memory.since = Some(now);
            } else {
                tracing::warn!("keys of a trusted issuer not fetched");
            }
        }
        if !within(STALE, memory.since, now) {
            return Err(DirectoryUnavailable);
        }
        Ok(memory.keys.get(kid).cloned())
    }
}

async fn fetch(url: &str) -> Option<Keys> {
    let body = tokio::time::timeout(TOTAL, get(url)).await.ok()??;
    read(&body)
}

/// By the connector of the AWS clients, which every function has anyway: no redirects, no
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
    let answer = connector.call(request).await.ok()?;
    if answer.status().as_u16() != 200 {
        return None;
    }
    let body = Limited::new(answer.into_body(), LONGEST).collect().await.ok()?;
    Some(body.to_bytes())
}

/// What is of use in a key set: keys for other purposes stand there as well.
fn read(body: &[u8]) -> Option<Keys> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: Vec<Value>,
    }
    let KeySet { keys } = serde_json::from_slice(body).ok()?;
    let keys = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let usable = keys.filter(for_signatures).filter_map(|key| read_key(&key));
    Some(usable.take(MOST_KEYS).collect())
}
