//! A page without what no reader sees, made before it is parsed: code, style sheets, comments, and attributes that only
//! style or act. They are most of a portal's page, and a scan for `<` costs a tenth of what the parser spends on them.

use memchr::memchr;

use crate::attributes::{MAX_ATTRIBUTES, attribute_end, find_end_tag, is_space, skip};

/// Elements whose text is code.
const CODE: &[&str] = &["script", "style"];

/// Elements in whose text `<` begins nothing but their own end tag.
const PLAIN: &[&str] = &["title", "textarea"];

/// The source of a page for [`crate::parse_readable`].
pub(crate) fn condense(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut kept = String::with_capacity(text.len() / 2);
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let open = at + found;
        let rest = &bytes[open + 1..];
        if rest.starts_with(b"!--") {
            kept.push_str(&text[copied..open]);
            at = comment_end(bytes, open + 1);
            copied = at;
        } else if rest.first().is_some_and(u8::is_ascii_alphabetic) {
            let name_end = skip(bytes, open + 1, |byte| !is_space(byte) && !matches!(byte, b'/' | b'>'));
            kept.push_str(&text[copied..open]);
            at = match CODE.iter().find(|code| code.eq_ignore_ascii_case(&text[open + 1..name_end])) {
                Some(code) => code_end(bytes, name_end, code),
                None => copy_tag(text, open, name_end, &mut kept),
            };
            copied = at;
            if let Some(plain) = PLAIN.iter().find(|plain| plain.eq_ignore_ascii_case(&text[open + 1..name_end])) {
                at = find_end_tag(bytes, at, format!("</{plain}").as_bytes());
            }
        } else {
            at = open + 1;
        }
    }
    kept.push_str(&text[copied..]);
    kept
}

/// Behind a comment that begins with the `!` at `start` (WHATWG HTML §13.2.5.43–51); an open one takes the rest.
fn comment_end(bytes: &[u8], start: usize) -> usize {
    let inner = start + "!--".len();
    // `<!-->` and `<!--->` are comments too.
    if let Some(length) = [&b">"[..], b"->"].into_iter().find(|end| bytes[inner..].starts_with(end)).map(<[u8]>::len) {
        return inner + length;
    }
    let ends = memchr::memchr_iter(b'>', &bytes[inner..]).map(|length| inner + length);
    let mut ends = ends.filter(|end| {
        let text = &bytes[inner..*end];
        text.ends_with(b"--") || text.ends_with(b"--!")
    });
    ends.next().map_or(bytes.len(), |end| end + 1)
}

/// Behind the end tag of a script or style sheet.
fn code_end(bytes: &[u8], name_end: usize, name: &str) -> usize {
    let tag_end = tag_end(bytes, name_end);
    let end_tag = format!("</{name}");
    let end = find_end_tag(bytes, tag_end, end_tag.as_bytes());
    memchr(b'>', &bytes[end..]).map_or(bytes.len(), |length| end + length + 1)
}

fn tag_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at = skip(bytes, at, |byte| is_space(byte) || byte == b'/');
        if bytes.get(at).is_none_or(|&byte| byte == b'>') {
            return at;
        }
        at = attribute_end(bytes, at);
    }
}

/// Copies a start tag with the attributes that say something; returns where its `>` stands.
fn copy_tag(text: &str, open: usize, name_end: usize, kept: &mut String) -> usize {
    let bytes = text.as_bytes();
    kept.push_str(&text[open..name_end]);
    let mut at = name_end;
    let mut count = 0;
    loop {
        let start = skip(bytes, at, |byte| is_space(byte) || byte == b'/');
        if bytes.get(start).is_none_or(|&byte| byte == b'>') {
            // `<br/>`, and a tag that the page's end cuts.
            if start > at && bytes[start - 1] == b'/' {
                kept.push('/');
            }
            return start;
        }
        at = attribute_end(bytes, start);
        if count < MAX_ATTRIBUTES && says_something(&text[start..at]) {
            count += 1;
            kept.push(' ');
            kept.push_str(&text[start..at]);
        }
    }
}

/// Attributes that tell what an element is, where it leads or that it is hidden.
fn says_something(attribute: &str) -> bool {
    const NAMES: &[&str] =
        &["id", "class", "name", "content", "href", "src", "hidden", "pdfsrc", "sudyfile-attr", "property", "itemprop"];
    let name = attribute.split(|c: char| c == '=' || c.is_ascii_whitespace()).next().unwrap_or_default();
    if name.eq_ignore_ascii_case("style") {
        return attribute.to_ascii_lowercase().contains("none");
    }
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
        || name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data-"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{parse_html, text_of};

    #[track_caller]
    fn check(page: &str, expected: &str) {
        assert_eq!(condense(page), expected, "{page}");
    }

    #[test]
    fn what_no_reader_sees_goes() {
        check("<p style='color:red' class=a onclick=\"f('>')\">甲</p>", "<p class=a>甲</p>");
        check("甲<script type=x>if(a<b){}</script>乙<STYLE>p{}</Style >丙", "甲乙丙");
        check("甲<!-- <p>旧</p> -->乙<!-->丙<!--x--!>丁", "甲乙丙丁");
        check("甲<!--- 开始 --->乙<!-----头----->丙<!--->丁<!-- x > -- y -->", "甲乙丙丁");
        check(
            "<title>甲 <!-- 乙</title><textarea>丙 <!-- </textarea>丁<!--x-->",
            "<title>甲 <!-- 乙</title><textarea>丙 <!-- </textarea>丁",
        );
        check(
            "<div style=\"display: none\" hidden id=x data-v=1>甲",
            "<div style=\"display: none\" hidden id=x data-v=1>甲",
        );
        check("甲<br/>1 < 2<a href=/x/ target=_blank>乙</a>", "甲<br/>1 < 2<a href=/x/>乙</a>");
        check("甲<script>从此", "甲");
        check("甲<!-- 从此", "甲");
        check("甲<p clas", "甲<p");
    }

    proptest! {
        #[test]
        fn the_text_of_a_page_stays(
            page in "(<(p|b|br/|td|tr|table|div|/p|/table|/td) ?(class=\"x>\"|style='a')?>|<!-{2,5}[甲 >]?-{0,5}!?>|</?textarea>|[甲乙\n]|<script>a<b</script>){0,40}"
        ) {
            // White space at the places of comments and code may join or part.
            let text = |source: &str| {
                text_of(parse_html(source).html.root_element()).split_whitespace().collect::<String>()
            };
            prop_assert_eq!(text(&condense(&page)), text(&page));
        }

        #[test]
        fn any_text_condenses(page in "[<>!/a=\"' -]{0,60}") {
            let condensed = condense(&page);
            prop_assert!(condensed.len() <= page.len() + 1);
        }
    }
}
