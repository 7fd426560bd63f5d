use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use domain::identity::{Role, SecretHash};
use http::{HeaderValue, header};
use time::{Duration, OffsetDateTime};

use super::*;

/// A clock set by the test.
struct TestClock(Mutex<OffsetDateTime>);

impl Clock for TestClock {
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

struct Fixture {
    authenticator: Authenticator<&'static Directory>,
    directory: &'static Directory,
    clock: Arc<TestClock>,
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

fn fixture_of(directory: Directory) -> Fixture {
    let directory: &'static Directory = Box::leak(Box::new(directory));
    let start = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    let clock = Arc::new(TestClock(Mutex::new(start)));
    let authenticator =
        Authenticator::new(directory, SecretHasher::new("pepper")).with_clock(clock.clone());
    Fixture { authenticator, directory, clock }
}

fn fixture() -> Fixture {
    let hash = SecretHasher::new("pepper").hash("right:secret");
    fixture_of(Directory { clients: Mutex::new(vec![client(hash)]), ..Directory::default() })
}

impl Fixture {
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
async fn a_valid_secret_identifies_its_client_and_may_contain_colons() {
    let fixture = fixture();
    let identity = fixture.basic("acme:right:secret").await.unwrap();
    assert_eq!(identity.tenant.as_str(), "acme-tenant");
    let unpadded = BASE64.encode("acme:right:secret").trim_end_matches('=').to_owned();
    assert!(fixture.present(&format!("bAsIc {unpadded}")).await.is_ok());
}

#[tokio::test]
async fn every_other_credential_has_the_same_refusal() {
    let fixture = fixture();
    let none = fixture.authenticator.authenticate(&HeaderMap::new(), Schemes::Basic).await;
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
        assert_eq!(fixture.present(header).await, Err(AuthenticationError::Refused), "{header}");
    }
    for credential in ["acme:", ":right:secret", "acme:wrong", "other:right:secret", "a#b:x", ":"] {
        let outcome = fixture.basic(credential).await;
        assert_eq!(outcome, Err(AuthenticationError::Refused), "{credential}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let fixture = fixture();
    let mut headers = HeaderMap::new();
    let right = format!("Basic {}", BASE64.encode("acme:right:secret"));
    headers.append(header::AUTHORIZATION, HeaderValue::from_str(&right).unwrap());
    headers.append(header::AUTHORIZATION, HeaderValue::from_str(&right).unwrap());
    let outcome = fixture.authenticator.authenticate(&headers, Schemes::Basic).await;
    assert_eq!(outcome, Err(AuthenticationError::Refused));
}

#[tokio::test]
async fn a_disabled_client_is_refused_after_a_minute() {
    let fixture = fixture();
    assert!(fixture.basic("acme:right:secret").await.is_ok());
    fixture.directory.clients.lock().unwrap()[0].disabled = true;
    fixture.pass(61);
    let outcome = fixture.basic("acme:right:secret").await;
    assert_eq!(outcome, Err(AuthenticationError::Refused));
}

#[tokio::test]
async fn a_known_client_is_read_once_a_minute() {
    let fixture = fixture();
    for _ in 0..5 {
        assert!(fixture.basic("acme:right:secret").await.is_ok());
        fixture.pass(10);
    }
    assert_eq!(fixture.reads(), 1);
    fixture.pass(11);
    assert!(fixture.basic("acme:right:secret").await.is_ok());
    assert_eq!(fixture.reads(), 2);
}

#[tokio::test]
async fn guesses_cause_one_read_in_five_seconds() {
    let fixture = fixture();
    for _ in 0..50 {
        assert!(fixture.basic("acme:guess").await.is_err());
        assert!(fixture.basic("nobody:guess").await.is_err());
    }
    assert_eq!(fixture.reads(), 2);
}

#[tokio::test]
async fn a_new_secret_works_before_the_cached_client_expires() {
    let fixture = fixture();
    assert!(fixture.basic("acme:right:secret").await.is_ok());
    let hash = SecretHasher::new("pepper").hash("new");
    fixture.directory.clients.lock().unwrap()[0].secrets.push(hash);
    fixture.pass(6);
    assert!(fixture.basic("acme:new").await.is_ok());
    assert!(fixture.basic("acme:right:secret").await.is_ok());
}

#[tokio::test]
async fn an_unavailable_directory_is_not_a_refusal() {
    let fixture = fixture_of(Directory { down: true, ..Directory::default() });
    let outcome = fixture.basic("acme:right:secret").await;
    assert_eq!(outcome, Err(AuthenticationError::Unavailable(DirectoryUnavailable)));
}

#[tokio::test]
async fn a_tenant_over_its_rate_receives_the_time_to_wait() {
    let mut fixture = fixture();
    fixture.authenticator = fixture.authenticator.with_rate(Rate { per_second: 0.5, burst: 1.0 });
    assert!(fixture.basic("acme:right:secret").await.is_ok());
    let outcome = fixture.basic("acme:right:secret").await;
    assert_eq!(outcome, Err(AuthenticationError::Throttled { retry_after_seconds: 2 }));
}

#[tokio::test]
async fn a_secret_is_accepted_before_while_and_after_the_pepper_is_replaced() {
    const OLD: &str = "the pepper of the first year, for all clients";
    const NEW: &str = "the pepper of the second year, for all clients";
    let both = format!("{NEW}\n{OLD}");
    let clients = Mutex::new(vec![client(SecretHasher::new(OLD).hash("first"))]);
    let directory = fixture_of(Directory { clients, ..Directory::default() }).directory;
    // Each is a start of the functions, with nothing in memory.
    let accepts = async |peppers: &str, secret: &str| {
        let authenticator = Authenticator::new(directory, SecretHasher::new(peppers));
        let before = directory.reads.load(Ordering::Relaxed);
        let first = authenticator.authenticate_client("acme", secret).await.is_ok();
        let again = authenticator.authenticate_client("acme", secret).await.is_ok();
        assert_eq!(first, again);
        assert_eq!(
            directory.reads.load(Ordering::Relaxed),
            before + 1,
            "a cached one costs no call"
        );
        first
    };
    assert!(accepts(OLD, "first").await && accepts(&both, "first").await);
    assert!(!accepts(NEW, "first").await && !accepts(&both, "guess").await);
    let second = SecretHasher::new(&both).hash("second");
    directory.clients.lock().unwrap()[0].secrets.push(second);
    for (peppers, first, second) in [(OLD, true, false), (&*both, true, true), (NEW, false, true)] {
        let accepted = (accepts(peppers, "first").await, accepts(peppers, "second").await);
        assert_eq!(accepted, (first, second), "{peppers}");
    }
}
