//! Whatever comes, reading an eSIM order ends in an order or in a list of faults.

use esim::wire::{read_download_progress, read_esim_order};
use time::macros::datetime;

const SEED: &str = include_str!("data/003_f3b3798e454bac60.txt");

#[test]
fn a_seed_example_with_any_byte_changed_is_read_or_refused_without_a_panic() {
    let now = datetime!(2019-09-13 11:00 UTC);
    let (mut accepted, mut refused) = (0, 0);
    for example in SEED.split("-d '").skip(1).map(|rest| rest.split('\'').next().unwrap_or(rest)) {
        for place in 0..example.len() {
            for byte in [b'"', b'{', b'}', b'[', b',', b'0', b'9', b'-', b'\\', b'#', 0, 0xff] {
                let mut body = example.as_bytes().to_vec();
                body[place] = byte;
                // The other reader has no business with it, and must survive it as well.
                assert!(read_download_progress(&body).is_err());
                match read_esim_order(&body, now) {
                    Ok(request) => {
                        accepted += 1;
                        assert!((1..=15).contains(&request.details.plans.len()));
                    }
                    Err(faults) => {
                        refused += 1;
                        assert!(!faults.is_empty(), "a refusal says why");
                    }
                }
            }
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} and {refused}");
}
