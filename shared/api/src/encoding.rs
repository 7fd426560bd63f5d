//! Content encodings of responses (RFC 9110, sections 8.4 and 12.5.3).

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::{HeaderMap, header};

use super::{ApiResponse, conditional::GZIP_SUFFIX};

/// Smaller bodies fit into one packet either way.
const SMALLEST: usize = 1_024;

/// How a caller takes the body of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentEncoding {
    /// As it is.
    Identity,
    /// Compressed, when that makes it smaller.
    Gzip,
    /// Compressed whatever its size: the caller does not take it as it is.
    OnlyGzip,
}

/// Weights in thousandths; none of what is not mentioned.
#[derive(Debug, Default)]
struct Weights {
    gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl ContentEncoding {
    /// By `Accept-Encoding`. Without it, or when it accepts nothing that there is, the body is sent
    /// as it is: section 12.5.3 leaves that to the server.
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let mut weights = Weights::default();
        for value in headers.get_all(header::ACCEPT_ENCODING) {
            for element in value.to_str().unwrap_or_default().split(',') {
                weights.add(element);
            }
        }
        let gzip = weights.gzip.or(weights.any).unwrap_or(0);
        let identity = weights.identity.or(weights.any.filter(|weight| *weight == 0));
        match (gzip, identity) {
            (0, _) => Self::Identity,
            (_, Some(0)) => Self::OnlyGzip,
            (gzip, Some(identity)) if identity > gzip => Self::Identity,
            _ => Self::Gzip,
        }
    }
}

impl Weights {
    fn add(&mut self, element: &str) {
        let mut parts = element.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default().to_ascii_lowercase();
        let slot = match coding.as_str() {
            "gzip" | "x-gzip" => &mut self.gzip,
            "identity" => &mut self.identity,
            "*" => &mut self.any,
            _ => return,
        };
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
        });
        *slot = Some(weight.unwrap_or(1_000));
    }
}

/// A weight (section 12.4.2). One that is malformed counts as a refusal.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let legal = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" if legal => 1_000,
        "0" if legal => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

impl ApiResponse {
    /// The response as the caller takes it. What may be sent in two ways says so to caches, and a
    /// compressed representation has a tag of its own (section 8.8.3.3).
    pub(super) fn encoded(mut self, encoding: ContentEncoding) -> Self {
        if self.headers().get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "gzip") {
            return self.varying_by_encoding().expanded_unless(encoding);
        }
        let large = self.body().len() >= SMALLEST;
        if self.body().is_empty() || !self.is_compressible() {
            return self;
        }
        if large {
            self = self.varying_by_encoding();
        }
        let wanted = match encoding {
            ContentEncoding::Identity => false,
            ContentEncoding::Gzip => large,
            ContentEncoding::OnlyGzip => true,
        };
        match wanted.then(|| gzip(self.body())).flatten() {
            Some(body)
                if encoding == ContentEncoding::OnlyGzip || body.len() < self.body().len() =>
            {
                self.compressed(body)
            }
            _ => self,
        }
    }

    /// Text of any kind; images and what has an encoding already are not made smaller.
    fn is_compressible(&self) -> bool {
        let media = self.headers().get(header::CONTENT_TYPE);
        let media = media.and_then(|media| media.to_str().ok()).unwrap_or_default();
        let essence = media.split(';').next().unwrap_or_default().trim();
        let text =
            essence.ends_with("json") || essence.ends_with("+xml") || essence.starts_with("text/");
        text && !self.headers().contains_key(header::CONTENT_ENCODING)
    }

    fn varying_by_encoding(self) -> Self {
        let other = self.headers().get(header::VARY).and_then(|value| value.to_str().ok());
        let both = other.map(|other| format!("{other}, Accept-Encoding"));
        self.header(header::VARY, both.as_deref().unwrap_or("Accept-Encoding"))
    }

    /// A body that is kept compressed, as the caller takes it.
    fn expanded_unless(self, accepted: ContentEncoding) -> Self {
        if accepted != ContentEncoding::Identity {
            return self.with_tag_of_gzip();
        }
        match gunzip(self.body()) {
            Some(body) => self.with_raw_body(body).without_header(header::CONTENT_ENCODING),
            None => self.with_tag_of_gzip(),
        }
    }

    fn compressed(self, body: Vec<u8>) -> Self {
        self.with_raw_body(body).header(header::CONTENT_ENCODING, "gzip").with_tag_of_gzip()
    }

    fn with_tag_of_gzip(self) -> Self {
        let tag = self.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.and_then(|tag| Some(format!("{}{GZIP_SUFFIX}\"", tag.strip_suffix('"')?)));
        match tag {
            Some(tag) => self.header(header::ETAG, tag),
            None => self,
        }
    }
}

/// None: no memory for it, say; the body is sent as it is.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// None: it is not gzip.
fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut expanded = Vec::new();
    GzDecoder::new(body).read_to_end(&mut expanded).ok()?;
    Some(expanded)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};

    use super::*;

    fn accepted(values: &[&'static str]) -> ContentEncoding {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        ContentEncoding::accepted(&headers)
    }

    #[test]
    fn the_weights_decide() {
        use ContentEncoding::{Gzip, Identity, OnlyGzip};
        for (values, expected) in [
            (&[][..], Identity),
            (&[""], Identity),
            (&["gzip"], Gzip),
            (&["GZIP"], Gzip),
            (&["x-gzip"], Gzip),
            (&["deflate, gzip;q=0.5, br"], Gzip),
            (&["br", "gzip"], Gzip),
            (&["*"], Gzip),
            (&["gzip; q=1.000"], Gzip),
            (&["gzip ; Q = 0.001"], Gzip),
            (&["gzip;q=0.5, identity;q=0.5"], Gzip),
            (&["identity"], Identity),
            (&["br"], Identity),
            (&["gzip;q=0"], Identity),
            (&["gzip;q=0.000"], Identity),
            (&["gzip;q=0, *"], Identity),
            (&["*;q=0"], Identity),
            (&["gzip;q=0.5, identity"], Identity),
            (&["gzip;q=2"], Identity),
            (&["gzip;q="], Identity),
            (&["gzip;q=x"], Identity),
            (&["gzip;q=0.0001"], Identity),
            (&["gzip, identity;q=0"], OnlyGzip),
            (&["gzip, *;q=0"], OnlyGzip),
            (&["gzip;q=0.1, *;q=0"], OnlyGzip),
            (&["identity;q=0"], Identity),
        ] {
            assert_eq!(accepted(values), expected, "{values:?}");
        }
    }

    fn response(media: &'static str, size: usize) -> ApiResponse {
        ApiResponse::bytes(StatusCode::OK, media, "a".repeat(size)).header(header::ETAG, "\"7\"")
    }

    #[test]
    fn a_large_text_is_compressed_and_has_a_tag_of_its_own() {
        for media in ["application/json", "application/problem+json", "image/svg+xml", "text/plain"]
        {
            let sent = response(media, 5_000).encoded(ContentEncoding::Gzip);
            assert_eq!(sent.headers()["content-encoding"], "gzip");
            assert_eq!(sent.headers()["vary"], "Accept-Encoding");
            assert_eq!(sent.headers()["etag"], "\"7-gzip\"");
            assert!(sent.body().len() < 200);
            let mut text = String::new();
            GzDecoder::new(sent.body()).read_to_string(&mut text).unwrap();
            assert_eq!(text, "a".repeat(5_000));
        }
    }

    #[test]
    fn what_is_sent_as_it_is_keeps_its_tag() {
        let plain = response("application/json", 5_000).encoded(ContentEncoding::Identity);
        assert_eq!(plain.headers()["vary"], "Accept-Encoding", "caches keep both apart");
        let small = response("application/json", SMALLEST - 1).encoded(ContentEncoding::Gzip);
        let image = response("image/png", 5_000).encoded(ContentEncoding::Gzip);
        for sent in [&small, &image] {
            assert!(!sent.headers().contains_key("vary"));
        }
        for sent in [plain, small, image] {
            assert!(!sent.headers().contains_key("content-encoding"));
            assert_eq!(sent.headers()["etag"], "\"7\"");
        }
        let only = response("application/json", 10).encoded(ContentEncoding::OnlyGzip);
        assert_eq!(only.headers()["content-encoding"], "gzip");
        let none = ApiResponse::empty(StatusCode::NO_CONTENT).encoded(ContentEncoding::OnlyGzip);
        assert!(none.headers().is_empty());
    }

    #[test]
    fn a_body_that_is_kept_compressed_is_expanded_for_who_does_not_take_it() {
        let text = "a".repeat(5_000);
        let kept = || {
            let body = gzip(text.as_bytes()).unwrap();
            ApiResponse::gzipped(StatusCode::OK, "text/javascript", body)
                .header(header::ETAG, "\"7\"")
        };
        for encoding in [ContentEncoding::Gzip, ContentEncoding::OnlyGzip] {
            let sent = kept().encoded(encoding);
            assert_eq!(sent.body(), kept().body());
            assert_eq!(sent.headers()["content-encoding"], "gzip");
            assert_eq!(sent.headers()["etag"], "\"7-gzip\"");
            assert_eq!(sent.headers()["vary"], "Accept-Encoding");
        }
        let plain = kept().encoded(ContentEncoding::Identity);
        assert_eq!(plain.body(), text.as_bytes());
        assert!(!plain.headers().contains_key("content-encoding"));
        assert_eq!(plain.headers()["etag"], "\"7\"");
        assert_eq!(plain.headers()["vary"], "Accept-Encoding");
    }

    #[test]
    fn other_reasons_to_vary_stay() {
        let both = response("image/svg+xml", 5_000).header(header::VARY, "Accept");
        let both = both.encoded(ContentEncoding::Gzip);
        assert_eq!(both.headers()["vary"], "Accept, Accept-Encoding");
    }
}
