//! Entities that were encoded twice on the way into a page: `&amp;nbsp;` is meant to be a space, and is shown as one nowhere.

use std::borrow::Cow;

use memchr::memmem;

/// The source of a page with `&amp;` in front of the rest of an entity made `&` again. A lone `&amp;` is left alone.
pub fn mend_entities(source: &str) -> Cow<'_, str> {
    const TWICE: &str = "&amp;";
    let mut mended = String::new();
    let mut copied = 0;
    for at in memmem::find_iter(source.as_bytes(), TWICE.as_bytes()) {
        let behind = at + TWICE.len();
        if is_rest_of_entity(&source[behind..]) {
            mended.push_str(&source[copied..=at]);
            copied = behind;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(source);
    }
    mended.push_str(&source[copied..]);
    Cow::Owned(mended)
}

/// Names of entities that editors of portals write.
const NAMES: &[&str] = &[
    "nbsp", "ensp", "emsp", "thinsp", "lt", "gt", "quot", "apos", "ldquo", "rdquo", "lsquo", "rsquo", "middot",
    "mdash", "ndash", "hellip", "times", "bull", "deg", "permil", "laquo", "raquo", "lang", "rang", "copy", "amp",
];

fn is_rest_of_entity(text: &str) -> bool {
    let Some(end) = text.bytes().take(9).position(|byte| byte == b';') else { return false };
    let name = &text[..end];
    match name.strip_prefix('#') {
        Some(number) => {
            let digits = number.strip_prefix(['x', 'X']).unwrap_or(number);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        None => NAMES.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_encoded_twice_are_mended() {
        for (source, expected) in [
            ("甲&amp;nbsp;&amp;ldquo;乙&amp;#12288;", "甲&nbsp;&ldquo;乙&#12288;"),
            ("a?x=1&amp;y=2&amp;nbs", "a?x=1&amp;y=2&amp;nbs"),
            ("R&amp;D&amp;amp;", "R&amp;D&amp;"),
            ("&amp;", "&amp;"),
            ("&amp;#;&amp;#x3000;", "&amp;#;&#x3000;"),
        ] {
            assert_eq!(mend_entities(source), expected);
        }
    }
}
