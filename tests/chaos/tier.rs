use std::{env, str::FromStr};

use fastrand::Rng;

fn given<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// How often: what the long tier asks for, else the short one's number.
pub(crate) fn rounds(short: usize) -> usize {
    given("CHAOS_ROUNDS").unwrap_or(short)
}

/// Chance that can be drawn again: the seed is printed.
pub(crate) fn chance() -> Rng {
    let seed = given("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..));
    eprintln!("CHAOS_SEED={seed}");
    Rng::with_seed(seed)
}
