//! Subscription orders in a real home location register: the program `osmo-hlr`, which must be
//! installed. Workers die at a step, answers are cut on their way, and the register is killed.
//!
//! `HLR_SUBSCRIPTIONS=10000` compares more with the register than the short tier, `HLR_ORDERS=1000` runs more than the short tier, `HLR_SEED=N` draws as a run that printed N.

#[cfg(test)]
mod cut;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod line;
#[cfg(test)]
mod mixed;
#[cfg(test)]
mod mortal;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod single;
