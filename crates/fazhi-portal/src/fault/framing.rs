//! Faults of HTTP itself: heads that do not read, bodies that do not end or end too early.

use std::time::Duration;

use axum::body::Bytes;

use super::Fault;
use super::pages::article;
use super::request::Asked;
use super::script::{End, PIECE, Part, Script, head};

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
const CHUNKED: (&str, &str) = ("Transfer-Encoding", "chunked");

/// Pause between the bytes of what comes slowly.
const DRIP: Duration = Duration::from_millis(50);

/// What is sent, for faults of the head.
pub fn top(fault: Fault, _: &Asked<'_>) -> Option<Script> {
    let html = article(fault.number());
    Some(match fault {
        Fault::Garbage => Script::raw(None, &b"\x00\xff\x13\x37SSH-2.0-portal\r\n\r\n\x80\x81 this is no HTTP\r\n"[..]),
        Fault::LowercaseStatusLine => with_status_line("http/1.1 200 ok", &html, None),
        Fault::StatusWithoutReason => with_status_line("HTTP/1.1 200 ", &html, Some(200)),
        Fault::Http10 => {
            Script::raw(Some(200), format!("HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}"))
        }
        Fault::HeaderHuge => Script {
            status: Some(200),
            parts: vec![
                Part::new("HTTP/1.1 200 OK\r\nX-Long: "),
                Part::repeated(vec![b'x'; PIECE], 16),
                Part::new(format!("\r\nContent-Length: {}\r\n\r\n{html}", html.len())),
            ],
            end: End::Close,
        },
        Fault::HeadersEndless => endless("HTTP/1.1 200 OK\r\n", "X-More: and more of them\r\n"),
        Fault::HeadersMany => {
            let lines: Vec<_> = (0..5_000).map(|n| format!("X-Header-{n}: {n}\r\n")).collect();
            Script::raw(Some(200), head(200, &[HTML]) + &lines.concat() + &length(html.len()) + &html)
        }
        Fault::HeaderBinary => {
            let mut bytes = b"HTTP/1.1 200 OK\r\nX-Site: ".to_vec();
            bytes.extend_from_slice(&encoding_rs::GB18030.encode("某县人民政府").0);
            let rest = format!("\r\nContent-Type: text/html; charset=utf-8\r\n{}{html}", length(html.len()));
            bytes.extend_from_slice(rest.as_bytes());
            Script { end: End::KeepAlive, ..Script::raw(Some(200), bytes) }
        }
        Fault::CookieFlood => {
            let cookies: Vec<String> =
                (0..80).map(|n| format!("flood_{n}={}; path=/", "0123456789".repeat(29))).collect();
            let headers: Vec<_> = cookies.iter().map(|cookie| ("Set-Cookie", cookie.as_str())).collect();
            Script::html(200, &headers, &html)
        }
        Fault::InterimEndless => {
            let interim = Part { pause: DRIP / 5, ..Part::repeated(head(103, &[]) + "\r\n", u64::MAX) };
            Script { status: None, parts: vec![interim], end: End::Close }
        }
        Fault::HeadDrip => {
            let empty = Script { status: None, parts: Vec::new(), end: End::Close };
            empty.slowly(&(head(200, &[HTML]) + &length(html.len()) + &html), DRIP)
        }
        _ => return None,
    })
}

/// What is sent, for faults of the body and its length.
pub fn body(fault: Fault, _: &Asked<'_>) -> Option<Script> {
    let html = article(fault.number());
    // In the middle of the text, on a boundary of characters.
    let half = html.floor_char_boundary(html.len() * 2 / 3);
    let declared = |length: &str, body: &str| {
        let head = head(200, &[HTML, ("Content-Length", length)]) + "\r\n";
        Script::raw(Some(200), head + body)
    };
    Some(match fault {
        Fault::LengthTooLarge => declared(&(html.len() + 5_000).to_string(), &html),
        Fault::LengthTooSmall => declared(&half.to_string(), &html),
        Fault::LengthHuge => declared(&i64::MAX.to_string(), &html),
        Fault::LengthNegative => declared("-5", &html),
        Fault::LengthTwice => declared(&format!("{}\r\nContent-Length: {half}", html.len()), &html),
        Fault::ResetMidBody => reset(declared(&html.len().to_string(), &html[..half])),
        Fault::CloseAtOnce => Script { status: None, parts: Vec::new(), end: End::Close },
        Fault::Silence => Script { status: None, parts: Vec::new(), end: End::Silence },
        Fault::ChunkedCut => Script::stream(&[HTML, CHUNKED], vec![chunk(&html.as_bytes()[..half])]),
        Fault::ChunkedGarbled => {
            let parts =
                vec![chunk(&html.as_bytes()[..half]), Part::new("many\r\n"), Part::new(html[half..].to_owned())];
            Script::stream(&[HTML, CHUNKED], parts)
        }
        Fault::BodyEndless => {
            let line = "<p>　　没有结尾的正文。</p>\n";
            let text = line.repeat(PIECE / line.len());
            Script::stream(&[HTML, CHUNKED], vec![Part { times: u64::MAX, ..chunk(text.as_bytes()) }])
        }
        Fault::BodyDrip => {
            let head = head(200, &[HTML]) + &length(html.len());
            Script::raw(Some(200), head).slowly(&html, DRIP)
        }
        _ => return None,
    })
}

fn with_status_line(line: &str, html: &str, status: Option<u16>) -> Script {
    let head = format!("{line}\r\nContent-Type: text/html; charset=utf-8\r\n{}", length(html.len()));
    Script::raw(status, head + html)
}

/// The last header of a head, and the empty line.
fn length(length: usize) -> String {
    format!("Content-Length: {length}\r\n\r\n")
}

fn endless(start: &str, line: &str) -> Script {
    let lines = line.repeat(PIECE / line.len());
    let parts = vec![Part::new(start.to_owned()), Part::repeated(lines, u64::MAX)];
    Script { status: Some(200), parts, end: End::Close }
}

fn chunk(bytes: &[u8]) -> Part {
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    Part::new(framed)
}

/// Resets the connection a moment after the last byte, so that what was sent has arrived.
fn reset(mut script: Script) -> Script {
    script.parts.push(Part { pause: DRIP, ..Part::new(Bytes::new()) });
    script.ending(End::Reset)
}
