//! Carrier orders: each rule that a write condition keeps, and what each operation costs.

#[path = "carrier/mirrors.rs"]
mod mirrors;
#[path = "carrier/orders.rs"]
mod orders;
#[path = "carrier/scene.rs"]
mod scene;
#[path = "carrier/svlans.rs"]
mod svlans;
#[path = "carrier/telling.rs"]
mod telling;
