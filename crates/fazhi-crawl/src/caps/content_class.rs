//! What kind of thing a body is, by what its server says and by its first bytes.

/// What kind of thing a body is, as far as the crawl has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ContentClass {
    Html,
    Xml,
    Json,
    /// Text of another kind.
    Text,
    Pdf,
    /// A document of a word processor, a spreadsheet or slides; OFD (GB/T 33190) too.
    Office,
    Archive,
    Image,
    Audio,
    Video,
    /// Nothing that is known.
    Other,
}

use ContentClass::{Archive, Audio, Html, Image, Json, Office, Other, Pdf, Text, Video, Xml};

/// Bytes that are looked at.
const HEAD: usize = 1024;

impl ContentClass {
    /// The class of a body whose server says `content_type` and which begins with `head`, its content coding removed.
    /// With an empty head, the header alone decides.
    ///
    /// Bytes that can be one thing only say more than the header: servers give PDF files as HTML and HTML as a stream of
    /// octets. Where bytes leave it open, the header decides.
    pub(crate) fn of(content_type: Option<&str>, head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD)];
        let declared = declared(content_type);
        if let Some(class) = of_signature(head) {
            // The containers of documents are those of archives; inside, the first names tell them apart.
            return if class == Archive && is_document(head, declared) { Office } else { class };
        }
        if let Some(class) = of_markup(head, declared) {
            return class;
        }
        match declared {
            // Said to be a file, or nothing, but no file reads as text.
            None | Some(Pdf | Office | Archive | Image | Audio | Video) if is_text(head) => Text,
            Some(class) => class,
            None => Other,
        }
    }
}

/// What the header says; nothing where it says nothing (`application/octet-stream`).
fn declared(content_type: Option<&str>) -> Option<ContentClass> {
    let media = content_type?.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (top, sub) = media.split_once('/')?;
    let has = |words: &[&str]| words.iter().any(|word| sub.contains(word));
    match top {
        "image" => Some(Image),
        "audio" => Some(Audio),
        "video" => Some(Video),
        "text" | "application" if has(&["html"]) => Some(Html),
        "application"
            if has(&["officedocument", "opendocument", "msword", "ms-excel", "ms-powerpoint", "ofd", "rtf"]) =>
        {
            Some(Office)
        }
        "text" | "application" if has(&["json", "javascript"]) => Some(Json),
        "text" | "application" if has(&["xml"]) => Some(Xml),
        "text" => Some(Text),
        "application" if has(&["pdf"]) => Some(Pdf),
        "application" if has(&["zip", "rar", "7z", "tar"]) => Some(Archive),
        _ => None,
    }
}

/// First bytes that can be one thing only.
const SIGNATURES: &[(&[u8], ContentClass)] = &[
    (b"%PDF-", Pdf),
    (b"PK\x03\x04", Archive),
    (b"PK\x05\x06", Archive),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Office),
    (b"{\\rtf", Office),
    (b"Rar!\x1A\x07", Archive),
    (b"7z\xBC\xAF\x27\x1C", Archive),
    (b"\x1F\x8B\x08", Archive),
    (b"BZh", Archive),
    (b"\xFD7zXZ\x00", Archive),
    (b"\x89PNG\r\n\x1A\n", Image),
    (b"\xFF\xD8\xFF", Image),
    (b"GIF87a", Image),
    (b"GIF89a", Image),
    (b"II*\x00", Image),
    (b"MM\x00*", Image),
    (b"\x00\x00\x01\x00", Image),
    (b"ID3", Audio),
    (b"\xFF\xFB", Audio),
    (b"fLaC", Audio),
    (b"OggS", Audio),
    (b"#!AMR", Audio),
    (b"FLV\x01", Video),
    (b"\x1A\x45\xDF\xA3", Video),
    (b"\x00\x00\x01\xBA", Video),
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", Video),
];

fn of_signature(head: &[u8]) -> Option<ContentClass> {
    let known = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|&(_, class)| class);
    known.or_else(|| of_container(head))
}

/// Files that name their kind a few bytes in: RIFF and the ISO base media format.
fn of_container(head: &[u8]) -> Option<ContentClass> {
    match (head.get(..4)?, head.get(4..8)?, head.get(8..12)?) {
        (b"RIFF", _, b"WEBP") | (_, b"ftyp", b"avif" | b"heic" | b"mif1") => Some(Image),
        (b"RIFF", _, b"WAVE") | (_, b"ftyp", b"M4A " | b"M4B ") => Some(Audio),
        (b"RIFF", _, b"AVI ") | (_, b"ftyp", _) => Some(Video),
        _ => None,
    }
}

/// Whether a ZIP file holds a document: Office Open XML, OpenDocument, OFD.
fn is_document(head: &[u8], declared: Option<ContentClass>) -> bool {
    const NAMES: [&[u8]; 7] =
        [b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"OFD.xml", b"Doc_0/", b"mimetypeapplication/vnd.oasis"];
    // The name of the first entry stands at byte 30.
    let zip = head.starts_with(b"PK\x03\x04").then(|| head.get(30..)).flatten();
    zip.is_some_and(|names| declared == Some(Office) || NAMES.iter().any(|name| names.starts_with(name)))
}

/// Tags that only a page begins with.
const PAGE_TAGS: [&[u8]; 12] = [
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<title",
    b"<meta",
    b"<link",
    b"<script",
    b"<style",
    b"<body",
    b"<div",
    b"<table",
    b"<iframe",
];
/// Roots of feeds and lists.
const XML_ROOTS: [&[u8]; 7] =
    [b"<rss", b"<feed", b"<rdf:rdf", b"<urlset", b"<sitemapindex", b"<datastore", b"<recordset"];

fn of_markup(head: &[u8], declared: Option<ContentClass>) -> Option<ContentClass> {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start().to_ascii_lowercase();
    let begins = |tags: &[&[u8]]| tags.iter().any(|tag| text.starts_with(tag));
    let holds = |tag: &[u8]| text.windows(tag.len()).any(|bytes| bytes == tag);
    if begins(&PAGE_TAGS) {
        return Some(Html);
    }
    if begins(&XML_ROOTS) {
        return Some(Xml);
    }
    if text.starts_with(b"<?xml") || text.starts_with(b"<!--") {
        let is_page = holds(b"<html") || holds(b"<!doctype html");
        let otherwise = if text.starts_with(b"<?xml") { Some(Xml) } else { declared };
        return if is_page { Some(Html) } else { otherwise };
    }
    // Lists in JSON are often said to be HTML, and no page begins so; plain text may.
    let is_json = matches!(text.first(), Some(b'{' | b'[')) && declared != Some(Text);
    let goes_on = || text[1..].trim_ascii_start().first().is_some_and(|next| b"\"{[]}".contains(next));
    (is_json && goes_on()).then_some(Json)
}

/// Whether bytes may be text in one of the encodings that portals use: none of those has these control characters.
fn is_text(head: &[u8]) -> bool {
    !head.is_empty() && !head.iter().any(|&byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}
