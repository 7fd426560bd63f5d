//! Carries carrier orders out for Sellers of ours, and places those of our Buyers at Sellers
//! elsewhere (`infra/docs/contracts/carrier-orders.md`, *How a Seller works an order*).

use std::process::ExitCode;

fn main() -> ExitCode {
    carrier_order_worker::start()
}
