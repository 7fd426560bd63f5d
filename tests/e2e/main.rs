//! The walk-throughs of the README and what must hold end to end, against the local cloud. Those
//! in `walk_through` run against a deployed stack as well, see [`harness::cloud`].

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod provisioning_orders;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod walk_through;
