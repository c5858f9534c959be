//! How much of a body is taken, by what it was asked for and what it is.

mod content_class;

use fazhi_model::Purpose;

pub(crate) use content_class::ContentClass;

use crate::robots;

/// Limits for one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// Most bytes that are read from the network.
    pub(crate) wire: usize,
    /// Most bytes that they may become without their content coding.
    pub(crate) inflated: usize,
    /// Most bytes that one byte may become, in a body beyond [`HARMLESS`].
    pub(crate) ratio: usize,
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// A body of this size is no bomb, however small it was: generated tables shrink a hundredfold.
pub(crate) const HARMLESS: usize = MIB;
/// Text: the longest reports seen are below 1 MiB, so this is ten times what is needed. Deflate reaches 1032 at most, and
/// only on a body that says nothing; lists of a thousand equal rows stay below 100.
const TEXT: Caps = Caps { wire: 10 * MIB, inflated: 10 * MIB, ratio: 200 };
/// Files are compressed already; scanned reports are large.
const FILE: Caps = Caps { wire: 32 * MIB, inflated: 32 * MIB, ratio: 20 };
const PICTURE: Caps = Caps { wire: 10 * MIB, inflated: 10 * MIB, ratio: 20 };
/// What the purpose has no use for: enough to see what it is, and to show it to whoever asks why it was refused.
const GLIMPSE: Caps = Caps { wire: 64 * KIB, inflated: 64 * KIB, ratio: 200 };
/// What lies beyond the limit of a `robots.txt` is ignored and no error; the byte more shows that something does.
const RULES: Caps = Caps { wire: robots::LIMIT + 1, inflated: robots::LIMIT + 1, ratio: 200 };

/// The limits for a body of this class that was asked for with this purpose.
pub(crate) const fn caps(purpose: Purpose, class: ContentClass) -> Caps {
    use ContentClass::{Archive, Audio, Html, Image, Json, Office, Other, Pdf, Text, Video, Xml};
    match (purpose, class) {
        (Purpose::Robots, _) => RULES,
        (Purpose::Attachment, Other) => FILE,
        // A stream of octets that is still to be inflated may turn out to be text, but is taken no further than one.
        (_, Other) => TEXT,
        _ if fits(purpose, class).is_err() => GLIMPSE,
        (_, Html | Xml | Json | Text) => TEXT,
        (_, Pdf | Office | Archive) => FILE,
        (_, Image) => PICTURE,
        (_, Audio | Video) => GLIMPSE,
    }
}

/// Whether a body of this class can be what was asked for; if not, the rule that says so (`type-video`, …).
///
/// - A `robots.txt` may be anything: what is no rule in it is none, and its status alone decides what it stands for.
/// - A list is text: HTML, XML, JSON, or one of them said to be plain text.
/// - A page is text too, or a file: lists link to reports that are published as a PDF alone.
/// - A further part of a page is a page like the first.
/// - An attachment is a file, a scan included. HTML in its place is a viewer, a login or a notice.
pub(crate) const fn fits(purpose: Purpose, class: ContentClass) -> Result<(), &'static str> {
    use ContentClass::{Archive, Audio, Html, Image, Json, Office, Other, Pdf, Text, Video, Xml};
    let fits = match purpose {
        Purpose::Robots => true,
        Purpose::List | Purpose::Part => matches!(class, Html | Xml | Json | Text),
        Purpose::Page => matches!(class, Html | Xml | Json | Text | Pdf | Office | Archive),
        Purpose::Attachment => !matches!(class, Html | Audio | Video),
    };
    if fits {
        return Ok(());
    }
    Err(match class {
        Html => "type-html",
        Xml => "type-xml",
        Json => "type-json",
        Text => "type-text",
        Pdf => "type-pdf",
        Office => "type-office",
        Archive => "type-archive",
        Image => "type-image",
        Audio => "type-audio",
        Video => "type-video",
        Other => "type-unknown",
    })
}

impl Caps {
    /// Most bytes that a body of `wire` bytes may become, and the rule that says so.
    pub(crate) fn inflated_from(&self, wire: usize) -> (usize, &'static str) {
        let by_ratio = wire.saturating_mul(self.ratio).max(HARMLESS);
        if by_ratio < self.inflated { (by_ratio, "inflate-ratio") } else { (self.inflated, "inflated-size-cap") }
    }
}

#[cfg(test)]
mod tests;
