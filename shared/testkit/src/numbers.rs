//! Valid numbers, a distinct one for each `n`.

use domain::numbering::{Iccid, Imsi, Msisdn};

/// An ICCID with a valid check digit.
pub fn iccid(n: u64) -> Iccid {
    let body = format!("8946{n:015}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if index % 2 == 0 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    let check = (10 - sum % 10) % 10;
    format!("{body}{check}").parse().expect("the check digit was calculated above")
}

/// An MSISDN.
pub fn msisdn(n: u64) -> Msisdn {
    format!("467{n:08}").parse().expect("eleven digits or a few more, the first a 4")
}

/// An IMSI.
pub fn imsi(n: u64) -> Imsi {
    format!("24007{n:010}").parse().expect("fifteen digits")
}
