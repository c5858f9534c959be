//! What the HTML standard's tree construction says about elements by their names.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::BitOr;
use std::sync::LazyLock;

use html5ever::LocalName;

/// Classes of elements, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Classes(u8);

impl Classes {
    /// `html`, `head`, `body`.
    pub const ROOT: Self = Self(1);
    /// Have no end tag.
    pub const VOID: Self = Self(1 << 1);
    /// Hold text and no elements.
    pub const RAW_TEXT: Self = Self(1 << 2);
    /// Are cloned into later blocks until they are closed.
    pub const FORMATTING: Self = Self(1 << 3);
    /// Have an end tag that authors may omit (WHATWG HTML §13.1.2.4), as far as they stand in a body.
    pub const END_OMITTED: Self = Self(1 << 4);
    /// Close an open paragraph.
    pub const CLOSES_PARAGRAPH: Self = Self(1 << 5);
    /// Stand on lines of their own although they close no paragraph.
    pub const OWN_LINE: Self = Self(1 << 6);
    /// Hold no text for readers.
    pub const UNREAD: Self = Self(1 << 7);

    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Classes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The classes of an element; none for elements that the standard does not know.
pub(crate) fn classes_of(name: &LocalName) -> Classes {
    static TABLE: LazyLock<HashMap<LocalName, Classes, BuildHasherDefault<AtomHasher>>> = LazyLock::new(|| {
        let mut table = HashMap::<LocalName, Classes, BuildHasherDefault<AtomHasher>>::default();
        for (class, names) in MEMBERS {
            for name in names.split_ascii_whitespace() {
                let classes = table.entry(LocalName::from(name)).or_default();
                *classes = *classes | *class;
            }
        }
        table
    });
    TABLE.get(name).copied().unwrap_or_else(|| if is_private(name) { Classes::OWN_LINE } else { Classes::default() })
}

/// Elements of a vocabulary of the page's own (`gov-field`, `d:para`) are blocks; those that Word leaves in a text are not.
fn is_private(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, _)) => !matches!(prefix, "o" | "w" | "v" | "m" | "st1" | "st2"),
        None => name.contains('-'),
    }
}

/// Names carry their hash. The table never grows, so that nobody can crowd it.
#[derive(Default)]
struct AtomHasher(u64);

impl Hasher for AtomHasher {
    fn finish(&self) -> u64 {
        // The high bits choose the group and must differ as well.
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u32(&mut self, hash: u32) {
        self.0 = u64::from(hash);
    }
}

const MEMBERS: &[(Classes, &str)] = &[
    (Classes::ROOT, "body head html"),
    (
        Classes::VOID,
        "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr",
    ),
    (Classes::RAW_TEXT, "iframe noembed noframes noscript plaintext script style textarea title xmp"),
    (Classes::FORMATTING, "b big code em font i nobr s small strike strong tt u"),
    (
        Classes::CLOSES_PARAGRAPH,
        "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer \
         form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section \
         summary table ul xmp",
    ),
    (Classes::END_OMITTED, "caption colgroup dd dt li optgroup option p rp rt tbody td tfoot th thead tr"),
    (Classes::OWN_LINE, "body caption html legend optgroup option tbody tfoot thead"),
    (Classes::UNREAD, "script style noscript template head title iframe noframes noembed"),
];
