use domain::{
    clock::Clock,
    webhook::{
        DisableReason, Endpoint, EndpointId, EventType, Failure, Health, Outcome, Patterns, Secret,
        Secrets,
    },
};
use store::{DynamoEndpoints, EndpointAdded, EndpointHealth};
use time::Duration;

use crate::scene::{Scene, WATCH, tenant};

pub(crate) fn endpoint(scene: &Scene, of: &str) -> Endpoint {
    let now = scene.clock.now();
    scene.clock.advance(Duration::MILLISECOND);
    Endpoint {
        id: EndpointId::new(now, &scene.random),
        tenant: tenant(of),
        url: "https://receiver.example.com/hook".parse().unwrap(),
        events: Patterns::parse("/events", ["*"]).unwrap(),
        secrets: Secrets::new(Secret::new(&scene.random)),
        health: Health::default(),
        created_at: now,
        revision: 1,
    }
}

#[tokio::test]
async fn an_endpoint_is_read_as_it_was_registered() {
    let scene = Scene::new().await;
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let mut one = endpoint(&scene, "a");
    for _ in 0..3 {
        let secrets = one.secrets.rotated(Secret::new(&scene.random), one.created_at);
        one.secrets = secrets.unwrap();
    }
    one.health = Health {
        failing_since: Some(one.created_at),
        slow_since: Some(one.created_at),
        disabled: None,
    };
    assert_eq!(endpoints.add(&one).await.unwrap(), EndpointAdded::Done);
    assert_eq!(endpoints.all(&tenant("a")).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(endpoints.find(&tenant("a"), &one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(endpoints.find(&tenant("b"), &one.id).await.unwrap(), None);
    let now = one.created_at;
    let refused =
        endpoints.remove(&tenant("a"), &one.id, None, now, |_| Err("changed")).await.unwrap();
    assert_eq!(refused, Some(Err("changed")));
    let remove =
        async || endpoints.remove(&tenant("a"), &one.id, None, now, |_| Ok::<_, ()>(())).await;
    assert_eq!(remove().await.unwrap(), Some(Ok(())));
    assert_eq!(remove().await.unwrap(), None);
}

#[tokio::test]
async fn of_many_registered_at_once_ten_are_kept() {
    let scene = Scene::new().await;
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let many: Vec<_> = (0..13).map(|_| endpoint(&scene, "a")).collect();
    let added = futures::future::join_all(many.iter().map(|one| endpoints.add(one))).await;
    let mut kept = added.iter().filter(|added| matches!(added, Ok(EndpointAdded::Done))).count();
    // Who found no place among so many comes again.
    for (one, added) in many.iter().zip(&added) {
        if added.is_err() {
            kept += usize::from(endpoints.add(one).await.unwrap() == EndpointAdded::Done);
        }
    }
    assert_eq!((kept, endpoints.all(&tenant("a")).await.unwrap().len()), (10, 10));
    let other = endpoint(&scene, "b");
    assert_eq!(endpoints.add(&other).await.unwrap(), EndpointAdded::Done);
}

#[tokio::test]
async fn an_endpoint_that_is_disabled_is_told_to_the_others_and_to_nobody_else() {
    let scene = Scene::new().await;
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let (gone, other) = (endpoint(&scene, "a"), endpoint(&scene, "a"));
    let stranger = endpoint(&scene, "b");
    for one in [&gone, &other, &stranger] {
        endpoints.add(one).await.unwrap();
    }
    let now = scene.clock.now();
    let failed = Outcome::of_failure(Failure::TimedOut);
    let attempted = |outcome| {
        let endpoints = &endpoints;
        let id = gone.id.clone();
        async move {
            let result = (&outcome, Duration::ZERO);
            endpoints.attempted(&tenant("a"), &id, result, now, now + WATCH).await
        }
    };
    let failing = Health { failing_since: Some(now), ..Health::default() };
    assert_eq!(attempted(failed).await.unwrap(), EndpointHealth::Changed(failing));
    let read = endpoints.find(&tenant("a"), &gone.id).await.unwrap().unwrap();
    assert_eq!(read.health.failing_since, Some(now));
    let health = attempted(Outcome::Gone).await.unwrap();
    let EndpointHealth::Disabled(disabled, told) = health else { panic!("{health:?}") };
    assert_eq!(disabled.why, DisableReason::Gone);
    let told: Vec<_> = told.iter().map(|t| (&t.delivery.endpoint, t.event)).collect();
    assert_eq!(told, [(&other.id, EventType::WebhookDisabled)]);
    let again = attempted(Outcome::Gone).await.unwrap();
    assert!(matches!(again, EndpointHealth::Changed(health) if health.is_disabled()));
    let refused = endpoints.change(&tenant("a"), &gone.id, None, now, |_| Err(())).await.unwrap();
    assert_eq!(refused, Some(Err(())), "nothing is changed");
    let enabled = endpoints
        .change(&tenant("a"), &gone.id, None, now, |read| {
            Ok::<_, ()>(Endpoint { health: Health::default(), ..read })
        })
        .await;
    assert!(!enabled.unwrap().unwrap().unwrap().health.is_disabled());
}
