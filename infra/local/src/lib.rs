//! The local cloud: everything the deployment template asks for, on one machine.
//!
//! It reads `infra/template.yaml` ([`template`]), puts up the table ([`table`])
//! and the queues ([`queues`]), runs the functions ([`runtime`]), feeds them as
//! AWS does ([`front`], [`mapping`]) and stands in for the operator's network
//! ([`network`]). [`cloud`] puts it together. No function knows of it: only the
//! SDK's standard endpoint variables differ. Nor does it know any function: a
//! program that has some hands them over ([`program`]).

pub use deployment::{caller, options, permissions, template};

pub mod admin;
pub mod clock;
pub mod cloud;
pub mod console;
pub mod data;
mod external;
pub mod front;
pub mod gate;
pub mod mapping;
pub mod network;
pub mod osmo_hlr;
pub mod ovs;
pub mod phone;
pub mod process;
pub mod program;
pub mod queues;
pub mod ready;
pub mod runtime;
pub mod seed;
pub mod sink;
pub mod smdp;
pub mod table;
