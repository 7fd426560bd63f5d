use std::time::{Duration, Instant};

use harness::Setup;
use serde_json::json;
use testkit::numbers;

/// From POST to COMPLETED on the idle local cloud.
const GOAL: Duration = Duration::from_secs(1);
const ROUNDS: usize = 20;

#[tokio::test]
async fn the_median_order_on_an_idle_cloud_is_completed_within_a_second() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let path = format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(1));
    api.created(&json!({ "iccid": numbers::iccid(1) })).await;
    let mut took = Vec::new();
    for round in 0..ROUNDS {
        let begin = Instant::now();
        let order = api.patch(&path, &json!({ "blocked": round % 2 == 0 })).await.order();
        api.completed(order).await;
        took.push(begin.elapsed());
    }
    took.sort();
    let (median, longest) = (took[ROUNDS / 2], took[ROUNDS - 1]);
    eprintln!("POST to COMPLETED: median {median:?}, longest {longest:?}");
    assert!(median < GOAL, "{took:?}");
    cloud.finish(&[]).await;
}
