//! provisioning-orders-api
