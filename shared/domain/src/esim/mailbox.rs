//! Which mailbox an address names: compared by what mail systems compare.
//!
//! Of the local part ASCII letters in either case are one, and so are the composed and the
//! decomposed form of a text (RFC 6532, section 3.1). No other folding: the long s, the Kelvin sign
//! and the dotless i only look or fold like an ASCII letter, and a mail system delivers to another
//! mailbox. A domain is compared by its A-labels (RFC 5890), to which DNS resolves it.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// The longest label of the DNS, in bytes.
const LONGEST_LABEL: usize = 63;

/// The composed form (NFC), but for characters that NFC replaces by a single other one, such as the
/// Kelvin sign by the letter K: these are in neither the composed nor the decomposed form of a text.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let mut composed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((index, sign)) = rest.char_indices().find(|(_, c)| is_replaced(*c, &nfc)) {
        composed.push_str(&nfc.normalize(&rest[..index]));
        composed.push(sign);
        rest = &rest[index + sign.len_utf8()..];
    }
    composed.push_str(&nfc.normalize(rest));
    Cow::Owned(composed)
}

fn is_replaced(sign: char, nfc: &ComposingNormalizerBorrowed<'_>) -> bool {
    if sign.is_ascii() {
        return false;
    }
    let mut buffer = [0; 4];
    let text: &str = sign.encode_utf8(&mut buffer);
    let normalised = nfc.normalize(text);
    let mut signs = normalised.chars();
    signs.next().is_some_and(|first| first != sign) && signs.next().is_none()
}

/// Composed, with ASCII letters in lower case. Composed first, or else the decomposed form of a
/// capital would lose its case; and again, because some letters have a composed form in lower case
/// only.
fn folded(text: &str) -> String {
    composed(&composed(text).to_ascii_lowercase()).into_owned()
}

/// The normalised form of an address: two name one mailbox when it is the same.
pub(super) fn normalised(local: &str, domain: &str) -> String {
    let mut normalised = folded(local);
    let domain = folded(domain);
    for (index, label) in domain.split('.').enumerate() {
        normalised.push(if index == 0 { '@' } else { '.' });
        normalised.push_str(&a_label(label));
    }
    normalised
}

/// The A-label of a label; the label itself when it has none, or when it would become another text
/// on the way: a full-width letter or the long s is no ASCII letter.
fn a_label(label: &str) -> Cow<'_, str> {
    if label.is_ascii() {
        return Cow::Borrowed(label);
    }
    let Ok(ascii) = idna::domain_to_ascii(label) else { return Cow::Borrowed(label) };
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    if valid.is_ok() && unicode == lower_case(label) && ascii.len() <= LONGEST_LABEL {
        Cow::Owned(ascii)
    } else {
        Cow::Borrowed(label)
    }
}

/// In lower case, but for what would become ASCII.
fn lower_case(label: &str) -> String {
    let mut lower = String::with_capacity(label.len());
    for sign in label.chars() {
        if sign.to_lowercase().any(|sign| sign.is_ascii()) {
            lower.push(sign);
        } else {
            lower.extend(sign.to_lowercase());
        }
    }
    lower
}
