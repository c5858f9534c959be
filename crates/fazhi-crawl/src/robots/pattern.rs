//! Paths and the patterns they are matched against, in one spelling (RFC 9309 §2.2.2 and §2.2.3).
//!
//! Matching takes time linear in path and pattern: a run of stars, or hundreds of them, costs no more than their bytes.

/// What a rule says about paths: literal pieces with a `*` between them, possibly up to the end (`$`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    /// In the one spelling; a `*` is always a wildcard, a literal one is `%2A`.
    text: String,
    end: End,
}

/// What may follow the last piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Anything.
    Open,
    /// Nothing.
    Anchored,
}

impl Pattern {
    /// Reads the value of a rule.
    pub(super) fn new(value: &[u8]) -> Self {
        let (value, end) = match value.strip_suffix(b"$") {
            Some(value) => (value, End::Anchored),
            None => (value, End::Open),
        };
        Self { text: spell(value, Stars::Wild), end }
    }

    /// How specific it is: its octets (§2.2.2: "the most specific match found MUST be used").
    pub(super) fn octets(&self) -> usize {
        self.text.len() + usize::from(self.end == End::Anchored)
    }

    /// Whether it matches a path as [`spell_path`] gives it.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut pieces = self.text.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = path.strip_prefix(first) else { return false };
        let Some(last) = pieces.next_back() else { return self.end == End::Open || rest.is_empty() };
        // The leftmost place for a piece leaves the most room for the next ones, so there is nothing to go back to.
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        match self.end {
            End::Open => rest.contains(last),
            End::Anchored => rest.ends_with(last),
        }
    }
}

/// A path with its query, in the spelling of patterns.
pub(super) fn spell_path(path: &str) -> String {
    spell(path.as_bytes(), Stars::Literal)
}

/// What a bare `*` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stars {
    Wild,
    Literal,
}

/// Whether what is written comes before or after the first `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Query,
}

fn spell(input: &[u8], stars: Stars) -> String {
    let mut output = String::with_capacity(input.len());
    let mut place = Place::Path;
    let mut rest = input;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%'
            && let Some((octet, tail)) = escaped(tail)
        {
            push_escaped(&mut output, octet, place);
            rest = tail;
            continue;
        }
        match byte {
            b'*' if stars == Stars::Wild => output.push('*'),
            // Browsers and the URL standard read it so; rule files written on Windows have it.
            b'\\' if place == Place::Path => output.push('/'),
            _ if is_plain(byte) || matches!(byte, b'/' | b'?' | b'&' | b'=' | b'+') => output.push(char::from(byte)),
            _ => push_hex(&mut output, byte),
        }
        if byte == b'?' {
            place = Place::Query;
        }
        rest = tail;
    }
    output
}

/// The octet that two hexadecimal digits stand for, and what follows them.
fn escaped(input: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], tail) = input.split_first_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((u8::try_from(digit(high)? * 16 + digit(low)?).ok()?, tail))
}

/// Octets are unescaped where that changes no meaning: `%2F` separates nothing in a path, and is an ordinary character
/// in a query; `%26` and `%3D` never become separators, nor `%2A` a wildcard.
fn push_escaped(output: &mut String, octet: u8, place: Place) {
    let plain = is_plain(octet) || (place == Place::Query && matches!(octet, b'/' | b'?'));
    if plain { output.push(char::from(octet)) } else { push_hex(output, octet) }
}

/// Octets that mean the same bare and escaped: the unreserved ones, and reserved ones that separate nothing here.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b'!' | b'\'' | b'(' | b')' | b',' | b';')
}

fn push_hex(output: &mut String, octet: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    output.push('%');
    output.push(char::from(DIGITS[usize::from(octet >> 4)]));
    output.push(char::from(DIGITS[usize::from(octet & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(spell_path(path), expected, "{path}");
        assert_eq!(spell_path(expected), expected, "the spelling is its own spelling");
    }

    #[test]
    fn a_path_has_one_spelling() {
        check("/a/%62%61%7a", "/a/baz");
        check("/%e6%b3%95", "/%E6%B3%95");
        check("/法", "/%E6%B3%95");
        check("/a%2Fb?c=%2Fd%26e", "/a%2Fb?c=/d%26e");
        check("/a:b;c%3Ad%3B", "/a:b;c:d;");
        check("/100%", "/100%25");
        check("/%zz%4", "/%25zz%254");
        check("/*$", "/%2A%24");
        check("/a?b=%2B+%3D", "/a?b=%2B+%3D");
    }

    #[test]
    fn many_wildcards_are_matched_in_linear_time() {
        // A matcher that goes back would need more steps here than there are atoms.
        let pattern = Pattern::new(format!("/{}b$", "*a".repeat(20_000)).as_bytes());
        assert!(!pattern.matches(&format!("/{}", "a".repeat(60_000))));
        assert!(pattern.matches(&format!("/{}b", "a".repeat(60_000))));
        let stars = Pattern::new(format!("/{}x", "*".repeat(400_000)).as_bytes());
        assert!(stars.matches("/yx"));
    }
}
