//! What a body may be: size, media type, depth.

use http::{HeaderMap, Method, header};

use super::Problem;

/// The largest body, in bytes (`infra/docs/architecture.md`, *Errors, time, size*).
pub const LARGEST_BODY: usize = 256 * 1024;
/// The deepest nesting of JSON.
pub const DEEPEST: usize = 32;

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json` or `application/…+json`.
    Json,
    /// A JSON Merge Patch, `application/merge-patch+json`; plain JSON is read as one.
    MergePatch,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Media {
    /// The media type as the OpenAPI document names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::MergePatch => "application/merge-patch+json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// Checks a body that is there.
pub(super) fn check_body(
    method: &Method,
    headers: &HeaderMap,
    body: &[u8],
    wanted: Media,
) -> Result<(), Problem> {
    if body.len() > LARGEST_BODY {
        return Err(Problem::TooLarge);
    }
    if body.is_empty() || !matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
        return Ok(());
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let encoded = text(header::CONTENT_ENCODING).is_some_and(|encoding| {
        encoding.split(',').any(|coding| !coding.trim().eq_ignore_ascii_case("identity"))
    });
    if encoded || !text(header::CONTENT_TYPE).is_some_and(|media| is(wanted, media)) {
        return Err(Problem::UnsupportedMediaType);
    }
    if wanted != Media::Form && too_deep(body) {
        return Err(Problem::invalid("", format!("nested deeper than {DEEPEST}")));
    }
    Ok(())
}

/// The names of UTF-8, and of ASCII, which is UTF-8 as well (IANA, *Character Sets*).
const UTF_8: [&str; 15] = [
    "utf-8",
    "utf8",
    "csutf8",
    "unicode-1-1-utf-8",
    "us-ascii",
    "ascii",
    "us",
    "csascii",
    "ansi_x3.4-1968",
    "ansi_x3.4-1986",
    "iso646-us",
    "iso_646.irv:1991",
    "iso-ir-6",
    "ibm367",
    "cp367",
];

/// The patch that is understood (RFC 7396).
const MERGE_PATCH: &str = "merge-patch+json";

/// Whether a subtype is a patch of another kind (RFC 6902, say): what it holds are no members of
/// a resource.
fn is_another_patch(subtype: &str) -> bool {
    subtype != MERGE_PATCH && subtype.split(['.', '-', '+']).any(|part| part == "patch")
}

/// Whether a media type is the wanted one, in UTF-8.
fn is(wanted: Media, media: &str) -> bool {
    let mut parts = media.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let right = match wanted {
        Media::Json | Media::MergePatch => {
            essence.strip_prefix("application/").is_some_and(|subtype| {
                subtype == "json"
                    || (subtype.len() > 5
                        && subtype.ends_with("+json")
                        && !is_another_patch(subtype))
            })
        }
        Media::Form => essence == "application/x-www-form-urlencoded",
    };
    right
        && parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            !name.trim().eq_ignore_ascii_case("charset")
                || UTF_8
                    .iter()
                    .any(|name| value.trim().trim_matches('"').eq_ignore_ascii_case(name))
        })
}

/// Whether brackets open deeper than allowed, counted without building anything: 3 MB of `{}` cost
/// 179 MB as a value (`infra/docs/reliability.md`, fact 12). Whether the text is JSON is the
/// parser's matter.
fn too_deep(body: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in body {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_media_type() {
        for right in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/merge-patch+json;charset=\"utf-8\"",
            "application/json; profile=x",
            "application/vnd.dispatch+json",
        ] {
            assert!(is(Media::Json, right), "{right}");
        }
        for wrong in [
            "",
            "text/json",
            "application/xml",
            "application/+json",
            "application/jsonp",
            "application/json; charset=iso-8859-1",
            "text/plain; application/json",
            "application/json-patch+json",
            "application/strategic-merge-patch+json",
            "application/json-patch-query+json",
            "application/vnd.example.patch+json",
        ] {
            assert!(!is(Media::Json, wrong) && !is(Media::MergePatch, wrong), "{wrong}");
        }
    }

    #[test]
    fn every_name_of_utf_8_and_ascii_is_taken_and_no_other() {
        for name in UTF_8.into_iter().chain(["UTF-8", "ISO_646.irv:1991", "IBM367"]) {
            assert!(is(Media::Json, &format!("application/json; charset={name}")), "{name}");
            assert!(
                is(Media::MergePatch, &format!("application/json;charset=\"{name}\"")),
                "{name}"
            );
        }
        for name in ["", "utf-16", "utf-7", "iso-8859-1", "windows-1252", "utf-8x"] {
            assert!(!is(Media::Json, &format!("application/json; charset={name}")), "{name}");
        }
    }

    #[test]
    fn a_form_is_known_by_its_media_type() {
        let form = "application/x-www-form-urlencoded";
        assert!(is(Media::Form, form) && is(Media::Form, &format!("{form}; charset=utf-8")));
        assert!(!is(Media::Form, "application/json") && !is(Media::Json, form));
    }

    #[test]
    fn depth_is_counted_outside_strings_only() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(!too_deep(&nested(DEEPEST)));
        assert!(too_deep(&nested(DEEPEST + 1)));
        let quoted = format!(r#"["\"{}"]"#, "[".repeat(100));
        assert!(!too_deep(quoted.as_bytes()));
        let wide = "[{}],".repeat(100);
        assert!(!too_deep(wide.as_bytes()));
    }
}
