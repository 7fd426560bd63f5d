//! Carrier orders in a real switch: Open vSwitch, which must be installed. Workers die at a call,
//! connections are cut on their way, and the switch is killed.
//!
//! `OVS_ORDERS=1000` runs more than the short tier, `OVS_SEED=N` draws as a run that printed N.

#[cfg(test)]
mod cut;
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
#[cfg(test)]
mod switch;
