use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use domain::identity::{Role, SecretHash};
use http::{HeaderValue, header};
use time::{Duration, OffsetDateTime};

use super::*;

/// A clock that is set by the test.
struct Set(Mutex<OffsetDateTime>);

impl Clock for Set {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

#[derive(Default)]
struct Directory {
    clients: Mutex<Vec<Client>>,
    reads: AtomicU32,
    down: bool,
}

impl ClientDirectory for &'static Directory {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, DirectoryUnavailable> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.down {
            return Err(DirectoryUnavailable);
        }
        Ok(self.clients.lock().unwrap().iter().find(|client| client.id == *id).cloned())
    }
}

struct Scene {
    authenticator: Authenticator<&'static Directory>,
    directory: &'static Directory,
    clock: Arc<Set>,
}

fn client(secret: SecretHash) -> Client {
    Client {
        id: "acme".parse().unwrap(),
        tenant: "acme-tenant".parse().unwrap(),
        roles: BTreeSet::from([Role::Ecc]),
        parties: BTreeSet::new(),
        secrets: vec![secret],
        disabled: false,
    }
}

fn scene_of(directory: Directory) -> Scene {
    let directory: &'static Directory = Box::leak(Box::new(directory));
    let start = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    let clock = Arc::new(Set(Mutex::new(start)));
    let authenticator =
        Authenticator::new(directory, SecretHasher::new("pepper")).with_clock(clock.clone());
    Scene { authenticator, directory, clock }
}

fn scene() -> Scene {
    let hash = SecretHasher::new("pepper").hash("right:secret");
    scene_of(Directory { clients: Mutex::new(vec![client(hash)]), ..Directory::default() })
}

impl Scene {
    async fn present(&self, header: &str) -> Result<Identity, AuthenticationError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        self.authenticator.authenticate(&headers, Schemes::Basic).await
    }

    async fn basic(&self, credential: &str) -> Result<Identity, AuthenticationError> {
        self.present(&format!("Basic {}", BASE64.encode(credential))).await
    }

    fn pass(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += Duration::seconds(seconds);
    }

    fn reads(&self) -> u32 {
        self.directory.reads.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_right_secret_identifies_its_client_and_may_contain_colons() {
    let scene = scene();
    let identity = scene.basic("acme:right:secret").await.unwrap();
    assert_eq!(identity.tenant.as_str(), "acme-tenant");
    let unpadded = BASE64.encode("acme:right:secret").trim_end_matches('=').to_owned();
    assert!(scene.present(&format!("bAsIc {unpadded}")).await.is_ok());
}

#[tokio::test]
async fn every_other_credential_is_refused_alike() {
    let scene = scene();
    let none = scene.authenticator.authenticate(&HeaderMap::new(), Schemes::Basic).await;
    assert_eq!(none, Err(AuthenticationError::Refused));
    for header in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic =",
        "Basic YWNtZQ==",
        "Bearer abc",
        "Basic /w==",
        "basic YWNtZTo=",
    ] {
        assert_eq!(scene.present(header).await, Err(AuthenticationError::Refused), "{header}");
    }
    for credential in ["acme:", ":right:secret", "acme:wrong", "other:right:secret", "a#b:x", ":"] {
        let outcome = scene.basic(credential).await;
        assert_eq!(outcome, Err(AuthenticationError::Refused), "{credential}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let scene = scene();
    let mut headers = HeaderMap::new();
    let right = format!("Basic {}", BASE64.encode("acme:right:secret"));
    headers.append(header::AUTHORIZATION, HeaderValue::from_str(&right).unwrap());
    headers.append(header::AUTHORIZATION, HeaderValue::from_str(&right).unwrap());
    let outcome = scene.authenticator.authenticate(&headers, Schemes::Basic).await;
    assert_eq!(outcome, Err(AuthenticationError::Refused));
}

#[tokio::test]
async fn a_disabled_client_is_refused_once_its_minute_is_over() {
    let scene = scene();
    assert!(scene.basic("acme:right:secret").await.is_ok());
    scene.directory.clients.lock().unwrap()[0].disabled = true;
    scene.pass(61);
    let outcome = scene.basic("acme:right:secret").await;
    assert_eq!(outcome, Err(AuthenticationError::Refused));
}

#[tokio::test]
async fn a_known_client_costs_one_read_a_minute() {
    let scene = scene();
    for _ in 0..5 {
        assert!(scene.basic("acme:right:secret").await.is_ok());
        scene.pass(10);
    }
    assert_eq!(scene.reads(), 1);
    scene.pass(11);
    assert!(scene.basic("acme:right:secret").await.is_ok());
    assert_eq!(scene.reads(), 2);
}

#[tokio::test]
async fn guesses_cost_one_read_in_five_seconds() {
    let scene = scene();
    for _ in 0..50 {
        assert!(scene.basic("acme:guess").await.is_err());
        assert!(scene.basic("nobody:guess").await.is_err());
    }
    assert_eq!(scene.reads(), 2);
}

#[tokio::test]
async fn a_new_secret_works_before_the_cached_client_expires() {
    let scene = scene();
    assert!(scene.basic("acme:right:secret").await.is_ok());
    let hash = SecretHasher::new("pepper").hash("new");
    scene.directory.clients.lock().unwrap()[0].secrets.push(hash);
    scene.pass(6);
    assert!(scene.basic("acme:new").await.is_ok());
    assert!(scene.basic("acme:right:secret").await.is_ok());
}

#[tokio::test]
async fn a_directory_that_is_down_is_no_refusal() {
    let scene = scene_of(Directory { down: true, ..Directory::default() });
    let outcome = scene.basic("acme:right:secret").await;
    assert_eq!(outcome, Err(AuthenticationError::Unavailable(DirectoryUnavailable)));
}

#[tokio::test]
async fn a_tenant_over_its_rate_is_told_when_to_come_again() {
    let mut scene = scene();
    scene.authenticator = scene.authenticator.with_rate(Rate { per_second: 0.5, burst: 1.0 });
    assert!(scene.basic("acme:right:secret").await.is_ok());
    let outcome = scene.basic("acme:right:secret").await;
    assert_eq!(outcome, Err(AuthenticationError::Throttled { retry_after_seconds: 2 }));
}
