//! XML lists: site maps and feeds, read as flat records.
//!
//! Feeds of portals are often no XML in the strict sense (a lone `&`, an element that is never closed, a file that is
//! cut), so whatever records are complete are taken. No entity of the document's own is ever expanded, which leaves
//! nothing to bombs, and only so much of a record is kept.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Entries of one file beyond which nothing is read; the site map protocol allows as many.
const MAX_RECORDS: usize = 50_000;
const MAX_FIELDS: usize = 64;
const MAX_ATTRIBUTES: usize = 8;
/// Elements inside one another that a record may have; deeper ones are content of the last.
const MAX_LEVELS: usize = 6;
/// Bytes of one text that are kept; addresses and titles are shorter.
const MAX_TEXT: usize = 4096;

/// An XML document as records, and what stands outside of them.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) head: Record,
    pub(super) records: Vec<Record>,
}

/// One entry of a list.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) name: String,
    fields: Vec<Field>,
}

/// An element of a record: its path inside it, e.g. `news:news/news:title`, and all its text.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) path: String,
    pub(super) text: String,
    /// Whether its end was there. The text of an element that was never closed runs on into others.
    closed: bool,
    attributes: Vec<(String, String)>,
}

impl Record {
    /// The first text at a path that is not empty.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let texts =
            self.fields.iter().filter(|field| field.closed && field.path == path).map(|field| field.text.trim());
        texts.into_iter().find(|text| !text.is_empty())
    }

    /// Every whole element whose own name, without a prefix, is `name`.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.closed && local(&field.path) == name)
    }
}

impl Field {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }
}

/// The name of the outermost element without its prefix; nothing if the text does not begin with one.
pub(super) fn root(text: &str) -> Option<String> {
    let mut reader = reader(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => return Some(local(&name(&start)).to_owned()),
            Event::Text(between) if between.iter().all(u8::is_ascii_whitespace) => {}
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
            _ => return None,
        }
    }
}

/// Reads a document; elements with one of the `names` are its records, wherever they stand.
pub(super) fn read(text: &str, names: &[&str]) -> Document {
    let mut reader = reader(text);
    let mut state = State { names, prefix: None, document: Document::default(), record: None, open: Open::default() };
    while state.document.records.len() < MAX_RECORDS {
        match reader.read_event() {
            Ok(Event::Start(start)) => state.start(&start),
            Ok(Event::End(end)) => state.end(&String::from_utf8_lossy(end.name().as_ref())),
            Ok(Event::Text(text)) => state.text(&String::from_utf8_lossy(&text)),
            Ok(Event::CData(text)) => state.text(&String::from_utf8_lossy(&text)),
            Ok(Event::GeneralRef(entity)) => state.text(&resolved(&entity)),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    state.document
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace()));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

struct State<'a> {
    names: &'a [&'a str],
    /// The prefix of the root, which stands for no prefix; nothing before the root.
    prefix: Option<String>,
    document: Document,
    record: Option<Record>,
    open: Open,
}

/// The elements that are open inside the record, outermost first.
#[derive(Debug, Default)]
struct Open {
    fields: Vec<usize>,
    /// How many more are open that are not kept.
    beyond: usize,
}

impl State<'_> {
    fn start(&mut self, start: &BytesStart<'_>) {
        let name = name(start);
        let Some(prefix) = &self.prefix else {
            self.prefix = Some(name.rsplit_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:")));
            local(&name).clone_into(&mut self.document.head.name);
            return;
        };
        let name = strip(&name, prefix);
        if self.names.contains(&name) {
            // A record that was not closed ends where the next begins.
            self.close_record();
            self.record = Some(Record { name: name.to_owned(), fields: Vec::new() });
            self.open = Open::default();
            return;
        }
        let record = self.record.as_mut().unwrap_or(&mut self.document.head);
        if self.open.beyond > 0 || self.open.fields.len() == MAX_LEVELS || record.fields.len() == MAX_FIELDS {
            self.open.beyond += 1;
            return;
        }
        let parent = self.open.fields.last().map(|index| record.fields[*index].path.as_str());
        let path = parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}/{name}"));
        self.open.fields.push(record.fields.len());
        let attributes = attributes(start);
        record.fields.push(Field { path: clipped(&path).to_owned(), attributes, ..Field::default() });
    }

    fn end(&mut self, name: &str) {
        let name = strip(name, self.prefix.as_deref().unwrap_or_default());
        if self.names.contains(&name) {
            self.close_record();
            self.open = Open::default();
        } else if self.open.beyond > 0 {
            self.open.beyond -= 1;
        } else {
            self.end_field(name);
        }
    }

    /// Ends the innermost element of a name, and with it those inside that were not closed.
    fn end_field(&mut self, name: &str) {
        let record = self.record.as_mut().unwrap_or(&mut self.document.head);
        let named = |index: &usize| record.fields[*index].path.rsplit('/').next() == Some(name);
        if let Some(level) = self.open.fields.iter().rposition(named) {
            record.fields[self.open.fields[level]].closed = true;
            self.open.fields.truncate(level);
        }
    }

    fn text(&mut self, text: &str) {
        let record = self.record.as_mut().unwrap_or(&mut self.document.head);
        for index in &self.open.fields {
            let kept = &mut record.fields[*index].text;
            if kept.len() < MAX_TEXT {
                kept.push_str(clipped(text));
            }
        }
    }

    fn close_record(&mut self) {
        self.document.records.extend(self.record.take());
    }
}

fn name(start: &BytesStart<'_>) -> String {
    let name = start.name();
    clipped(&String::from_utf8_lossy(name.as_ref())).to_owned()
}

fn strip<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// The last part of a path or a qualified name.
fn local(path: &str) -> &str {
    path.rsplit(['/', ':']).next().unwrap_or(path)
}

fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut found = start.attributes();
    let found = found.with_checks(false).take(MAX_ATTRIBUTES).filter_map(Result::ok);
    let texts = found.map(|attribute| {
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let raw = || String::from_utf8_lossy(&attribute.value);
        // A lone `&` is meant as it stands.
        let value = attribute.unescape_value().unwrap_or_else(|_| Cow::Owned(raw().into_owned()));
        (clipped(&name).to_owned(), clipped(&value).to_owned())
    });
    texts.collect()
}

/// The five entities of XML and references to characters; any other stays as it is written.
fn resolved(entity: &BytesRef<'_>) -> Cow<'static, str> {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return Cow::Owned(character.to_string());
    }
    let name = String::from_utf8_lossy(entity);
    match quick_xml::escape::resolve_xml_entity(&name) {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(format!("&{};", clipped(&name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = read(text, &["item"]).records;
        let fields = found.iter().flat_map(|record| &record.fields);
        let found: Vec<String> = fields.map(|field| format!("{}={}", field.path, field.text)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn records_are_read_as_far_as_they_are_whole() {
        check("<r><item><a>1 &amp; &#50;</a><b><c><![CDATA[<3>]]></c></b></item>", &["a=1 & 2", "b=<3>", "b/c=<3>"]);
        check("<x:r><x:item><x:a k='v'/></x:item></x:r>", &["a="]);
        check("<r><item><a>1<item><a>2</a></item><item><a>3", &["a=1", "a=2"]);
        check("<r><item><a>?x=1&y=2&nbsp;</a></item></r>", &["a=?x=1&y=2&nbsp;"]);
        check("<r><item><a>1</item></b></b></r></r><item><a>2</a></item>", &["a=1", "a=2"]);
        check("no xml", &[]);
        let unclosed = read("<r><item><a>1<b>2</b></item></r>", &["item"]).records;
        assert_eq!((unclosed[0].text("a"), unclosed[0].text("a/b")), (None, Some("2")));
    }

    #[test]
    fn the_root_is_the_first_element() {
        let cases = [
            (
                "\u{feff} <?xml version='1.0'?><!-- c --><!DOCTYPE s [<!ENTITY a 'b'>]>\n<s:urlset xmlns:s='u'>",
                "urlset",
            ),
            ("<!DOCTYPE html><html><body><urlset>", "html"),
        ];
        for (text, name) in cases {
            assert_eq!(root(text).as_deref(), Some(name));
        }
        for text in ["", "text <urlset>", "{\"a\": \"<urlset>\"}", "<urls", "<!DOCTYPE s ["] {
            assert_eq!(root(text), None, "{text}");
        }
    }

    #[test]
    fn bombs_cost_no_more_than_their_length() {
        let nested = "<a>".repeat(1_000_000);
        let document = read(&format!("<r><item>{nested}text</item>"), &["item"]);
        assert_eq!(document.records[0].fields.len(), MAX_LEVELS);
        let laughs =
            "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><r><item><t>&b;</t></item></r>";
        check(laughs, &["t=&b;"]);
        let wide = format!("<r><item>{}{}", "<a/>".repeat(100_000), "</item><item>".repeat(200_000));
        assert_eq!(read(&wide, &["item"]).records.len(), MAX_RECORDS);
        let attributes = format!("<r><item><a {}/></item>", "k='v' ".repeat(100_000));
        assert_eq!(read(&attributes, &["item"]).records[0].fields[0].attributes.len(), MAX_ATTRIBUTES);
        let long = format!("<r><item><a>{}</a></item>", "长".repeat(100_000));
        assert!(read(&long, &["item"]).records[0].fields[0].text.len() <= MAX_TEXT);
    }
}
