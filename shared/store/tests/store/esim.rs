//! eSIM orders: the pool, the lock, ends, progress.

#[path = "esim/by_hand.rs"]
mod by_hand;
#[path = "esim/scene.rs"]
mod scene;

use std::collections::BTreeSet;

use domain::{
    clock::Clock,
    esim::{
        Customer, DownloadProgress, EsimOperation, EsimOrderEvent, EsimOrderStatus, Failure,
        FailureKind, Fulfilment, Installation, NotificationPoint, PointStatus, Product,
        ProfileFate,
    },
};
use store::{
    Authority, DynamoCatalogue, DynamoProgress, ImportedProfiles, NotedProgress, PlacedEsimOrder,
    ReservedProfile,
};
use testkit::Fault;
use time::Duration;

use scene::{LEASE, Scene, consumer, details, iccids, tenant};

#[tokio::test]
async fn an_order_is_read_as_it_was_placed() {
    let scene = Scene::new().await;
    let order = scene.placed().await;
    assert_eq!(scene.orders.get(order.id).await.unwrap(), Some(order));
}

#[tokio::test]
async fn of_64_orders_on_50_profiles_50_get_one_each_and_14_none() {
    let scene = Scene::new().await;
    let imported = scene.stock.import(&consumer(), &iccids(50)).await.unwrap();
    assert_eq!(imported, ImportedProfiles { new: 50, ..ImportedProfiles::default() });
    let mut leased = Vec::new();
    for _ in 0..64 {
        leased.push(scene.leased(scene.placed().await.id).await);
    }
    let all = leased.iter().map(|(order, lease)| scene.reserve(order, lease));
    let (mut taken, mut waiting) = (BTreeSet::new(), Vec::new());
    for (reserved, (order, lease)) in futures::future::join_all(all).await.iter().zip(&leased) {
        match reserved {
            ReservedProfile::Mine(order) => {
                let profile = order.fulfilment.reservation().unwrap();
                assert!(taken.insert(profile.iccid.clone()), "given twice");
            }
            ReservedProfile::NoStock => waiting.push((order, lease)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((taken.len(), waiting.len()), (50, 14));
    assert!(!scene.stock.has_free("consumer").await.unwrap());
    let watchdog = store::DynamoWatchdog::new(scene.db.table.clone());
    for (order, lease) in waiting {
        let now = scene.clock.now();
        scene.work.mark_needs_intervention(order, lease, "no stock", now).await.unwrap();
        let watched = watchdog.get(&order.id.to_string()).await.unwrap().unwrap();
        assert_eq!(watched.awaited_stock.as_deref(), Some("consumer"));
    }
    let imported = scene.stock.import(&consumer(), &iccids(64)[20..]).await.unwrap();
    assert_eq!(
        imported,
        ImportedProfiles { new: 14, known: 30, ..ImportedProfiles::default() },
        "taken ones are not freed"
    );
}

#[tokio::test]
async fn a_reservation_whose_answer_was_lost_is_the_orders() {
    let scene = Scene::new().await;
    scene.stock.import(&consumer(), &iccids(3)).await.unwrap();
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    let (order, _, reservation) = scene.reserved().await;
    let stored = scene.orders.get(order.id).await.unwrap().unwrap();
    assert_eq!(stored, order);
    assert_eq!(stored.fulfilment, Fulfilment::ProfileReserved(reservation));
    assert_eq!(stored.status, EsimOrderStatus::Fulfilling);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_takes_no_profile_and_writes_no_step() {
    let scene = Scene::new().await;
    scene.stock.import(&consumer(), &iccids(3)).await.unwrap();
    let (slept, old) = scene.leased(scene.placed().await.id).await;
    scene.clock.advance(LEASE + Duration::SECOND);
    scene.leased(slept.id).await;
    assert_eq!(scene.reserve(&slept, &old).await, ReservedProfile::Superseded);
    let step = EsimOrderEvent::Advanced(Fulfilment::NotStarted { replaced: 1 });
    let written = scene.commit(&slept, Authority::Worker(&old), step).await.unwrap();
    assert_eq!(written, None);
}

#[tokio::test]
async fn a_step_whose_answer_was_lost_is_written_once() {
    let scene = Scene::new().await;
    scene.stock.import(&consumer(), &iccids(1)).await.unwrap();
    let (order, lease, reservation) = scene.reserved().await;
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    let next = scene.advance(&order, &lease, Fulfilment::Downloaded(reservation)).await;
    assert_eq!(next.revision, order.revision + 1);
}

#[tokio::test]
async fn a_profile_is_given_back_only_by_the_order_that_holds_it() {
    let scene = Scene::new().await;
    scene.stock.import(&consumer(), &iccids(1)).await.unwrap();
    let (order, lease, reservation) = scene.reserved().await;
    let failure = Failure { kind: FailureKind::ProfileRefused, message: "no".to_owned() };
    let fate = || Some((reservation.iccid.clone(), ProfileFate::Returned));
    assert!(scene.fail(&order, &lease, &failure, fate()).await.unwrap());
    // The next order has it; the first one's end, come late, takes nothing away.
    let (next, ..) = scene.reserved().await;
    assert_eq!(next.fulfilment.reservation().unwrap().iccid, reservation.iccid);
    assert!(!scene.fail(&order, &lease, &failure, fate()).await.unwrap());
    // Nor does an order that believes to hold it.
    let (mut liar, lease) = scene.leased(scene.placed().await.id).await;
    liar.fulfilment = Fulfilment::ProfileReserved(reservation.clone());
    scene.fail(&liar, &lease, &failure, fate()).await.unwrap_err();
    assert!(!scene.stock.has_free("consumer").await.unwrap());
}

#[tokio::test]
async fn a_profile_that_is_given_up_is_free_for_nobody() {
    let scene = Scene::new().await;
    scene.stock.import(&consumer(), &iccids(1)).await.unwrap();
    let (order, lease, reservation) = scene.reserved().await;
    let order = scene.take_another(&order, &lease, &reservation.iccid).await;
    assert_eq!(scene.reserve(&order, &lease).await, ReservedProfile::NoStock);
    let imported = scene.stock.import(&consumer(), &[reservation.iccid]).await.unwrap();
    assert_eq!(imported, ImportedProfiles { known: 1, ..ImportedProfiles::default() });
}

#[tokio::test]
async fn of_64_top_ups_of_one_esim_one_is_placed_and_its_end_unlocks() {
    let scene = Scene::new().await;
    let (customer, esim) = scene.completed().await;
    let operation = EsimOperation::Topup { iccid: esim.iccid.clone() };
    let orders: Vec<_> = (0..64).map(|_| scene.order(operation.clone(), customer.id)).collect();
    let placed = orders.iter().map(|order| scene.place(order, None, Some(&esim)));
    let placed = futures::future::join_all(placed).await;
    let done = placed.iter().position(|placed| *placed == PlacedEsimOrder::Done).unwrap();
    let others = placed.iter().filter(|p| **p == PlacedEsimOrder::Outstanding(orders[done].id));
    assert_eq!(others.count(), 63);
    let (order, lease) = scene.leased(orders[done].id).await;
    let order = scene.advance(&order, &lease, Fulfilment::PlanAdded { profile: None }).await;
    assert!(scene.complete(&order, &lease).await);
    let now = scene.esim(&esim.iccid).await;
    assert_eq!((now.outstanding_order, now.plans.len()), (None, 2));
    // Decided by what the eSIM was: not placed.
    let late = scene.order(operation, customer.id);
    assert_eq!(scene.place(&late, None, Some(&esim)).await, PlacedEsimOrder::Changed);
}

#[tokio::test]
async fn a_failed_top_up_unlocks_its_esim_without_a_plan() {
    let scene = Scene::new().await;
    let (customer, esim) = scene.completed().await;
    let operation = EsimOperation::Topup { iccid: esim.iccid.clone() };
    let order = scene.order(operation, customer.id);
    assert_eq!(scene.place(&order, None, Some(&esim)).await, PlacedEsimOrder::Done);
    let (order, lease) = scene.leased(order.id).await;
    let failure = Failure { kind: FailureKind::PlanRefused, message: "no".to_owned() };
    assert!(scene.fail(&order, &lease, &failure, None).await.unwrap());
    let now = scene.esim(&esim.iccid).await;
    assert_eq!((now.outstanding_order, now.plans.len()), (None, 1));
    let stored = scene.orders.get(order.id).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.failure), (EsimOrderStatus::Failed, Some(failure)));
}

#[tokio::test]
async fn two_first_orders_of_one_customer_create_it_once() {
    let scene = Scene::new().await;
    let [one, two] = [scene.customer(), scene.customer()];
    let order = |customer: &Customer| scene.order(EsimOperation::NewEsim, customer.id);
    let (first, second) = (order(&one), order(&two));
    assert_eq!(scene.place(&first, Some(&one), None).await, PlacedEsimOrder::Done);
    assert_eq!(scene.place(&second, Some(&two), None).await, PlacedEsimOrder::Changed);
    let known = scene.orders.known_for(&tenant(), &first.details).await.unwrap();
    assert_eq!(known.customer, Some(one));
}

#[tokio::test]
async fn progress_is_noted_on_order_and_esim_and_never_goes_back() {
    let scene = Scene::new().await;
    let (_, esim) = scene.completed().await;
    let notes = DynamoProgress::new(scene.db.table.clone());
    let told = |point, second| DownloadProgress {
        iccid: iccids(1).remove(0),
        eid: None,
        installation: Installation {
            point,
            status: PointStatus::Succeeded,
            at: scene.clock.now() + Duration::seconds(second),
        },
    };
    let news = told(NotificationPoint::Installed, 9);
    let NotedProgress::Noted(order) = notes.note(&news).await.unwrap() else { panic!("not noted") };
    assert_eq!(notes.note(&news).await.unwrap(), NotedProgress::Stale);
    let late = told(NotificationPoint::Confirmation, 1);
    assert_eq!(notes.note(&late).await.unwrap(), NotedProgress::Stale);
    let stored = scene.orders.get(order.id).await.unwrap().unwrap();
    assert_eq!(stored.installation.as_ref(), Some(&news.installation));
    assert_eq!(scene.esim(&esim.iccid).await.installation, Some(news.installation.clone()));
    let strange = DownloadProgress { iccid: iccids(2).remove(1), ..news };
    assert_eq!(notes.note(&strange).await.unwrap(), NotedProgress::Nobodys);
}

#[tokio::test]
async fn an_order_sees_the_products_it_names_of_its_own_tenants_catalogue() {
    let scene = Scene::new().await;
    let catalogue = DynamoCatalogue::new(scene.db.table.clone());
    let product = |id: &str| Product { id: id.parse().unwrap(), profile_type: consumer() };
    for id in ["P", "Q"] {
        assert!(catalogue.put_product(&tenant(), &product(id)).await.unwrap());
    }
    let elsewhere = "elsewhere".parse().unwrap();
    assert!(catalogue.put_product(&elsewhere, &product("R")).await.unwrap());
    let currencies = ["USD", "EUR"].map(|c| c.parse().unwrap());
    assert!(catalogue.put_currencies(&tenant(), currencies.clone().into()).await.unwrap());
    let order = details(EsimOperation::NewEsim);
    let known = scene.orders.known_for(&tenant(), &order).await.unwrap();
    let expected = domain::esim::Catalogue::of([product("P")], currencies);
    assert_eq!((known.catalogue, known.customer), (expected, None));
    let other = scene.orders.known_for(&elsewhere, &order).await.unwrap();
    assert!(other.catalogue.products.is_empty() && other.catalogue.currencies.is_empty());
}

#[tokio::test]
async fn every_status_of_an_esim_order_is_pending_until_it_is_published() {
    let scene = Scene::new().await;
    let telling = store::DynamoPublisher::new(scene.db.table.clone());
    scene.stock.import(&consumer(), &iccids(1)).await.unwrap();
    let (order, lease, reservation) = scene.reserved().await;
    let failure = Failure { kind: FailureKind::ProfileRefused, message: "refused".to_owned() };
    let fate = Some((reservation.iccid, ProfileFate::Returned));
    assert!(scene.fail(&order, &lease, &failure, fate).await.unwrap());
    let now = scene.clock.now();
    let id = order.id.to_string();
    let found = telling.pending(&id).await.unwrap().unwrap();
    let states = found.changes.iter().map(|h| (h.sequence, h.status.as_str(), h.reason.as_deref()));
    let expected =
        [(1, "ACCEPTED", None), (2, "FULFILLING", None), (3, "FAILED", Some("PROFILE_REFUSED"))];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    assert_eq!(found.audience, [tenant()]);
    for happening in &found.changes {
        assert!(telling.publish(&found, std::slice::from_ref(happening), &[], now).await.unwrap());
    }
    assert_eq!(telling.pending(&id).await.unwrap().unwrap().changes, []);
}

#[tokio::test]
async fn a_marked_esim_order_keeps_its_first_time_and_stays_listed_until_it_goes_on() {
    let scene = Scene::new().await;
    let watchdog = store::DynamoWatchdog::new(scene.db.table.clone());
    let id = scene.placed().await.id;
    let mark = async || watchdog.get(&id.to_string()).await.unwrap().unwrap().needs_intervention;
    let first = scene.clock.now();
    let (order, lease) = scene.leased(id).await;
    scene.work.mark_needs_intervention(&order, &lease, "no stock", first).await.unwrap();
    scene.clock.advance(LEASE);
    let (order, lease) = scene.leased(id).await;
    scene.work.release_lease(&order, &lease, &(), scene.clock.now()).await.unwrap();
    let kept = mark().await.unwrap();
    assert_eq!((kept.since, kept.retried), (first, true));
    let (order, lease) = scene.leased(id).await;
    let now = scene.clock.now();
    scene.work.mark_needs_intervention(&order, &lease, "again", now).await.unwrap();
    let kept = mark().await.unwrap();
    assert_eq!((kept.since, kept.retried), (first, false));
    scene.stock.import(&consumer(), &iccids(1)).await.unwrap();
    let (order, lease) = scene.leased(id).await;
    let ReservedProfile::Mine(order) = scene.reserve(&order, &lease).await else { panic!() };
    assert_eq!((order.needs_intervention, mark().await), (None, None));
    let open = watchdog.get(&id.to_string()).await.unwrap().unwrap();
    assert_eq!((open.due(), open.awaited_stock), (Some(scene.clock.now() + scene::WATCH), None));
}
