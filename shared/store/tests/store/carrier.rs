//! Carrier orders: each rule that a write condition keeps, and what each operation costs.

#[path = "carrier/buyer_orders.rs"]
mod buyer_orders;
#[path = "carrier/orders.rs"]
mod orders;
#[path = "carrier/publishing.rs"]
mod publishing;
#[path = "carrier/scene.rs"]
mod scene;
#[path = "carrier/svlans.rs"]
mod svlans;
