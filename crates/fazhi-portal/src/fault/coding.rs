//! Faults of what a body is said to be: content codings, charsets, media types, sizes.

use std::sync::LazyLock;

use super::Fault;
use super::pages::article;
use super::request::Asked;
use super::script::{PIECE, Part, Script};
use crate::dice::Dice;
use crate::gzip::{self, Piece, Sum};

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");
const MEBIBYTE: usize = 1 << 20;

/// What is sent, for faults of this kind.
pub fn script(fault: Fault, _: &Asked<'_>) -> Option<Script> {
    let html = article(fault.number());
    let packed = || gzip::file(&[&Piece::compressed(html.as_bytes())]);
    let gb18030 = |html: &str| encoding_rs::GB18030.encode(html).0.into_owned();
    let unmarked = || html.replace("<meta charset=\"utf-8\">", "");
    Some(match fault {
        Fault::GzipBomb => Script::stream(&[HTML, GZIP], bomb()),
        Fault::GzipBombNested => Script::answer(200, &[HTML, ("Content-Encoding", "gzip, gzip")], NESTED.clone()),
        Fault::GzipBroken => Script::answer(200, &[HTML, GZIP], broken(packed())),
        Fault::GzipCut => {
            let packed = packed();
            Script::answer(200, &[HTML, GZIP], packed[..packed.len() / 2].to_vec())
        }
        Fault::GzipPlain => Script::answer(200, &[HTML, GZIP], html),
        Fault::CodingUnknown => {
            Script::answer(200, &[HTML, ("Content-Encoding", "x-own")], Dice::new("coding").bytes(4_000))
        }
        Fault::CharsetWrong => Script::answer(200, &[HTML], gb18030(&html)),
        Fault::CharsetMissing => Script::answer(200, &[("Content-Type", "text/html")], gb18030(&unmarked())),
        Fault::CharsetUnknown => {
            let html = html.replace("charset=\"utf-8\"", "charset=\"x-own\"");
            Script::answer(200, &[("Content-Type", "text/html; charset=x-own")], html)
        }
        Fault::TypeOctets => Script::answer(200, &[("Content-Type", "application/octet-stream")], html),
        Fault::TypeMissing => Script::answer(200, &[], html),
        Fault::TypeVideo => Script::answer(200, &[("Content-Type", "video/mp4")], video()),
        Fault::EmptyBody => Script::html(200, &[], ""),
        Fault::PageTooLarge => large(&html),
        _ => return None,
    })
}

/// A mebibyte of zeros.
static ZEROS: LazyLock<Piece> = LazyLock::new(|| Piece::compressed(&vec![0; MEBIBYTE]));
const ZEROS_TIMES: u16 = 1024;

/// A gigabyte of zeros, as gzip; nowhere is more of it held than one piece.
fn bomb() -> Vec<Part> {
    let mut sum = Sum::default();
    for _ in 0..ZEROS_TIMES {
        sum.add(&ZEROS);
    }
    vec![
        Part::new(gzip::HEADER.to_vec()),
        Part::repeated(ZEROS.deflated.clone(), u64::from(ZEROS_TIMES)),
        Part::new(sum.trailer()),
    ]
}

/// The bomb, packed once more.
static NESTED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut inner = Vec::new();
    for part in bomb() {
        for _ in 0..part.times {
            inner.extend_from_slice(&part.bytes);
        }
    }
    gzip::file(&[&Piece::compressed(&inner)])
});

/// Turns over a stretch in the middle: the end is there, but what leads to it is wrong.
fn broken(mut packed: Vec<u8>) -> Vec<u8> {
    let middle = packed.len() / 2;
    packed.iter_mut().skip(middle).take(64).for_each(|byte| *byte = !*byte);
    packed
}

/// The start of an MP4 file, then noise.
fn video() -> Vec<u8> {
    [&b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"[..], &Dice::new("video").bytes(60_000)].concat()
}

fn large(html: &str) -> Script {
    let filling = " ".repeat(PIECE);
    let times = 11 * MEBIBYTE / PIECE;
    let (start, end) = html.split_at(html.find("</body>").unwrap_or(html.len()));
    let length = html.len() + times * PIECE;
    let parts = vec![
        Part::new(start.to_owned()),
        Part::repeated(filling, u64::try_from(times).unwrap_or_default()),
        Part::new(end.to_owned()),
    ];
    Script::stream(&[HTML, ("Content-Length", &length.to_string())], parts)
}
