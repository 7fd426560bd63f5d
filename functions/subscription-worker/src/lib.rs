//! subscription-worker
