mod forbidden;
mod kept;
mod memory;
mod nasty;
mod ordinary;

use std::time::Duration;

use super::Limits;

/// Short enough for tests, long enough for a busy machine.
const SHORT: Limits = Limits {
    connect: Duration::from_millis(1_500),
    total: Duration::from_secs(3),
    body: Limits::DELIVERY.body,
};

#[test]
fn a_delivery_has_3_seconds_to_connect_and_15_in_all_and_reads_16_kib() {
    let expected = (Duration::from_secs(3), Duration::from_secs(15), 16_384);
    let Limits { connect, total, body } = Limits::DELIVERY;
    assert_eq!((connect, total, body), expected);
}
