//! Tests of the local cloud. Those that need fauxqs are ignored by default.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

#[path = "local/fixtures.rs"]
mod fixtures;

#[path = "local/contract.rs"]
mod contract;
#[path = "local/data_folder.rs"]
mod data_folder;
#[path = "local/filter.rs"]
mod filter;
#[path = "local/front.rs"]
mod front;
#[path = "local/gate.rs"]
mod gate;
#[path = "local/native.rs"]
mod native;
#[path = "local/network.rs"]
mod network;
#[path = "local/queue_mapping.rs"]
mod queue_mapping;
#[path = "local/stream_mapping.rs"]
mod stream_mapping;
#[path = "local/template.rs"]
mod template;
#[path = "local/watch.rs"]
mod watch;
#[path = "local/whole.rs"]
mod whole;
