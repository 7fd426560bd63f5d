use domain::{
    carrier::{Hosting, OrderStatus, PartyCredentials},
    clock::Clock,
    identity::{Client, Tenant},
    order::Lifecycle,
    webhook::Secret,
};
use store::{
    ClientAdministration, DynamoParties, DynamoPublisher, DynamoWatchdog, Leased, OpenOrder,
    PendingPublication, Subject,
};
use time::Duration;

use super::scene::{CarrierCommitted, Scene};

impl Scene {
    async fn pending(&self, id: &str) -> PendingPublication {
        let publisher = DynamoPublisher::new(self.db.table.clone());
        publisher.pending(id).await.unwrap().expect("the order is there")
    }

    async fn overdue(&self) -> Vec<OpenOrder> {
        let watchdog = DynamoWatchdog::new(self.db.table.clone());
        let mut all = Vec::new();
        for shard in 0..DynamoWatchdog::SHARDS {
            all.extend(watchdog.overdue(shard, self.clock.now()).await.unwrap());
        }
        all
    }

    /// A client of a tenant that acts for a party.
    async fn client(&self, id: &str, tenant: &str, party: &str) {
        let client = Client {
            id: id.parse().unwrap(),
            tenant: tenant.parse().unwrap(),
            roles: std::iter::once(domain::identity::Role::Buyer).collect(),
            parties: std::iter::once(party.to_owned()).collect(),
            secrets: Vec::new(),
            disabled: false,
        };
        let clients = ClientAdministration::new(self.db.table.clone());
        assert!(clients.add(&client).await.unwrap());
    }
}

#[tokio::test]
async fn both_sides_of_an_order_hear_of_it_and_nobody_else() {
    let scene = Scene::new().await;
    scene.client("one", "a", "Verizon").await;
    scene.client("two", "a", "Verizon").await;
    scene.client("three", "b", "Verizon").await;
    scene.client("four", "c", "Comcast").await;
    let order = scene.placed("Verizon", "PO-1").await;
    scene.client("seller", "s", &order.order.header.seller.to_string()).await;
    let publisher = scene.pending(order.order.header.id.as_str()).await;
    let expected: Vec<Tenant> = ["a", "b", "s"].map(|name| name.parse().unwrap()).into();
    assert_eq!(publisher.audience, expected);
    let Subject::Carrier(found) = &publisher.subject else { panic!("{publisher:?}") };
    assert_eq!(found.header, order.order.header);
}

#[tokio::test]
async fn every_status_of_a_carrier_order_is_pending_until_it_is_published() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let placed = scene.placed("Verizon", "PO-1").await;
    let id = placed.order.header.id.as_str();
    for to in [OrderStatus::InProgress, OrderStatus::InProgress, OrderStatus::Completed] {
        let (order, lease) = scene.leased(&placed.order.header.id).await;
        assert_eq!(scene.step(&order, to, Some(&lease)).await.unwrap(), CarrierCommitted::Done);
    }
    let found = scene.pending(id).await;
    let pending: Vec<_> = found.changes.iter().map(|h| (h.sequence, h.status.as_str())).collect();
    assert_eq!(pending, [(1, "ACKNOWLEDGED"), (2, "IN_PROGRESS"), (3, "COMPLETED")]);
    for change in &found.changes {
        assert!(
            publisher
                .publish(&found, std::slice::from_ref(change), &[], scene.clock.now())
                .await
                .unwrap()
        );
    }
    assert_eq!(scene.pending(id).await.changes, []);
}

#[tokio::test]
async fn a_history_of_any_length_is_published_whole_and_the_order_stays_small() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    for n in 0..160 {
        let order = scene.read(&id).await;
        assert!(order.history().len() <= 100, "{}", order.history().len());
        assert_eq!(order.sequence(), n + 1);
        let to = if n % 2 == 0 { OrderStatus::Held } else { OrderStatus::Acknowledged };
        assert_eq!(scene.step(&order, to, None).await.unwrap(), CarrierCommitted::Done);
    }
    let mut published = Vec::new();
    loop {
        let found = scene.pending(id.as_str()).await;
        for change in &found.changes {
            assert!(
                publisher
                    .publish(&found, std::slice::from_ref(change), &[], scene.clock.now())
                    .await
                    .unwrap()
            );
            published.push((change.sequence, change.status.clone()));
        }
        if !found.has_more {
            break;
        }
    }
    let expected = (1..=161).map(|n| (n, if n % 2 == 0 { "HELD" } else { "ACKNOWLEDGED" }));
    assert!(expected.map(|(n, status)| (n, status.to_owned())).eq(published));
    assert_eq!(scene.pending(id.as_str()).await.changes, []);
    let order = scene.read(&id).await;
    assert_eq!(
        scene.step(&order, OrderStatus::Cancelled, None).await.unwrap(),
        CarrierCommitted::Done
    );
}

#[tokio::test]
async fn a_notification_is_marked_as_pushed_once() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let placed = scene.placed("Verizon", "PO-1").await;
    let id = &placed.order.header.id;
    let step = async || {
        let order = scene.read(id).await;
        scene.step(&order, OrderStatus::InProgress, None).await.unwrap()
    };
    assert!(!scene.pending(id.as_str()).await.has_unpushed());
    assert_eq!(step().await, CarrierCommitted::Done);
    let first = scene.pending(id.as_str()).await;
    assert_eq!(step().await, CarrierCommitted::Done);
    let both = scene.pending(id.as_str()).await;
    let versions = async |found: &PendingPublication| {
        let unpushed = publisher.unpushed(found, id, 0).await.unwrap();
        unpushed.iter().map(|new| new.version).collect::<Vec<_>>()
    };
    assert_eq!((versions(&first).await, versions(&both).await), (vec![1], vec![1, 2]));
    assert!(publisher.pushed(&both).await.unwrap());
    assert!(!publisher.pushed(&both).await.unwrap());
    assert!(!publisher.pushed(&first).await.unwrap(), "a late one takes nothing back");
    assert!(!scene.pending(id.as_str()).await.has_unpushed());
}

#[tokio::test]
async fn a_question_is_answered_once_however_often_it_is_seen() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let placed = scene.placed("Verizon", "PO-1").await;
    let id = placed.order.header.id.as_str();
    assert_eq!(scene.pending(id).await.unanswered(), None);
    scene.work.ask(&placed.order.header.id, None, scene.clock.now()).await.unwrap();
    scene.work.ask(&placed.order.header.id, None, scene.clock.now()).await.unwrap();
    let asked = scene.pending(id).await;
    assert_eq!(asked.unanswered(), Some(2));
    assert!(publisher.pushed(&asked).await.unwrap());
    assert!(!publisher.pushed(&asked).await.unwrap());
    assert_eq!(scene.pending(id).await.unanswered(), None);
    assert_eq!(
        scene.read(&placed.order.header.id).await.order.entity_tag,
        placed.order.entity_tag,
        "asking changes nothing"
    );
}

#[tokio::test]
async fn any_number_of_notifications_is_read_some_at_a_time() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    for _ in 0..30 {
        let order = scene.read(&id).await;
        let to = order.status();
        assert_eq!(scene.step(&order, to, None).await.unwrap(), CarrierCommitted::Done);
    }
    let found = scene.pending(id.as_str()).await;
    let versions = async |found: &PendingPublication, after| {
        let unpushed = publisher.unpushed(found, &id, after).await.unwrap();
        unpushed.iter().map(|new| new.version).collect::<Vec<_>>()
    };
    assert_eq!(versions(&found, 0).await, Vec::from_iter(1..=25));
    assert!(publisher.pushed_until(&found, 25).await.unwrap());
    assert!(!publisher.pushed_until(&found, 25).await.unwrap());
    assert_eq!(versions(&found, 25).await, Vec::from_iter(26..=30));
    assert_eq!(versions(&found, 30).await, Vec::<u32>::new());
    // Whoever reads the order now begins there.
    let rest = scene.pending(id.as_str()).await;
    assert_eq!(versions(&rest, 0).await, Vec::from_iter(26..=30));
    assert!(publisher.pushed(&rest).await.unwrap());
    assert!(!scene.pending(id.as_str()).await.has_unpushed());
}

#[tokio::test]
async fn a_status_request_of_an_order_at_rest_is_watched() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let watchdog = DynamoWatchdog::new(scene.db.table.clone());
    let (rests, waits) = (scene.placed("Verizon", "PO-1").await, scene.bought("PO-2").await);
    let (at_rest, waiting) = (&rests.order.header.id, &waits.order.header.id);
    let (now, length) = (scene.clock.now(), Duration::seconds(90));
    let leased = scene.bought.lease(waiting, "one".to_owned(), length, now).await.unwrap();
    let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
    let until = Some(now + Duration::days(45));
    scene.bought.release_lease(&order, &lease, &until, now).await.unwrap();
    scene.step(&rests, OrderStatus::Held, None).await.unwrap();
    for id in [at_rest, waiting] {
        let found = scene.pending(id.as_str()).await;
        for change in &found.changes {
            publisher
                .publish(&found, std::slice::from_ref(change), &[], scene.clock.now())
                .await
                .unwrap();
        }
        publisher.pushed(&found).await.unwrap();
    }
    let all_published = scene.pending(at_rest.as_str()).await;
    scene.clock.advance(Duration::SECOND);
    let stale = scene.overdue().await;
    let now = scene.clock.now();
    for id in [at_rest, waiting] {
        scene.work.ask(id, None, now).await.unwrap();
    }
    // Whoever has read that nothing is left to publish leaves the watchdog alone.
    publisher.clear_watchdog(&all_published).await.unwrap();
    for order in &stale {
        assert!(!watchdog.clear_watchdog(order, now).await.unwrap());
    }
    scene.clock.advance(Duration::SECOND);
    let due = scene.overdue().await;
    assert_eq!(due.len(), 2, "{due:?}");
    assert!(due.iter().all(|order| order.unpublished && !order.works(scene.clock.now())));
    for id in [at_rest, waiting] {
        let found = scene.pending(id.as_str()).await;
        assert!(found.unanswered().is_some());
        publisher.pushed(&found).await.unwrap();
    }
    for order in scene.overdue().await {
        assert!(watchdog.clear_watchdog(&order, scene.clock.now()).await.unwrap());
    }
    assert_eq!(scene.overdue().await, []);
    // A request of an order that nothing else is due on.
    scene.work.ask(at_rest, None, scene.clock.now()).await.unwrap();
    scene.clock.advance(Duration::SECOND);
    assert_eq!(scene.overdue().await.len(), 1);
}

#[tokio::test]
async fn an_order_rests_when_it_is_somebody_elses_turn_and_all_is_told() {
    let scene = Scene::new().await;
    let (publisher, watchdog) =
        (DynamoPublisher::new(scene.db.table.clone()), DynamoWatchdog::new(scene.db.table.clone()));
    let placed = scene.placed("Verizon", "PO-1").await;
    let id = placed.order.header.id.as_str();
    // The scene's steps leave no work behind.
    scene.step(&placed, OrderStatus::Held, None).await.unwrap();
    scene.clock.advance(Duration::SECOND);
    let (now, due) = (scene.clock.now(), scene.overdue().await);
    assert!(due.len() == 1 && due[0].unpublished && !due[0].works(now), "{due:?}");
    let found = scene.pending(id).await;
    for change in &found.changes {
        assert!(publisher.publish(&found, std::slice::from_ref(change), &[], now).await.unwrap());
    }
    publisher.pushed(&found).await.unwrap();
    let due = scene.overdue().await;
    assert!(due.len() == 1 && !due[0].unpublished);
    let stale = due[0].clone();
    assert!(watchdog.clear_watchdog(&due[0], now).await.unwrap());
    assert_eq!(scene.overdue().await, []);
    // Or at once, by whoever did the last of it.
    scene.step(&scene.read(&placed.order.header.id).await, OrderStatus::Held, None).await.unwrap();
    scene.clock.advance(Duration::SECOND);
    let found = scene.pending(id).await;
    publisher.clear_watchdog(&found).await.unwrap();
    assert_eq!(scene.overdue().await.len(), 1, "a notification is left");
    publisher.pushed(&found).await.unwrap();
    publisher.clear_watchdog(&found).await.unwrap();
    assert_eq!(scene.overdue().await, []);
    assert!(!watchdog.clear_watchdog(&stale, now).await.unwrap());
    let order = scene.read(&placed.order.header.id).await;
    scene.step(&order, OrderStatus::InProgress, None).await.unwrap();
    scene.clock.advance(Duration::SECOND);
    assert_eq!(scene.overdue().await.len(), 1, "a new state is watched again");
    assert!(!watchdog.clear_watchdog(&stale, now).await.unwrap());
}

#[tokio::test]
async fn an_order_that_waits_as_it_should_is_driven_again_and_is_not_late() {
    let scene = Scene::new().await;
    let publisher = DynamoPublisher::new(scene.db.table.clone());
    let watchdog = DynamoWatchdog::new(scene.db.table.clone());
    let placed = scene.bought("PO-1").await;
    let only = async || {
        let [order] = scene.overdue().await.try_into().unwrap();
        let now = scene.clock.now();
        (order.works(now), order.is_late(now))
    };
    let (now, id) = (scene.clock.now(), &placed.order.header.id);
    let leased =
        scene.bought.lease(id, "one".to_owned(), Duration::seconds(90), now).await.unwrap();
    let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
    let until = now + Duration::hours(1);
    scene.bought.release_lease(&order, &lease, &Some(until), now).await.unwrap();
    assert_eq!(scene.overdue().await, []);
    scene.clock.advance(Duration::HOUR);
    assert_eq!(only().await, (true, true), "it is not told");
    let found = scene.pending(placed.order.header.id.as_str()).await;
    assert!(publisher.publish(&found, &found.changes[..1], &[], scene.clock.now()).await.unwrap());
    assert_eq!(only().await, (true, false));
    // Driven again, and nothing comes of it.
    let [order] = scene.overdue().await.try_into().unwrap();
    let next = scene.clock.now() + Duration::minutes(2);
    assert!(watchdog.reschedule(&order, next, scene.clock.now()).await.unwrap());
    scene.clock.advance(Duration::minutes(2));
    assert_eq!(only().await, (true, true));
}

#[tokio::test]
async fn what_a_party_is_shown_is_kept_and_replaced() {
    let scene = Scene::new().await;
    let parties = DynamoParties::new(scene.db.table.clone());
    let party = serde_json::from_value::<domain::carrier::Party>(serde_json::json!({
        "id": "Verizon", "hosting": Hosting::Remote, "fulfilment": "MANUAL",
        "callbackBase": "https://buyer.example.com",
    }))
    .unwrap();
    let shown = |secret: &str| PartyCredentials {
        client_id: "us".to_owned(),
        client_secret: secret.to_owned(),
        signing: Secret::from_bytes(vec![7; 32]).unwrap(),
    };
    assert_eq!(parties.credentials(&party.id).await.unwrap(), None);
    for secret in ["one", "two"] {
        assert!(parties.put_with(&party, Some(&shown(secret))).await.unwrap());
        assert_eq!(parties.credentials(&party.id).await.unwrap(), Some(shown(secret)));
    }
    assert!(parties.put(&party).await.unwrap());
    assert_eq!(parties.credentials(&party.id).await.unwrap(), Some(shown("two")));
    assert!(!format!("{:?}", shown("secret-1")).contains("secret-1"));
}

#[tokio::test]
async fn a_marked_carrier_order_keeps_its_first_time_and_stays_listed_until_it_goes_on() {
    let scene = Scene::new().await;
    let watchdog = DynamoWatchdog::new(scene.db.table.clone());
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    let read = async || watchdog.get(id.as_str()).await.unwrap().unwrap();
    let first = scene.clock.now();
    let (order, lease) = scene.leased(&id).await;
    scene.work.mark_needs_intervention(&order, &lease, "first", first).await.unwrap();
    scene.clock.advance(Duration::minutes(2));
    let (order, lease) = scene.leased(&id).await;
    scene.work.release_lease(&order, &lease, &None, scene.clock.now()).await.unwrap();
    assert_eq!(scene.overdue().await, []);
    let mark = read().await.needs_intervention.unwrap();
    assert_eq!((mark.since, mark.retried), (first, true));
    let (order, lease) = scene.leased(&id).await;
    let now = scene.clock.now();
    scene.work.mark_needs_intervention(&order, &lease, "second", now).await.unwrap();
    let mark = read().await.needs_intervention.unwrap();
    assert_eq!((mark.since, &*mark.why, mark.retried), (first, "second", false));
    let (order, lease) = scene.leased(&id).await;
    let step = scene.step(&order, OrderStatus::InProgress, Some(&lease)).await.unwrap();
    assert_eq!((step, read().await.needs_intervention), (CarrierCommitted::Done, None));
}
