//! The whole schedule in virtual time: 10,000 events for five endpoints, with a queue that
//! repeats one message in ten and a sweeper that comes once a minute.

use std::{cmp::Reverse, collections::BinaryHeap};

use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    Abandoned, Attempt, DELAYS, Delivery, DeliveryState, DisableReason, Failure, Health, Outcome,
    Wait,
};

const START: OffsetDateTime = datetime!(2026-11-20 18:00 UTC);
const EVENTS: usize = 10_000;
/// For the tests that look at each attempt.
const FEWER: usize = 1_000;
const ENDPOINTS: usize = 5;

/// How an endpoint behaves at a moment.
const BEHAVIOUR: [fn(OffsetDateTime) -> Outcome; ENDPOINTS] = [
    |_| Outcome::Delivered,
    // Down over a weekend, from Friday evening to Monday morning.
    |at| if at < START + Duration::hours(60) { failed(500) } else { Outcome::Delivered },
    // Overloaded for six hours, and says so.
    |at| if at < START + Duration::hours(6) { busy() } else { Outcome::Delivered },
    |_| Outcome::of_failure(Failure::TimedOut),
    |at| if at < START + Duration::hours(24) { Outcome::Delivered } else { Outcome::Gone },
];

fn failed(status: u16) -> Outcome {
    Outcome::of_status(status, None)
}

fn busy() -> Outcome {
    Outcome::of_status(503, Some(Duration::minutes(10)))
}

/// splitmix64: repeats itself exactly.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

struct World {
    deliveries: Vec<Delivery>,
    attempts: Vec<Vec<OffsetDateTime>>,
    health: [Health; ENDPOINTS],
    messages: BinaryHeap<Reverse<(OffsetDateTime, usize, Attempt)>>,
    stale: usize,
    random: Random,
}

impl World {
    fn new(seed: u64, events: usize) -> Self {
        let mut world = Self {
            deliveries: Vec::new(),
            attempts: vec![Vec::new(); events * ENDPOINTS],
            health: [Health::default(); ENDPOINTS],
            messages: BinaryHeap::new(),
            stale: 0,
            random: Random(seed),
        };
        for event in 0..events {
            // Spread over two days.
            let at = START + Duration::hours(48) * event as f64 / events as f64;
            for endpoint in 0..ENDPOINTS {
                let (message, name) = (format!("msg_{event}"), format!("we_{endpoint}"));
                let delivery =
                    Delivery::planned(message.parse().unwrap(), name.parse().unwrap(), at);
                world.deliveries.push(delivery);
                world.send(event * ENDPOINTS + endpoint, at);
            }
        }
        world
    }

    /// Puts the next attempt where it belongs, and repeats one message in ten.
    fn send(&mut self, n: usize, now: OffsetDateTime) {
        let arrives = match self.deliveries[n].waits(now) {
            None => return,
            Some(Wait::Queue { seconds }) => {
                assert!(seconds <= 900);
                now + Duration::seconds(seconds.into())
            }
            Some(Wait::Table { next_at }) => {
                assert!(next_at > now + Duration::minutes(15));
                // The sweeper's next round.
                next_at + Duration::seconds(60 - next_at.unix_timestamp() % 60)
            }
        };
        let attempt = self.deliveries[n].attempt;
        self.messages.push(Reverse((arrives, n, attempt)));
        if self.random.next().is_multiple_of(10) {
            self.messages.push(Reverse((arrives + Duration::seconds(1), n, attempt)));
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((now, n, attempt))) = self.messages.pop() {
            self.receive(n, attempt, now);
        }
    }

    fn receive(&mut self, n: usize, attempt: Attempt, now: OffsetDateTime) {
        let endpoint = n % ENDPOINTS;
        let delivery = &self.deliveries[n];
        if delivery.due(now) != Some(attempt) {
            self.stale += 1;
            return;
        }
        if self.health[endpoint].is_disabled() {
            let why = Abandoned::EndpointDisabled;
            self.deliveries[n] = delivery.abandoned(why, now).unwrap();
            return;
        }
        let outcome = BEHAVIOUR[endpoint](now);
        self.attempts[n].push(now);
        let random = self.random.next();
        self.deliveries[n] = delivery.finished(attempt, &outcome, now, random).unwrap();
        if let Some(health) = self.health[endpoint].after(&outcome, Duration::milliseconds(50), now)
        {
            self.health[endpoint] = health;
        }
        self.send(n, now);
    }

    fn of(&self, endpoint: usize) -> impl Iterator<Item = (&Delivery, &Vec<OffsetDateTime>)> {
        let all = self.deliveries.iter().zip(&self.attempts);
        all.skip(endpoint).step_by(ENDPOINTS)
    }
}

fn is_delivered(delivery: &Delivery) -> bool {
    matches!(delivery.state, DeliveryState::Delivered { .. })
}

fn simulated(events: usize) -> World {
    let mut world = World::new(76, events);
    world.run();
    world
}

#[test]
fn every_event_reaches_every_endpoint_that_comes_back() {
    let world = simulated(EVENTS);
    for endpoint in [0, 1, 2] {
        assert_eq!(world.of(endpoint).filter(|(d, _)| is_delivered(d)).count(), EVENTS);
        assert_eq!(world.health[endpoint], Health::default());
    }
    assert!(world.of(0).all(|(_, attempts)| attempts.len() == 1), "once when nothing fails");
    assert!(world.stale > EVENTS, "the queue did repeat messages");
}

#[test]
fn the_dead_endpoint_gets_ten_attempts_over_the_whole_schedule_and_is_then_disabled() {
    let world = simulated(FEWER);
    let whole: Duration = DELAYS.iter().sum();
    let mut exhausted = 0;
    for (delivery, attempts) in world.of(3) {
        assert!(attempts.len() <= 10);
        if let DeliveryState::Exhausted { at } = delivery.state {
            exhausted += 1;
            assert_eq!(attempts.len(), 10);
            let lasted = at - attempts[0];
            // Seven waits end with the sweeper's next round, two are rounded up to a second.
            let late = Duration::minutes(7) + Duration::seconds(2);
            assert!(lasted >= whole * 8 / 10 && lasted <= whole * 12 / 10 + late, "{lasted}");
        } else {
            let why = Abandoned::EndpointDisabled;
            assert!(matches!(delivery.state, DeliveryState::Abandoned { why: w, .. } if w == why));
        }
    }
    let disabled = world.health[3].disabled.unwrap();
    assert_eq!(disabled.why, DisableReason::OnlyFailures);
    assert!(disabled.at >= START + Duration::days(5));
    assert!(exhausted > FEWER / 2 && exhausted < FEWER, "{exhausted}");
}

#[test]
fn each_wait_is_within_a_fifth_of_the_schedule() {
    let world = simulated(FEWER);
    for (_, attempts) in world.of(3) {
        for (wait, planned) in attempts.windows(2).zip(&DELAYS[1..]) {
            let waited = wait[1] - wait[0];
            let late = Duration::seconds(60);
            assert!(waited >= *planned * 8 / 10 && waited <= *planned * 12 / 10 + late, "{waited}");
        }
    }
}

#[test]
fn nothing_is_sent_after_a_410() {
    let world = simulated(FEWER);
    let gone_at = world.health[4].disabled.unwrap().at;
    assert!(gone_at >= START + Duration::hours(24));
    let sent_later = world.of(4).flat_map(|(_, attempts)| attempts).filter(|at| **at > gone_at);
    assert_eq!(sent_later.count(), 0);
    let abandoned =
        world.of(4).filter(|(d, _)| matches!(d.state, DeliveryState::Abandoned { .. })).count();
    assert_eq!(abandoned + world.of(4).filter(|(d, _)| is_delivered(d)).count(), FEWER);
}

#[test]
fn nobody_who_asks_for_ten_minutes_is_called_sooner() {
    let world = simulated(FEWER);
    let busy_until = START + Duration::hours(6);
    for (_, attempts) in world.of(2) {
        for wait in attempts.windows(2).filter(|wait| wait[0] < busy_until) {
            assert!(wait[1] - wait[0] >= Duration::minutes(10));
        }
    }
}
