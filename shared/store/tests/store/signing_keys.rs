use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    clock::Clock,
    identity::signing::{
        KeyRing, KeyState, NewKey, PrivateKey, PublicKey, PublicKeys, VERIFIES_AFTER_RETIREMENT,
    },
};
use store::{DynamoPublicKeys, Rotation, SigningKeys};
use testkit::{Fault, FixedClock, TestTable};

static MADE: AtomicU32 = AtomicU32::new(0);

fn make() -> NewKey {
    let id = format!("kid-{}", MADE.fetch_add(1, Ordering::Relaxed));
    let id = id.parse().expect("tests use valid ids");
    let public = PublicKey { id, x: "x".to_owned(), y: "y".to_owned() };
    NewKey { public, private: PrivateKey("pkcs8".to_owned()) }
}

struct Scene {
    db: TestTable,
    keys: SigningKeys,
    public: DynamoPublicKeys,
    clock: FixedClock,
}

async fn scene() -> Scene {
    let db = TestTable::create().await;
    let clock = FixedClock::default();
    let keys = SigningKeys::new(db.table.clone());
    let public = DynamoPublicKeys::new(db.table.clone(), Arc::new(clock.clone()));
    Scene { db, keys, public, clock }
}

impl Scene {
    async fn first(&self) -> KeyRing {
        self.keys.list_or_make(make, self.clock.now()).await.expect("the table answers")
    }

    async fn rotate(&self) -> Rotation {
        self.keys.rotate(make, self.clock.now()).await.expect("the table answers")
    }

    async fn verifies(&self, key: &PublicKey) -> bool {
        self.public.public_key(&key.id).await.expect("the table answers").as_ref() == Some(key)
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn active(ring: &KeyRing) -> PublicKey {
    ring.active().expect("a ring has an active key").0.clone()
}

#[tokio::test]
async fn the_first_keys_are_made_once_however_many_ask() {
    let scene = scene().await;
    assert_eq!(scene.keys.list().await.unwrap(), None);
    let rings = futures::future::join_all((0..8).map(|_| scene.first())).await;
    assert!(rings.iter().all(|ring| *ring == rings[0]));
    assert_eq!(scene.keys.list().await.unwrap().as_ref(), Some(&rings[0]));
    for key in &rings[0].keys {
        assert!(scene.verifies(&key.public).await);
    }
}

#[tokio::test]
async fn the_first_keys_whose_answer_is_lost_are_made_once() {
    let scene = scene().await;
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    let ring = scene.first().await;
    assert_eq!(scene.first().await, ring);
}

#[tokio::test]
async fn a_retired_key_verifies_until_its_time_and_no_longer() {
    let scene = scene().await;
    let old = active(&scene.first().await);
    let Rotation::Done(ring) = scene.rotate().await else { panic!("overtaken") };
    assert_ne!(active(&ring), old);
    assert_eq!(scene.keys.list().await.unwrap(), Some(ring.clone()));
    assert!(scene.verifies(&old).await);
    assert!(scene.verifies(&active(&ring)).await);
    scene.clock.advance(VERIFIES_AFTER_RETIREMENT);
    assert!(!scene.verifies(&old).await);
    assert!(scene.verifies(&active(&ring)).await);
    let Rotation::Done(ring) = scene.rotate().await else { panic!("overtaken") };
    let states: Vec<_> = ring.keys.iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyState::Next, KeyState::Active, KeyState::Retired]);
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_done() {
    let scene = scene().await;
    scene.first().await;
    let gate = scene.db.proxy.hold_next("TransactWriteItems");
    let second = async {
        gate.reached().await;
        let second = scene.rotate().await;
        gate.open();
        second
    };
    let (first, second) = futures::future::join(scene.rotate(), second).await;
    assert_eq!(first, Rotation::Overtaken);
    assert!(matches!(second, Rotation::Done(_)));
}

#[tokio::test]
async fn the_item_of_a_public_key_holds_nothing_private() {
    let scene = scene().await;
    let ring = scene.first().await;
    for key in &ring.keys {
        let item = scene
            .db
            .direct
            .get_item()
            .table_name(&scene.db.name)
            .key("pk", text(format!("KEY#{}", key.public.id)))
            .key("sk", text("KEY"))
            .send()
            .await
            .unwrap();
        assert!(!format!("{:?}", item.item.unwrap()).contains("pkcs8"));
    }
}
