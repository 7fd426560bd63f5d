//! Delivers webhooks: signs them (Standard Webhooks 1.0) and calls URLs that clients have
//! registered, which can lead to the public internet only.
//!
//! A URL is checked twice. [`Target`] parses it, when it is registered and before each call.
//! [`DeliveryClient`] resolves the name itself, refuses when any address is [`forbidden`], and
//! connects to the addresses it has checked, never to a name: a DNS answer that changes between
//! check and connect (DNS rebinding) has no effect. It follows no redirect, decompresses nothing,
//! stores no cookie and uses no proxy, because none of that is built in.

mod address;
mod address_policy;
mod client;
mod resolve;
mod sign;
mod target;

pub use address::{Reason, forbidden};
pub use address_policy::AddressPolicy;
pub use client::{Answer, BodyEnd, DeliveryClient, Limits, Report, SendError};
pub use resolve::{Resolve, SystemResolver};
pub use sign::{ID, SIGNATURE, TIMESTAMP, TOLERANCE, VerifyError, headers, sign, verify};
pub use target::{Target, TargetError};
