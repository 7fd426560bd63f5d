//! Single orders: what is refused, what is left to a person, what is not sent.

use domain::{
    network::{HeldKeys, StepChange, Subscriber},
    provisioning::{OrderNumber, OrderStatus},
    subscription::{Change, ChangeRequest, NewSubscription, OdbProfile, SubscriptionRef},
};
use ecc::Command;
use hlr::OsmoHlr;
use lambda::sqs_batch::Outcome;
use network::NotCarried;
use orderwire_local::phone::Attachment;
use testkit::numbers;
use time::Duration;

use crate::{
    mortal::Event,
    scene::{Functions, LEASE, Scene, sim},
};

fn new(n: u64) -> NewSubscription {
    NewSubscription {
        iccid: numbers::iccid(n),
        msisdn: Some(numbers::msisdn(n)),
        imsi: None,
        odb_profile: OdbProfile::default(),
    }
}

fn change(n: u64, change: Change) -> Command {
    let reference = SubscriptionRef::Iccid(numbers::iccid(n));
    Command::Change(reference, ChangeRequest::Values(Box::new(change)))
}

impl Scene {
    fn direct(&self) -> Functions {
        self.functions(&self.control, NotCarried::Refuse)
    }

    /// Changes the register behind our back.
    async fn meddle(&self, n: u64, change: StepChange) {
        let mut session = OsmoHlr::new(self.control.as_str()).connect().await.unwrap();
        session.change(&sim(n), &change).await.unwrap();
    }

    async fn ended(&self, id: OrderNumber) -> (OrderStatus, Option<String>) {
        let order = self.order(id).await;
        (order.status, order.reason().map(ToOwned::to_owned))
    }
}

impl Functions {
    async fn created(&self, n: u64) {
        let order = self.placed(Command::Create(new(n))).await;
        assert_eq!(self.work(order).await, Some(Outcome::Done));
    }
}

#[tokio::test]
async fn a_line_lives_from_its_creation_to_its_deletion() {
    let scene = Scene::start(0..2).await;
    let app = scene.direct();
    assert_eq!(scene.attach(0).await.to_string(), "not attached: IMSI unknown, or without keys");
    app.created(0).await;
    scene.agrees(0).await;
    assert_eq!(scene.attach(0).await, Attachment::Attached);
    let changes = [
        Change { msisdn: Some(numbers::msisdn(7)), ..Change::default() },
        Change { blocked: Some(true), ..Change::default() },
        Change { iccid: Some(numbers::iccid(1)), ..Change::default() },
        Change { blocked: Some(false), ..Change::default() },
    ];
    for (sim, values) in [0, 0, 0, 1].into_iter().zip(changes) {
        let order = app.placed(change(sim, values)).await;
        assert_eq!(app.work(order).await, Some(Outcome::Done));
        for n in [0, 1] {
            scene.agrees(n).await;
        }
    }
    assert_eq!(scene.record(1).await.unwrap().msisdn, Some(numbers::msisdn(7)));
    let order = app.placed(Command::Delete(SubscriptionRef::Iccid(numbers::iccid(1)))).await;
    assert_eq!(app.work(order).await, Some(Outcome::Done));
    scene.agrees(1).await;
    assert!(scene.record(1).await.is_none() && scene.record(0).await.is_none());
}

#[tokio::test]
async fn an_order_is_refused_before_anything_is_sent() {
    let scene = Scene::start(0..3).await;
    let app = scene.direct();
    app.created(0).await;
    // Behind our back, another subscriber has the number that SIM 1 is to get.
    scene.meddle(2, StepChange::Create).await;
    scene.meddle(2, StepChange::Msisdn(Some(numbers::msisdn(1)))).await;
    let wrong_imsi = NewSubscription { imsi: Some(numbers::imsi(50)), ..new(1) };
    let barred = NewSubscription { msisdn: None, odb_profile: 3.try_into().unwrap(), ..new(1) };
    let beyond = Change { apn_ids: Some(vec![1]), blocked: Some(true), ..Change::default() };
    let only_beyond = Change { static_ip: Some(Some([10, 0, 0, 1].into())), ..Change::default() };
    let unknown = Change { iccid: Some(numbers::iccid(9)), ..Change::default() };
    for (command, reason) in [
        (Command::Create(new(9)), "the network has no data of the SIM"),
        (Command::Create(wrong_imsi), "the SIM has another IMSI"),
        (Command::Create(barred), "the network does not carry: odbProfile"),
        (Command::Create(new(1)), "another subscriber of the network has the number"),
        (change(0, unknown), "the network has no data of the new SIM"),
        (change(0, beyond), "the network does not carry: apnIds"),
        (change(0, only_beyond), "the network does not carry: staticIp"),
    ] {
        let order = app.placed(command).await;
        assert_eq!(app.work(order).await, Some(Outcome::Done));
        let expected = (OrderStatus::Canceled, Some(reason.to_owned()));
        assert_eq!(scene.ended(order).await, expected);
    }
    scene.agrees(0).await;
    assert!(scene.record(1).await.is_none());
}

#[tokio::test]
async fn values_that_are_not_carried_are_left_out_where_that_is_configured() {
    let scene = Scene::start(0..1).await;
    let app = scene.functions(&scene.control, NotCarried::Report);
    app.created(0).await;
    let beyond = Change { apn_ids: Some(vec![1]), blocked: Some(true), ..Change::default() };
    let order = app.placed(change(0, beyond)).await;
    assert_eq!(app.work(order).await, Some(Outcome::Done));
    assert_eq!(scene.ended(order).await.0, OrderStatus::Completed);
    scene.agrees(0).await;
}

#[tokio::test]
async fn what_no_order_left_is_for_a_person_and_goes_on_when_it_is_gone() {
    let scene = Scene::start(0..2).await;
    let app = scene.direct();
    app.created(0).await;
    scene.meddle(0, StepChange::Msisdn(None)).await;
    let block = change(0, Change { blocked: Some(true), ..Change::default() });
    let order = app.placed(block).await;
    assert!(matches!(app.work(order).await, Some(Outcome::Poison(_))));
    let marked = scene.order(order).await;
    assert_eq!(marked.status, OrderStatus::Provisioning);
    let why = marked.needs_intervention.unwrap().why;
    assert_eq!(why, "the network differs: the SIM: no number");
    assert!(scene.record(0).await.unwrap().circuit, "nothing was sent");
    scene.meddle(0, StepChange::Msisdn(Some(numbers::msisdn(0)))).await;
    app.wait();
    assert_eq!(app.work(order).await, Some(Outcome::Done));
    assert_eq!(scene.ended(order).await.0, OrderStatus::Completed);
    scene.agrees(0).await;
    // One that is there already, complete, is what the order wants; with other keys it is not.
    scene.meddle(1, StepChange::Create).await;
    let mut session = OsmoHlr::new(scene.control.as_str()).connect().await.unwrap();
    let foreign = domain::sim::Sim { identity: sim(1).identity, keys: sim(0).keys };
    session.change(&foreign, &StepChange::Keys).await.unwrap();
    assert_eq!(scene.record(1).await.unwrap().into_subscriber(&sim(1)).keys, HeldKeys::Other);
    let order = app.placed(Command::Create(new(1))).await;
    assert!(matches!(app.work(order).await, Some(Outcome::Poison(_))));
    let why = scene.order(order).await.needs_intervention.unwrap().why;
    assert_eq!(why, "the network differs: the SIM: other keys");
}

#[tokio::test]
async fn no_step_is_sent_that_the_lease_does_not_outlast() {
    let scene = Scene::start(0..1).await;
    let app = scene.direct();
    let order = app.placed(Command::Create(new(0))).await;
    // Paused before it connects, and twice after a step: awake, it has four seconds left.
    for (calls, sent) in [(0, 0), (2, 1), (2, 2)] {
        app.network.happen(calls, Event::Pause(app.clock.clone(), LEASE - Duration::seconds(4)));
        let outcome = app.work(order).await;
        assert!(!app.network.survive(), "it was paused");
        let Some(Outcome::Retry(why)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(why.text(), "the lease ends: not sent");
        let held = scene.record(0).await.map(|record| record.into_subscriber(&sim(0)));
        let states = [
            None,
            Some(Subscriber::created()),
            Some(Subscriber { msisdn: Some(numbers::msisdn(0)), ..Subscriber::created() }),
        ];
        assert_eq!(held, states[sent]);
        app.wait();
    }
    assert_eq!(app.work(order).await, Some(Outcome::Done));
    scene.agrees(0).await;
}

#[tokio::test]
async fn an_order_waits_while_the_register_is_away() {
    let scene = Scene::start(0..1).await;
    let app = scene.direct();
    scene.register.lock().await.kill();
    let order = app.placed(Command::Create(new(0))).await;
    assert!(matches!(app.work(order).await, Some(Outcome::Retry(_))));
    assert_eq!(scene.order(order).await.needs_intervention, None);
    scene.kill_register().await;
    app.wait();
    assert_eq!(app.work(order).await, Some(Outcome::Done));
    scene.agrees(0).await;
}
