//! End-to-end tests of the walk-throughs and invariants, against the local cloud. Those in
//! `walk_through` run against a deployed stack as well, see [`harness::cloud`].

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod carrier_orders;
#[cfg(test)]
mod esim_orders;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod provisioning_orders;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod service_orders;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod two_carriers;
#[cfg(test)]
mod walk_through;
#[cfg(test)]
mod webhooks;
