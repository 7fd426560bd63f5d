use std::{env, str::FromStr, sync::OnceLock};

use fastrand::Rng;

fn given<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// The number of rounds: the given one, or that of the tier.
pub(crate) fn rounds(short: usize, long: usize) -> usize {
    given("CHAOS_ROUNDS").unwrap_or(if is_long() { long } else { short })
}

/// Whether this is the long tier.
pub(crate) fn is_long() -> bool {
    env::var_os("CHAOS_LONG").is_some()
}

/// The seed of this run, one per process: given, or drawn.
pub(crate) fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    // A table of results is read by people, and JSON's numbers are doubles to some of them.
    *SEED.get_or_init(|| given("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32)))
}

/// A random number generator with a printed seed, so that a run can be reproduced.
pub(crate) fn rng() -> Rng {
    let seed = seed();
    eprintln!("CHAOS_SEED={seed}");
    Rng::with_seed(seed)
}
