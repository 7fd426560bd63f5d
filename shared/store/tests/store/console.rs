use domain::{
    clock::Clock as _,
    console::{ConsoleAccess, LINK_LIFETIME, OperatorName, SESSION_LIFETIME},
};
use store::DynamoConsole;
use testkit::{FixedClock, TestTable};
use time::Duration;

fn operator() -> OperatorName {
    "ada".parse().unwrap()
}

struct Scene {
    _db: TestTable,
    console: DynamoConsole,
    clock: FixedClock,
}

async fn scene() -> Scene {
    let db = TestTable::create().await;
    let console = DynamoConsole::new(db.table.clone());
    Scene { _db: db, console, clock: FixedClock::default() }
}

impl Scene {
    async fn open(&self, link: &str, session: &str) -> Option<ConsoleAccess> {
        self.console.open(link, session, self.clock.now()).await.unwrap()
    }

    async fn session(&self, digest: &str) -> Option<ConsoleAccess> {
        self.console.session(digest, self.clock.now()).await.unwrap()
    }
}

#[tokio::test]
async fn a_link_opens_one_session() {
    let scene = scene().await;
    let now = scene.clock.now();
    scene.console.add_link("link", operator(), now).await.unwrap();
    let sessions = ["one", "two", "three"];
    let opened = sessions.map(|session| scene.open("link", session));
    let opened: Vec<_> = futures::future::join_all(opened).await.into_iter().flatten().collect();
    assert_eq!(opened, [ConsoleAccess::session(operator(), now)], "one of three at once");
    assert_eq!(scene.open("link", "later").await, None);
    let mut found = 0;
    for session in sessions {
        found += usize::from(scene.session(session).await.is_some());
    }
    assert_eq!(found, 1);
    assert_eq!(scene.session("link").await, None, "a link is no session");
}

#[tokio::test]
async fn a_link_and_a_session_expire_though_their_items_are_still_there() {
    let scene = scene().await;
    let now = scene.clock.now();
    for link in ["used", "late"] {
        scene.console.add_link(link, operator(), now).await.unwrap();
    }
    scene.open("used", "session").await.unwrap();
    scene.clock.advance(LINK_LIFETIME);
    assert_eq!(scene.open("late", "other").await, None);
    assert!(scene.session("session").await.is_some());
    scene.clock.advance(SESSION_LIFETIME - LINK_LIFETIME - Duration::SECOND);
    assert!(scene.session("session").await.is_some());
    scene.clock.advance(Duration::SECOND);
    assert_eq!(scene.session("session").await, None);
}

#[tokio::test]
async fn a_session_that_ended_is_gone_and_may_be_ended_again() {
    let scene = scene().await;
    scene.console.add_link("link", operator(), scene.clock.now()).await.unwrap();
    scene.open("link", "session").await.unwrap();
    for _ in 0..2 {
        scene.console.end("session").await.unwrap();
        assert_eq!(scene.session("session").await, None);
    }
    scene.console.end("never").await.unwrap();
}
