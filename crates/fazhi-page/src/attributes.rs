//! A bound on the attributes of a tag: the parser compares each with all before it, so their cost is quadratic.

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// Attributes a tag may have. Word, at its most talkative, writes some thirty.
pub(crate) const MAX_ATTRIBUTES: usize = 256;

/// The text without what a tag has beyond its 256th attribute. Raw text (scripts, styles) and comments are left alone.
pub(crate) fn clamp_attributes(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut kept = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found + 1;
        let rest = &bytes[at..];
        if rest.starts_with(b"!--") {
            at = memmem::find(rest, b"-->").map_or(bytes.len(), |end| at + end);
        } else if rest.first().is_some_and(u8::is_ascii_alphabetic) {
            let tag = Tag::scan(bytes, at);
            if let Some(surplus) = tag.surplus {
                kept.push_str(&text[copied..surplus]);
                copied = tag.end;
            }
            at = raw_text_end(bytes, at, tag.end);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[copied..]);
    Cow::Owned(kept)
}

struct Tag {
    /// Where its `>` stands, or the end of the text.
    end: usize,
    /// Where the first attribute above the bound begins.
    surplus: Option<usize>,
}

impl Tag {
    /// Steps over a tag as the tokenizer of the HTML standard does (§13.2.5.32–40).
    fn scan(bytes: &[u8], start: usize) -> Self {
        let mut at = skip(bytes, start, |byte| !is_space(byte) && !matches!(byte, b'/' | b'>'));
        let mut surplus = None;
        for count in 0.. {
            at = skip(bytes, at, |byte| is_space(byte) || byte == b'/');
            if bytes.get(at).is_none_or(|&byte| byte == b'>') {
                break;
            }
            if count == MAX_ATTRIBUTES {
                surplus = Some(at);
            }
            at = attribute_end(bytes, at);
        }
        Self { end: at, surplus }
    }
}

pub(crate) fn attribute_end(bytes: &[u8], start: usize) -> usize {
    // A name may begin with `=`, but not contain it.
    let name_end = skip(bytes, start + 1, |byte| !is_space(byte) && !matches!(byte, b'/' | b'>' | b'='));
    let equals = skip(bytes, name_end, is_space);
    if bytes.get(equals) != Some(&b'=') {
        return name_end;
    }
    let value = skip(bytes, equals + 1, is_space);
    match bytes.get(value) {
        Some(&quote @ (b'"' | b'\'')) => {
            memchr(quote, &bytes[value + 1..]).map_or(bytes.len(), |length| value + 1 + length + 1)
        }
        _ => skip(bytes, value, |byte| !is_space(byte) && byte != b'>'),
    }
}

/// Behind the raw text of an element that has such, else behind its tag.
fn raw_text_end(bytes: &[u8], name: usize, tag_end: usize) -> usize {
    for (raw, end_tag) in [(b"script".as_slice(), b"</script".as_slice()), (b"style", b"</style")] {
        let is_raw = bytes[name..].get(..raw.len()).is_some_and(|found| found.eq_ignore_ascii_case(raw));
        let ends = bytes.get(name + raw.len()).is_none_or(|&byte| is_space(byte) || matches!(byte, b'/' | b'>'));
        if is_raw && ends {
            return find_end_tag(bytes, tag_end, end_tag);
        }
    }
    tag_end
}

/// Where this end tag (`</name`, in lower case) stands from `at` on, whatever its case; else the end of the text.
pub(crate) fn find_end_tag(bytes: &[u8], mut at: usize, end_tag: &[u8]) -> usize {
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found;
        if bytes[at..].get(..end_tag.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(end_tag)) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

pub(crate) fn skip(bytes: &[u8], start: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let start = start.min(bytes.len());
    bytes[start..].iter().position(|&byte| !wanted(byte)).map_or(bytes.len(), |length| start + length)
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> String {
        (0..count).map(|number| format!(" a{number} = \"<{number}>\"")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn surplus_attributes_are_dropped() {
        let text = format!("<p>一<div{}>二</div>", numbered(300));
        let expected = format!("<p>一<div{} >二</div>", numbered(256));
        assert_eq!(clamp_attributes(&text), expected);
        let unclosed = format!("<div{}", numbered(300));
        assert_eq!(clamp_attributes(&unclosed), format!("<div{} ", numbered(256)));
    }

    #[test]
    fn everything_else_is_left_alone() {
        let words = "b ".repeat(500);
        for text in [
            format!("<div{}/>", numbered(256)),
            format!("<script>if (a<{words}</script><p>"),
            format!("<STYLE>a<{words}</STYLE>"),
            format!("<!-- <a {words}> -->"),
            format!("1 < {words}"),
            "<a href='x".to_owned(),
            "<a =b==c>".to_owned(),
            "<".to_owned(),
        ] {
            assert!(matches!(clamp_attributes(&text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
