//! The Lambda boundary: requests, problems, identity, SQS batches, configuration, telemetry.

pub mod json;
