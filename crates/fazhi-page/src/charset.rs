//! From bytes to text: which encoding, on what evidence.
//!
//! Order of trust: byte order mark, valid UTF-8, HTTP header, `<meta>`, statistics. Old portals declare gb2312 and hold
//! GBK or GB18030, so the whole family is decoded as GB18030, which contains the others.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::{memchr, memmem};

/// What told the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CharsetEvidence {
    /// A byte order mark.
    Bom,
    /// The bytes are UTF-8 (ASCII included), whatever was declared.
    Utf8,
    /// `Content-Type` of the answer.
    Header,
    /// A declaration in the page: `<meta>` or `<?xml … encoding=?>`.
    Meta,
    /// The frequencies of the bytes.
    Statistics,
}

/// A decoded page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// Lower-case name of the encoding in the WHATWG standard: `utf-8`, `gb18030`, `big5`, …
    pub charset: &'static str,
    /// What told it.
    pub evidence: CharsetEvidence,
    /// What header or page declare, lower-case, as written; the header goes first.
    pub declared: Option<String>,
    /// Places that do not fit the encoding, each now a U+FFFD in the text.
    pub replaced: usize,
}

/// Bytes searched for a declaration. Browsers stop at 1024, but portals put long scripts first.
const PRESCAN: usize = 8 * 1024;

/// Decodes a page. Never fails: bytes that fit no encoding become U+FFFD and are counted.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    let header = content_type.and_then(|value| label_after(value.as_bytes(), b"charset"));
    let meta = declaration(&bytes[..bytes.len().min(PRESCAN)]);
    let declared = header.clone().or_else(|| meta.clone());
    let finish = |choice: Choice| choice.finish(declared);
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return finish(Choice::new(&bytes[length..], encoding, CharsetEvidence::Bom));
    }
    if is_utf8(bytes) {
        return finish(Choice::new(bytes, UTF_8, CharsetEvidence::Utf8));
    }
    let labels = [(header, CharsetEvidence::Header), (meta, CharsetEvidence::Meta)];
    finish(choose(bytes, labels))
}

/// The first declared encoding that fits the bytes, else what statistics say, else what damages least.
fn choose(bytes: &[u8], labels: [(Option<String>, CharsetEvidence); 2]) -> Choice {
    let mut doubtful = Vec::new();
    for (label, evidence) in labels {
        let Some(encoding) = label.and_then(|label| encoding_for(&label, evidence)) else { continue };
        let choice = Choice::new(bytes, encoding, evidence);
        if choice.fits() {
            return choice;
        }
        doubtful.push(choice);
    }
    let guessed = Choice::new(bytes, guess(bytes), CharsetEvidence::Statistics);
    let fits = guessed.fits();
    doubtful.into_iter().filter(|_| !fits).fold(
        guessed,
        |best, choice| {
            if choice.replaced <= best.replaced { choice } else { best }
        },
    )
}

struct Choice {
    text: String,
    encoding: &'static Encoding,
    evidence: CharsetEvidence,
    replaced: usize,
}

impl Choice {
    fn new(bytes: &[u8], encoding: &'static Encoding, evidence: CharsetEvidence) -> Self {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes);
        let found = if damaged { count(text.as_bytes(), REPLACEMENT) } else { 0 };
        // A page may hold U+FFFD that somebody else put there; that is no fault of this decoding.
        let before = if damaged && encoding == UTF_8 { count(bytes, REPLACEMENT) } else { 0 };
        Self { text: text.into_owned(), encoding, evidence, replaced: found - before.min(found) }
    }

    /// Whether what does not fit may be damage of single bytes rather than a wrong encoding.
    fn fits(&self) -> bool {
        self.replaced == 0 || self.replaced * 200 < self.text.chars().filter(|c| !c.is_ascii()).count()
    }

    fn finish(self, declared: Option<String>) -> Decoded {
        let Self { text, encoding, evidence, replaced } = self;
        Decoded { text, charset: name(encoding), evidence, declared, replaced }
    }
}

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

fn count(haystack: &[u8], needle: &[u8]) -> usize {
    memmem::find_iter(haystack, needle).count()
}

/// Valid UTF-8, also when the page is cut inside its last character, or when single bytes of a long page are damaged:
/// text of another encoding hardly ever forms a valid sequence.
fn is_utf8(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_ok() {
        return true;
    }
    let (mut valid, mut broken, mut rest) = (0usize, 0usize, bytes);
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                valid += text.chars().filter(|c| !c.is_ascii()).count();
                break;
            }
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                valid += good.iter().filter(|&&byte| byte >= 0xc0).count();
                let Some(length) = error.error_len() else { break };
                // Bytes next to each other are one damage.
                broken += usize::from(broken == 0 || !good.is_empty());
                rest = &bad[length..];
            }
        }
    }
    broken == 0 || broken * 100 < valid
}

/// The encoding of a label; nothing for labels that are unknown or that contradict their own place.
fn encoding_for(label: &str, evidence: CharsetEvidence) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    // Servers announce ISO-8859-1 when nobody told them otherwise, and every byte fits it: it tells nothing.
    if encoding == WINDOWS_1252 {
        return None;
    }
    // A declaration that could be read as ASCII is not UTF-16 (WHATWG HTML, prescan).
    let wide = encoding == UTF_16BE || encoding == UTF_16LE;
    match evidence {
        CharsetEvidence::Meta if wide => Some(UTF_8),
        _ if encoding == GBK => Some(GB18030),
        _ => Some(encoding),
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    // The pages come from portals of one country, whatever the end of their host name.
    let guess = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny);
    if guess == GBK { GB18030 } else { guess }
}

/// The first encoding that the page itself declares.
fn declaration(head: &[u8]) -> Option<String> {
    if head.trim_ascii_start().starts_with(b"<?xml") {
        let end = memchr(b'>', head)?;
        return label_after(&head[..end], b"encoding");
    }
    let mut rest = head;
    while let Some(at) = memchr(b'<', rest) {
        rest = &rest[at + 1..];
        if rest.starts_with(b"!--") {
            rest = &rest[memmem::find(rest, b"-->").unwrap_or(rest.len())..];
        } else if rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"meta")) {
            let tag = &rest[..memchr(b'>', rest).unwrap_or(rest.len())];
            if let Some(label) = label_after(tag, b"charset") {
                return Some(label);
            }
        }
    }
    None
}

/// The value of `name = value` in a header value or tag.
fn label_after(text: &[u8], name: &[u8]) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    memmem::find_iter(&lower, name).find_map(|at| {
        let value = lower[at + name.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let in_label = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'+');
        let end = value.iter().position(|byte| !in_label(byte)).unwrap_or(value.len());
        let label = String::from_utf8_lossy(&value[..end]).into_owned();
        (!label.is_empty()).then_some(label)
    })
}

/// The name in lower case; the standard writes some of them in capitals.
fn name(encoding: &'static Encoding) -> &'static str {
    const LOWER: [&str; 18] = [
        "utf-8",
        "utf-16le",
        "utf-16be",
        "big5",
        "euc-jp",
        "euc-kr",
        "shift_jis",
        "iso-2022-jp",
        "iso-8859-2",
        "iso-8859-4",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-8",
        "koi8-r",
        "koi8-u",
        "ibm866",
        "gbk",
    ];
    let name = encoding.name();
    LOWER.into_iter().find(|lower| lower.eq_ignore_ascii_case(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "行政机关依法履行职责，全年办理案件若干，群众满意度稳步提升。";

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, charset: &str, evidence: CharsetEvidence) {
        let decoded = decode(bytes, content_type);
        assert_eq!((decoded.charset, decoded.evidence, decoded.replaced), (charset, evidence, 0));
        assert!(decoded.text.ends_with(TEXT), "{}", decoded.text);
    }

    #[test]
    fn evidence_is_weighed_in_order() {
        use CharsetEvidence::{Bom, Header, Meta, Statistics, Utf8};
        let meta = |label: &str| {
            format!("<!-- <meta charset=big5> --><html><META content='text/html; CharSet = {label}'>{TEXT}")
        };
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(TEXT.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        check(&utf16, Some("text/html; charset=gbk"), "utf-16le", Bom);
        check(format!("\u{feff}{TEXT}").as_bytes(), None, "utf-8", Bom);
        check(meta("gb2312").as_bytes(), Some("text/html; charset=GBK"), "utf-8", Utf8);
        check(&gb(TEXT), Some("text/html; charset=\"gb2312\""), "gb18030", Header);
        check(&gb(&meta("gb_2312-80")), Some("text/html"), "gb18030", Meta);
        check(&gb(&format!("<?xml version='1.0' encoding='GBK'?>{TEXT}")), None, "gb18030", Meta);
        check(&gb(TEXT), None, "gb18030", Statistics);
    }

    #[test]
    fn a_declaration_that_does_not_fit_is_not_believed() {
        use CharsetEvidence::{Meta, Statistics};
        let page = gb(&format!("<meta charset='gb2312'>{TEXT}"));
        check(&page, Some("text/html; charset=utf-8"), "gb18030", Meta);
        check(&page, Some("text/html; charset=ISO-8859-1"), "gb18030", Meta);
        check(&gb(TEXT), Some("text/html; charset=iso-8859-1"), "gb18030", Statistics);
        check(&gb(TEXT), Some("text/html; charset=utf-8"), "gb18030", Statistics);
        check(&gb(TEXT), Some("text/html; charset=nonsense"), "gb18030", Statistics);
    }

    #[test]
    fn characters_beyond_gb2312_are_read() {
        // A character of GBK that GB2312 lacks, and one of GB18030 that takes four bytes.
        let text = format!("镕㐀{TEXT}");
        let decoded = decode(&gb(&text), Some("text/html; charset=gb2312"));
        assert_eq!((decoded.text.as_str(), decoded.declared.as_deref()), (text.as_str(), Some("gb2312")));
    }

    #[test]
    fn a_page_cut_inside_a_character_stays_utf8() {
        for cut in 1..3 {
            let bytes = &TEXT.as_bytes()[..TEXT.len() - cut];
            let decoded = decode(bytes, Some("text/html; charset=gb2312"));
            assert_eq!((decoded.charset, decoded.evidence, decoded.replaced), ("utf-8", CharsetEvidence::Utf8, 1));
            assert!(TEXT.starts_with(decoded.text.trim_end_matches('\u{fffd}')));
        }
    }

    #[test]
    fn one_damaged_byte_does_not_change_the_encoding() {
        let mut bytes = TEXT.repeat(10).into_bytes();
        bytes[90] = 0xff;
        let decoded = decode(&bytes, None);
        assert_eq!((decoded.charset, decoded.evidence), ("utf-8", CharsetEvidence::Utf8));
        assert!((1..=3).contains(&decoded.replaced), "{}", decoded.replaced);
    }

    #[test]
    fn replacements_made_elsewhere_are_not_counted() {
        assert_eq!(decode("坏\u{fffd}\u{fffd}".as_bytes(), None).replaced, 0);
    }

    #[test]
    fn no_bytes_are_an_empty_page() {
        let decoded = decode(b"", None);
        assert_eq!((decoded.text.as_str(), decoded.charset, decoded.evidence), ("", "utf-8", CharsetEvidence::Utf8));
    }
}
