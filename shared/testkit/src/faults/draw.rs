//! What happens to a call.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use fastrand::Rng;

use super::Service;

/// What happens to a call, or to the function that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection closes, and nothing is done.
    LostBefore,
    /// It is done, and the connection closes without a response.
    LostAfter,
    /// It is done twice; the second response is returned.
    Twice,
    /// It is done late, also when the caller has given it up.
    Late,
    /// Status 500, and nothing is done.
    Failed,
    /// It is throttled.
    Throttled,
    /// The transaction conflicts with another one.
    Conflict,
    /// A part of a batch of messages is sent, the rest fails.
    Partial,
    /// The response is an older one, or lacks the latest entry of an index.
    Stale,
    /// The function is killed, and nothing is done.
    KilledBefore,
    /// It is done, and the function is killed before it learns so.
    KilledAfter,
    /// The function is stopped for longer than its lease, and then it is done.
    PausedBefore,
    /// It is done, and the function is stopped for longer than its lease before it learns so.
    PausedAfter,
    /// There is a blackout.
    Blackout,
}

impl Fault {
    /// Whether the function is killed.
    pub const fn kills(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }

    /// Whether the function gets a signal.
    pub const fn signals(self) -> bool {
        self.kills() || matches!(self, Self::PausedBefore | Self::PausedAfter)
    }
}

/// How often something happens, of ten thousand calls of a function.
#[derive(Debug, Clone, Copy, Default)]
pub struct Odds {
    /// Faults of AWS, network or receiver.
    pub faults: u32,
    /// Kills.
    pub kills: u32,
    /// Pauses longer than the lease.
    pub pauses: u32,
    /// So many kills at each point, before and after the call, come first of all.
    pub first_kills: u64,
}

/// A point at which something happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The function.
    pub function: String,
    /// The operation of the service that it called.
    pub operation: String,
    /// What happened.
    pub fault: Fault,
}

/// What there is to know of a call.
pub(super) struct Called<'a> {
    pub(super) service: Service,
    pub(super) function: &'a str,
    pub(super) operation: &'a str,
    /// An eventually consistent read.
    pub(super) eventual: bool,
}

/// What was drawn: the fault, and a number that decides its details.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub(super) fault: Fault,
    pub(super) detail: u64,
}

impl Drawn {
    /// The delay of a late call: sometimes longer than the time-out of an attempt.
    pub(super) fn delay(self) -> Duration {
        let longest = if self.detail.is_multiple_of(4) { 3_000 } else { 300 };
        Duration::from_millis(self.detail % longest)
    }
}

/// The decisions so far.
#[derive(Debug)]
pub(super) struct Draws {
    seed: u64,
    odds: Odds,
    counts: HashMap<(String, String), u64>,
    pub(super) happened: BTreeMap<Point, u64>,
}

impl Draws {
    pub(super) fn new(seed: u64, odds: Odds) -> Self {
        Self { seed, odds, counts: HashMap::new(), happened: BTreeMap::new() }
    }

    /// What happens to this call.
    pub(super) fn draw(&mut self, called: &Called<'_>) -> Option<Drawn> {
        let key = (called.function.to_owned(), called.operation.to_owned());
        let count = self.counts.entry(key).or_default();
        let n = *count;
        *count += 1;
        let mut rng = Rng::with_seed(hashed(self.seed, called, n));
        let fault = self.fault(called, n, &mut rng)?;
        self.note(called.function, called.operation, fault);
        Some(Drawn { fault, detail: rng.u64(..) })
    }

    /// Counts a fault.
    pub(super) fn note(&mut self, function: &str, operation: &str, fault: Fault) {
        let (function, operation) = (function.to_owned(), operation.to_owned());
        *self.happened.entry(Point { function, operation, fault }).or_default() += 1;
    }

    fn fault(&self, called: &Called<'_>, n: u64, rng: &mut Rng) -> Option<Fault> {
        let Odds { faults, kills, pauses, first_kills } = self.odds;
        let side = |before, after| if n.is_multiple_of(2) { before } else { after };
        if n < 2 * first_kills {
            return Some(side(Fault::KilledBefore, Fault::KilledAfter));
        }
        // A run of these makes dozens of calls: they would never come to an end.
        let scheduled = ["sweeper", "dead-letter-consumer"].contains(&called.function);
        let kills = if scheduled { kills / 16 } else { kills };
        let at = rng.u32(0..10_000);
        if at < kills {
            Some(side(Fault::KilledBefore, Fault::KilledAfter))
        } else if at < kills + pauses {
            Some(side(Fault::PausedBefore, Fault::PausedAfter))
        } else if at < kills + pauses + faults {
            let possible = possible(called);
            Some(possible[rng.usize(0..possible.len())])
        } else {
            None
        }
    }
}

/// The faults that a call can have.
fn possible(called: &Called<'_>) -> Vec<Fault> {
    let mut possible = vec![Fault::LostBefore, Fault::LostAfter, Fault::Late, Fault::Failed];
    match (called.service, called.operation) {
        (Service::Table, operation) => {
            possible.push(Fault::Throttled);
            if operation == "TransactWriteItems" {
                possible.extend([Fault::Conflict; 2]);
            }
            if called.eventual {
                possible.extend([Fault::Stale; 3]);
            } else {
                possible.push(Fault::Twice);
            }
        }
        (Service::Queues, operation) => {
            possible.extend([Fault::Throttled, Fault::Twice]);
            if operation == "SendMessageBatch" {
                possible.extend([Fault::Partial; 3]);
            }
        }
        (Service::Network | Service::Receiver, _) => possible.push(Fault::Twice),
    }
    possible
}

/// A seed of its own for each call (FNV-1a: the same on every machine and in every version).
fn hashed(seed: u64, called: &Called<'_>, n: u64) -> u64 {
    let text = [called.function.as_bytes(), b"\0", called.operation.as_bytes()].concat();
    let bytes = seed.to_le_bytes().into_iter().chain(text).chain(n.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, odds: Odds, function: &str) -> Vec<Option<Fault>> {
        let mut draws = Draws::new(seed, odds);
        let called =
            Called { service: Service::Table, function, operation: "UpdateItem", eventual: false };
        (0..200).map(|_| draws.draw(&called).map(|drawn| drawn.fault)).collect()
    }

    #[test]
    fn a_seed_repeats_its_decisions_for_each_function() {
        let odds = Odds { faults: 3_000, kills: 500, pauses: 500, first_kills: 0 };
        assert_eq!(drawn(1, odds, "a"), drawn(1, odds, "a"));
        assert_ne!(drawn(1, odds, "a"), drawn(2, odds, "a"));
        assert_ne!(drawn(1, odds, "a"), drawn(1, odds, "b"));
    }

    #[test]
    fn each_point_begins_with_its_kills() {
        let odds = Odds { first_kills: 1, ..Odds::default() };
        let drawn = drawn(1, odds, "a");
        assert_eq!(drawn[..3], [Some(Fault::KilledBefore), Some(Fault::KilledAfter), None]);
        assert!(drawn[2..].iter().all(Option::is_none));
    }
}
