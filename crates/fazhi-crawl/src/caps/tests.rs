use super::*;

use ContentClass::{Archive, Audio, Html, Image, Json, Office, Other, Pdf, Text, Video, Xml};

const OCTETS: Option<&str> = Some("application/octet-stream");

#[track_caller]
fn check(content_type: Option<&str>, head: &[u8], expected: ContentClass) {
    assert_eq!(ContentClass::of(content_type, head), expected, "{content_type:?} {}", head.escape_ascii());
}

#[test]
fn the_header_alone() {
    let rows = [
        ("text/html", Html),
        ("text/html; charset=gb2312", Html),
        ("TEXT/HTML", Html),
        ("application/xhtml+xml", Html),
        ("text/xml", Xml),
        ("application/rss+xml; charset=utf-8", Xml),
        ("application/json", Json),
        ("text/json", Json),
        ("application/problem+json", Json),
        ("text/javascript", Json),
        ("application/x-javascript", Json),
        ("text/plain", Text),
        ("text/csv", Text),
        ("application/pdf", Pdf),
        ("application/msword", Office),
        ("application/vnd.ms-excel", Office),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Office),
        ("application/vnd.oasis.opendocument.text", Office),
        ("application/ofd", Office),
        ("application/zip", Archive),
        ("application/x-rar-compressed", Archive),
        ("image/jpeg", Image),
        ("image/svg+xml", Image),
        ("audio/mpeg", Audio),
        ("video/mp4", Video),
        ("application/octet-stream", Other),
        ("application/x-something", Other),
        ("html", Other),
        ("", Other),
    ];
    for (header, expected) in rows {
        check(Some(header), b"", expected);
    }
    check(None, b"", Other);
}

#[test]
fn bytes_that_can_be_one_thing_only() {
    let zip = |name: &str| [b"PK\x03\x04", [0; 26].as_slice(), name.as_bytes()].concat();
    let rows: [(&[u8], ContentClass); 27] = [
        (b"%PDF-1.7", Pdf),
        (&zip("a.txt"), Archive),
        (&zip("[Content_Types].xml"), Office),
        (&zip("word/document.xml"), Office),
        (&zip("OFD.xml"), Office),
        (&zip("mimetypeapplication/vnd.oasis.opendocument.text"), Office),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Office),
        (b"{\\rtf1", Office),
        (b"Rar!\x1A\x07\x01", Archive),
        (b"7z\xBC\xAF\x27\x1C", Archive),
        (b"\x1F\x8B\x08\x00", Archive),
        (b"\x89PNG\r\n\x1A\n", Image),
        (b"\xFF\xD8\xFF\xE0", Image),
        (b"GIF89a", Image),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Image),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Audio),
        (b"RIFF\x00\x00\x00\x00AVI LIST", Video),
        (b"ID3\x04", Audio),
        (b"OggS", Audio),
        (b"\x00\x00\x00\x18ftypmp42", Video),
        (b"\x00\x00\x00\x18ftypM4A ", Audio),
        (b"\x00\x00\x00\x18ftypavif", Image),
        (b"FLV\x01", Video),
        (b"\x1A\x45\xDF\xA3", Video),
        (b"<!DOCTYPE html><html>", Html),
        (b"\xEF\xBB\xBF\r\n  <HTML lang=zh>", Html),
        (b"<?xml version=\"1.0\"?>\n<rss>", Xml),
    ];
    for (head, expected) in rows {
        for header in [None, OCTETS, Some("text/html"), Some("application/pdf"), Some("video/mp4"), Some("text/plain")]
        {
            check(header, head, expected);
        }
    }
}

#[test]
fn bytes_that_leave_it_open() {
    check(OCTETS, b"<div class=list>", Html);
    check(OCTETS, b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>", Html);
    check(OCTETS, b"<datastore><nextgroup>", Xml);
    check(Some("text/html"), b"<recordset>", Xml);
    check(Some("text/html"), b"<!-- made by -->", Html);
    check(Some("text/xml"), b"<!-- made by --> <list>", Xml);
    check(OCTETS, b"<!-- made by --><html>", Html);
    check(Some("text/html"), b"{\"total\": 3}", Json);
    check(OCTETS, b" [ {\"url\": 1}]", Json);
    check(OCTETS, b"[]", Json);
    check(Some("text/plain"), b"{\"total\": 3}", Text);
    check(Some("text/html"), b"[\xE5\x85\xAC\xE5\x91\x8A] x", Html);
    check(Some("text/html"), b"<li>", Html);
    check(Some("text/html"), b"\xB7\xA8\xD6\xCE", Html);
    check(OCTETS, b"\xE6\xB3\x95\xE6\xB2\xBB", Text);
    check(None, b"plain words", Text);
    check(OCTETS, b"\x00\x01\x02", Other);
    check(Some("application/pdf"), b"the file is gone", Text);
    check(Some("application/pdf"), b"<html>the file is gone", Html);
    check(Some("application/pdf"), b"\x00\x01", Pdf);
    check(Some("application/vnd.ms-excel"), b"PK\x03\x04", Archive);
    check(Some("application/ofd"), &[b"PK\x03\x04", [0; 40].as_slice()].concat(), Office);
    check(Some("application/zip"), &[b"PK\x03\x04", [0; 40].as_slice()].concat(), Archive);
}

#[test]
fn what_fits() {
    let all = [Html, Xml, Json, Text, Pdf, Office, Archive, Image, Audio, Video, Other];
    let fitting = |purpose| all.into_iter().filter(|&class| fits(purpose, class).is_ok()).collect::<Vec<_>>();
    assert_eq!(fitting(Purpose::Robots), all);
    assert_eq!(fitting(Purpose::List), [Html, Xml, Json, Text]);
    assert_eq!(fitting(Purpose::Part), [Html, Xml, Json, Text]);
    assert_eq!(fitting(Purpose::Page), [Html, Xml, Json, Text, Pdf, Office, Archive]);
    assert_eq!(fitting(Purpose::Attachment), [Xml, Json, Text, Pdf, Office, Archive, Image, Other]);
    let rules = all.map(|class| fits(Purpose::List, class).or(fits(Purpose::Attachment, class)));
    assert_eq!(rules[8..10], [Err("type-audio"), Err("type-video")]);
    assert_eq!(fits(Purpose::Page, Other), Err("type-unknown"));
    assert_eq!(fits(Purpose::Page, Image), Err("type-image"));
    assert_eq!(fits(Purpose::Attachment, Html), Err("type-html"));
}

#[test]
fn how_much_is_taken() {
    let wire = |purpose, class| caps(purpose, class).wire;
    assert_eq!(wire(Purpose::Robots, Video), (500 << 10) + 1);
    assert_eq!(wire(Purpose::List, Json), 10 << 20);
    assert_eq!(wire(Purpose::List, Pdf), 64 << 10);
    assert_eq!(wire(Purpose::Page, Html), 10 << 20);
    assert_eq!(wire(Purpose::Page, Pdf), 32 << 20);
    assert_eq!(wire(Purpose::Page, Video), 64 << 10);
    assert_eq!(wire(Purpose::Page, Other), 10 << 20);
    assert_eq!(wire(Purpose::Attachment, Pdf), 32 << 20);
    assert_eq!(wire(Purpose::Attachment, Other), 32 << 20);
    assert_eq!(wire(Purpose::Attachment, Image), 10 << 20);
    assert_eq!(wire(Purpose::Attachment, Html), 64 << 10);
}

#[test]
fn a_body_grows_to_its_cap_or_by_its_ratio() {
    let text = caps(Purpose::Page, Html);
    let rows = [
        (0, (HARMLESS, "inflate-ratio")),
        (1000, (HARMLESS, "inflate-ratio")),
        (10_000, (2_000_000, "inflate-ratio")),
        (1_000_000, (10 * MIB, "inflated-size-cap")),
        (usize::MAX, (10 * MIB, "inflated-size-cap")),
    ];
    for (wire, expected) in rows {
        assert_eq!(text.inflated_from(wire), expected, "{wire}");
    }
    assert_eq!(caps(Purpose::Attachment, Pdf).inflated_from(100_000), (2_000_000, "inflate-ratio"));
}
