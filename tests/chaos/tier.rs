use std::{env, str::FromStr};

use fastrand::Rng;

fn given<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// The number of rounds: that of the long tier if set, else `short`.
pub(crate) fn rounds(short: usize) -> usize {
    given("CHAOS_ROUNDS").unwrap_or(short)
}

/// A random number generator with a printed seed, so that a run can be reproduced.
pub(crate) fn rng() -> Rng {
    let seed = given("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..));
    eprintln!("CHAOS_SEED={seed}");
    Rng::with_seed(seed)
}
