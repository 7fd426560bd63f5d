//! Carries carrier orders out for Sellers of ours, and places those of our Buyers at Sellers
//! elsewhere (`infra/docs/contracts/carrier-orders.md`, *How a Seller works an order*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use carrier_order_worker::{CarrierOrderWorker, Config};
use seller::HttpSellerApi;
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.queue);
        tokio::join!(table.warm(), queue.warm());
        let worker = CarrierOrderWorker::new(&table, &config, HttpSellerApi::new()?);
        lambda::sqs_batch::run(worker, queue).await
    })
}
