use super::*;

#[test]
fn consecutive_orders_spread_over_all_shards() {
    let mut seen = [0_u32; DUE_SHARDS as usize];
    for id in 7_000_000_000_000_u64..7_000_000_001_600 {
        seen[usize::from(due_shard(&id.to_string()))] += 1;
    }
    assert!(seen.iter().all(|count| (50..=200).contains(count)), "{seen:?}");
}

#[test]
fn two_deliveries_of_an_endpoint_share_no_partition() {
    let endpoint = "we_1".parse().unwrap();
    let of = |message: &str| delivery(&endpoint, &message.parse().unwrap()).pk;
    assert_ne!(of("msg_ECC-1-1"), of("msg_ECC-1-2"));
}
