//! How many orders a tenant may place, over all processes.

use domain::{clock::Clock, failure::Retryable};
use store::{DynamoPlacing, GuardedError, OrderRate, Placed, Placing, StoreError};
use time::Duration;

use crate::scene::{Scene, WATCH};

const RATE: OrderRate = OrderRate { most: 20, window: Duration::seconds(10), block: 5 };

/// Places the order that creates the subscription with SIM `n`.
async fn place(
    scene: &Scene,
    process: &DynamoPlacing,
    of: &str,
    n: u64,
) -> Result<Placed, GuardedError> {
    let (subscription, order) = scene.creation(of, n);
    let (watchdog, now) = (WATCH, scene.clock.now());
    let placing = Placing {
        order: &order,
        subscription: &subscription,
        parent: None,
        watchdog,
        guard: None,
        now,
    };
    process.place(&placing).await
}

fn processes(scene: &Scene) -> [DynamoPlacing; 2] {
    [(); 2].map(|()| DynamoPlacing::new(scene.db.table.clone().with_order_rate(RATE)))
}

#[tokio::test]
async fn of_orders_from_two_processes_as_many_are_placed_as_the_rate_allows() {
    let scene = Scene::new().await;
    let processes = processes(&scene);
    let (mut placed, mut refused) = (0, 0);
    for n in 1..=30 {
        let process = &processes[usize::try_from(n % 2).unwrap()];
        match place(&scene, process, "a", n).await {
            Ok(outcome) => {
                assert_eq!(outcome, Placed::Done);
                placed += 1;
            }
            Err(GuardedError::Failed(error @ StoreError::OverRate { .. })) => {
                assert!((1..=10).contains(&error.over_rate().unwrap()));
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((placed, refused), (20, 10));
    for (n, process) in (31..).zip(&processes) {
        assert_eq!(place(&scene, process, "b", n).await.unwrap(), Placed::Done, "another tenant");
    }
    scene.clock.advance(RATE.window);
    for (n, process) in (41..).zip(&processes) {
        assert_eq!(place(&scene, process, "a", n).await.unwrap(), Placed::Done, "another window");
    }
}

#[tokio::test]
async fn an_order_that_cannot_be_placed_uses_no_permit_and_says_why() {
    let scene = Scene::new().await;
    let [process, _] = processes(&scene);
    assert_eq!(place(&scene, &process, "a", 1).await.unwrap(), Placed::Done);
    for _ in 0..40 {
        assert_eq!(place(&scene, &process, "a", 1).await.unwrap(), Placed::SimInUse);
    }
    assert_eq!(place(&scene, &process, "a", 2).await.unwrap(), Placed::Done);
}
