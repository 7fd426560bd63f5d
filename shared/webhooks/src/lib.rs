//! Delivers webhooks: signs them (Standard Webhooks 1.0) and calls URLs that strangers have
//! registered, without letting them reach anything but the public internet.
//!
//! What may be called is decided twice. [`Target`] reads a URL, when it is registered and before
//! each call. [`DeliveryClient`] resolves the name by itself, refuses when any address is
//! [`forbidden`], and connects to the addresses it has looked at, never to a name: an answer
//! that changes between the look and the connect (DNS rebinding) changes nothing. It follows no
//! redirect, decompresses nothing, keeps no cookie and knows no proxy, because none of that is
//! built in.

mod address;
mod client;
mod reach;
mod resolve;
mod retry_after;
mod sign;
mod target;

pub use address::{Reason, forbidden};
pub use client::{Answer, BodyEnd, DeliveryClient, Limits, Report, SendError};
pub use reach::Reach;
pub use resolve::{Resolve, SystemResolver};
pub use retry_after::RetryAfter;
pub use sign::{ID, SIGNATURE, TIMESTAMP, TOLERANCE, VerifyError, headers, sign, verify};
pub use target::{Target, TargetError};
