//! Links in responses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters, which are not encoded (RFC 3986, 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path with these parameters as its query.
pub fn with_query<'q>(path: &str, pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let encoded = |text| utf8_percent_encode(text, &RESERVED);
    let pairs =
        pairs.into_iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    let query: Vec<String> = pairs.collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_be_is_encoded() {
        assert_eq!(with_query("/orders", []), "/orders");
        let pairs = [("pon", "PO-1_a.b~c"), ("seller", "A&B = ä/?#+%")];
        let expected = "/orders?pon=PO-1_a.b~c&seller=A%26B%20%3D%20%C3%A4%2F%3F%23%2B%25";
        assert_eq!(with_query("/orders", pairs), expected);
    }
}
