use std::time::{Duration, Instant};

use serde_json::Value;

use super::{super::*, full};
use api::json::parse_object;

const LARGEST: usize = 256 * 1024;

/// 20 items, every member, and members nobody knows up to exactly the largest body.
fn largest() -> Vec<u8> {
    let mut order = full::order(20);
    let mut size = serde_json::to_vec(&order).unwrap().len();
    for n in 0.. {
        let name = format!("vendor{n:05}");
        let room = LARGEST - size;
        // `,"name":"…"` around the text; the last one fills what is left.
        let text = if room < 200 { room - name.len() - 6 } else { 60 };
        size += text + name.len() + 6;
        order.insert(name, "v".repeat(text).into());
        if room < 200 {
            break;
        }
    }
    serde_json::to_vec(&order).unwrap()
}

#[test]
fn the_largest_order_with_20_items_comes_back_whole() {
    let body = largest();
    assert_eq!(body.len(), LARGEST);
    let sent = parse_object(&body).unwrap();
    let read = read_order(sent.clone()).unwrap();
    assert_eq!(read.view.items.len(), 20);
    let stored = serde_json::to_vec(&read.document).unwrap();
    let again = parse_object(&stored).unwrap();
    assert!(same_document(&read.document, &again));
    for (name, value) in &again {
        if name != "orderItems" {
            assert_eq!(Some(value), sent.get(name));
        }
    }
    assert_eq!(sent["orderItems"][0]["orderItemDetail"], again["orderItems"][0]["orderItemDetail"]);
}

/// Must of `infra/docs/performance.md`: at most 4. The least of several runs, interleaved, is what
/// the code needs; the machine adds the rest.
#[test]
fn reading_the_largest_order_takes_at_most_four_times_its_parsing() {
    let body = largest();
    let (mut parse, mut read) = (Duration::MAX, Duration::MAX);
    for _ in 0..15 {
        let start = Instant::now();
        let value: Value = serde_json::from_slice(&body).unwrap();
        parse = parse.min(start.elapsed());
        drop(value);
        let start = Instant::now();
        let request = parse_object(&body).and_then(read_order).unwrap();
        read = read.min(start.elapsed());
        drop(request);
    }
    let ratio = read.as_secs_f64() / parse.as_secs_f64();
    println!("parse {parse:?}, parse, validate and map {read:?}: {ratio:.2}");
    assert!(ratio <= 4.0, "{ratio:.2}");
}
