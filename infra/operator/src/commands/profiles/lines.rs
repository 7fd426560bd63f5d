//! Files with one profile a line: ICCID, or ICCID,TYPE.

use domain::{
    esim::{ProfileType, fits_es2plus},
    numbering::Iccid,
};

/// What a line says; nothing for an empty one and for a heading.
pub(super) fn read(
    line: &str,
    usual: Option<&ProfileType>,
) -> Result<Option<(Iccid, ProfileType)>, String> {
    let Some((iccid, kind)) = parts(line)? else { return Ok(None) };
    let iccid = number(iccid)?;
    let kind = match kind {
        Some(kind) => kind.parse().map_err(|_| format!("{kind:?} is no type of profile"))?,
        None => usual.cloned().ok_or("no type: write ICCID,TYPE or give --type")?,
    };
    Ok(Some((iccid, kind)))
}

/// The number of a line, whatever its type; nothing for an empty one and for a heading.
pub(super) fn read_number(line: &str) -> Result<Option<Iccid>, String> {
    parts(line)?.map(|(iccid, _)| number(iccid)).transpose()
}

type Parts<'l> = Option<(&'l str, Option<&'l str>)>;

fn parts(line: &str) -> Result<Parts<'_>, String> {
    if line.is_empty() || line.trim_matches('"').to_ascii_lowercase().starts_with("iccid") {
        return Ok(None);
    }
    if line.contains(['"', '\'']) {
        return Err("quotes: write ICCID,TYPE without them".to_owned());
    }
    if line.contains([';', '\t']) {
        return Err("a semicolon or tab: ICCID and TYPE are separated by a comma".to_owned());
    }
    let (iccid, kind) = match line.split_once(',') {
        Some((iccid, kind)) => (iccid.trim(), Some(kind.trim())),
        None => (line, None),
    };
    Ok(Some((iccid, kind.filter(|kind| !kind.is_empty()))))
}

/// Says what is wrong with a number, never the number.
fn number(text: &str) -> Result<Iccid, String> {
    // The filler of an odd number of digits is no part of it.
    let digits = text.strip_suffix(['F', 'f']).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("no ICCID: it has digits only".to_owned());
    }
    if !(19..=20).contains(&digits.len()) {
        return Err("an SM-DP+ knows ICCIDs of 19 or 20 digits only".to_owned());
    }
    let iccid: Iccid = digits.parse().map_err(|_| "the check digit of the ICCID is wrong")?;
    match fits_es2plus(&iccid) {
        true => Ok(iccid),
        false => Err("an SM-DP+ knows ICCIDs of 19 or 20 digits only".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_words_of_its_own() {
        let usual: ProfileType = "consumer".parse().unwrap();
        let said = |line: &str| read(line, Some(&usual)).err().unwrap_or_default();
        let right = "89461177710001700003";
        for line in
            [right, "", "ICCID,TYPE", "\"iccid\"", &format!("{right}F"), &format!("{right},iot")]
        {
            assert_eq!(said(line), "", "{line}");
        }
        for (line, words) in [
            (&*format!("\"{right}\""), "quotes"),
            (&*format!("{right};iot"), "semicolon"),
            (&*format!("{right}\tiot"), "tab"),
            ("89461177710001700004", "check digit"),
            ("894611777100017", "19 or 20 digits"),
            ("hello", "digits only"),
            (&*format!("{right},a#b c"), "no type of profile"),
        ] {
            let said = said(line);
            assert!(said.contains(words) && !said.contains("8946"), "{line}: {said}");
        }
        assert!(read(right, None).unwrap_err().contains("--type"));
    }
}
