//! subscriptions-api
