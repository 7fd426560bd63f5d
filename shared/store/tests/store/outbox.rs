//! What the images of an order's item call for, without a word about its kind.

use std::{collections::HashMap, time::Duration as StdDuration};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{clock::Clock, order::OrderKind};
use store::OrderChange;

use crate::scene::{Scene, blocking};

type Image = HashMap<String, AttributeValue>;

async fn image(scene: &Scene, id: &str) -> Image {
    let key = |text: String| AttributeValue::S(text);
    let get = scene.db.direct.get_item().table_name(&scene.db.name);
    let get = get.key("pk", key(format!("ORDER#{id}"))).key("sk", key("ORDER".to_owned()));
    get.send().await.unwrap().item.unwrap()
}

fn change(old: Option<&Image>, new: &Image) -> OrderChange {
    let item = |image: &Image| serde_dynamo::Item::from(image.clone());
    let old = old.map_or_else(|| serde_dynamo::Item::from(Image::new()), item);
    OrderChange::of(old, item(new)).unwrap().expect("an order")
}

fn with(image: &Image, attributes: &[(&str, i128)]) -> Image {
    let mut image = image.clone();
    for (name, value) in attributes {
        image.insert((*name).to_owned(), AttributeValue::N(value.to_string()));
    }
    image
}

#[tokio::test]
async fn a_placed_order_calls_its_worker_at_once_and_a_lease_calls_nobody() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let (id, now) = (order.id.to_string(), scene.clock.now());
    let placed = image(&scene, &id).await;
    let new = change(None, &placed);
    assert_eq!((new.kind, new.news.is_some()), (OrderKind::Ecc, true));
    assert_eq!(new.work(now), Some(StdDuration::ZERO));
    let (held, lease) = scene.leased(order.id).await;
    let leased = image(&scene, &id).await;
    scene.work.release_lease(&held, &lease, &(), now).await.unwrap();
    let released = image(&scene, &id).await;
    let again = change(Some(&leased), &released);
    assert_eq!((again.work(now), again.news.is_some()), (None, true), "what the stream has hidden");
    scene.publish(order.id).await;
    let published = image(&scene, &id).await;
    assert!(change(Some(&released), &published).news.is_none());
    scene.complete(order.id).await;
    let ended = change(Some(&published), &image(&scene, &id).await);
    assert_eq!((ended.work(now), ended.news.is_some()), (None, true));
}

#[tokio::test]
async fn work_that_waits_is_called_for_after_its_delay_or_left_to_the_sweeper() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let now = scene.clock.now();
    let before = image(&scene, &order.id.to_string()).await;
    let millis = now.unix_timestamp_nanos() / 1_000_000;
    for (wait, delay) in [(0, Some(0)), (60, Some(60)), (900, Some(900)), (901, None)] {
        let after = millis + wait * 1_000;
        let stepped = with(&before, &[("workSeq", 7), ("workAfter", after)]);
        let work = change(Some(&before), &stepped).work(now);
        assert_eq!(work, delay.map(StdDuration::from_secs), "{wait}");
    }
    let same = with(&before, &[("workAfter", millis)]);
    assert_eq!(change(Some(&before), &same).work(now), None);
}
