//! What the HTML standard's tree construction says about elements by their names.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::BitOr;
use std::sync::LazyLock;

use html5ever::LocalName;

/// Classes of elements, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Classes(u32);

impl Classes {
    /// `html`, `head`, `body`.
    pub const ROOT: Self = Self(1);
    /// Have no end tag.
    pub const VOID: Self = Self(1 << 1);
    /// Hold text and no elements.
    pub const RAW_TEXT: Self = Self(1 << 2);
    /// Are cloned into later blocks until they are closed.
    pub const FORMATTING: Self = Self(1 << 3);
    /// `h1` to `h6`.
    pub const HEADING: Self = Self(1 << 4);
    /// Belong into a table.
    pub const TABLE_PART: Self = Self(1 << 5);
    /// What bounds the search for an element to close (WHATWG HTML §13.2.4.2, "has an element in scope").
    pub const SCOPE: Self = Self(1 << 6);
    /// Close an open paragraph.
    pub const CLOSES_PARAGRAPH: Self = Self(1 << 7);
    /// The "special" elements of WHATWG HTML §13.2.4.2.
    pub const SPECIAL: Self = Self(1 << 8);
    /// Elements beyond which an unclosed item is not looked for.
    pub const ENDS_ITEM: Self = Self(1 << 9);
    /// `table`.
    pub const TABLE: Self = Self(1 << 10);
    /// `tbody`, `thead`, `tfoot`.
    pub const TABLE_BODY: Self = Self(1 << 11);
    /// `template`.
    pub const TEMPLATE: Self = Self(1 << 12);
    /// `ul`, `ol`.
    pub const LIST: Self = Self(1 << 13);
    /// `svg`, `math`.
    pub const FOREIGN: Self = Self(1 << 14);
    /// Close other elements than paragraphs that authors leave open.
    pub const CLOSES_OTHERS: Self = Self(1 << 15);

    /// Stand on lines of their own although they close no paragraph.
    pub const OWN_LINE: Self = Self(1 << 16);
    /// Hold no text for readers.
    pub const UNREAD: Self = Self(1 << 17);

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
    (Classes::HEADING, "h1 h2 h3 h4 h5 h6"),
    (Classes::TABLE_PART, "caption colgroup tbody td tfoot th thead tr"),
    (
        Classes::SCOPE,
        "annotation-xml applet caption desc foreignObject html marquee mi mn mo ms mtext object select table td \
         template th",
    ),
    (
        Classes::CLOSES_PARAGRAPH,
        "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer \
         form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section \
         summary table ul xmp",
    ),
    (
        Classes::SPECIAL,
        "address annotation-xml applet area article aside base basefont bgsound blockquote body br button caption \
         center col colgroup dd desc details dir div dl dt embed fieldset figcaption figure footer foreignObject \
         form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe image img input keygen li link \
         listing main marquee menu meta mi mn mo ms mtext nav noembed noframes noscript object ol p param \
         plaintext pre script search section select source style summary table tbody td template textarea tfoot th \
         thead title tr track ul wbr xmp",
    ),
    (
        Classes::ENDS_ITEM,
        "annotation-xml applet area article aside base basefont bgsound blockquote body br button caption center \
         col colgroup dd desc details dir dl dt embed fieldset figcaption figure footer foreignObject form frame \
         frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe image img input keygen li link listing main \
         marquee menu meta mi mn mo ms mtext nav noembed noframes noscript object ol param plaintext pre script \
         search section select source style summary table tbody td template textarea tfoot th thead title tr track \
         ul wbr xmp",
    ),
    (Classes::TABLE, "table"),
    (Classes::TABLE_BODY, "tbody tfoot thead"),
    (Classes::TEMPLATE, "template"),
    (Classes::LIST, "ol ul"),
    (Classes::FOREIGN, "math svg"),
    (Classes::OWN_LINE, "body caption html legend optgroup option tbody tfoot thead"),
    (Classes::UNREAD, "script style noscript template head title iframe noframes noembed"),
    (Classes::CLOSES_OTHERS, "a caption colgroup dd dt li optgroup option tbody td tfoot th thead tr"),
];
