//! Invariants under faults (`infra/docs/reliability.md`, *Goals*): the short tier. The long tier is
//! the same tests with more rounds: `cargo xtask chaos race --rounds 5000 --seed 7`, which sets
//! `CHAOS_ROUNDS` and `CHAOS_SEED`. A failure prints its seed, which reproduces the run.

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod items;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mixed;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod race;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod tell;
#[cfg(test)]
mod tier;
