//! Faults of the status line and of `Retry-After`.

use chrono::{TimeDelta, Utc};

use super::Fault;
use super::pages::article;
use super::request::Asked;
use super::script::Script;

const HTML: &str = "<html><head><title>error</title></head><body><center><h1>error</h1></center></body></html>\n";

/// What is sent, for faults of this kind.
pub fn script(fault: Fault, asked: &Asked<'_>) -> Option<Script> {
    let plain = |status| Script::html(status, &[], HTML);
    let later = |status, when: &str| Script::html(status, &[("Retry-After", when)], HTML);
    Some(match fault {
        Fault::NotFound => plain(404),
        Fault::Gone => plain(410),
        Fault::Forbidden => plain(403),
        Fault::ServerError => plain(500),
        Fault::ServerErrorTwice if asked.times <= 2 => plain(500),
        Fault::ServerErrorTwice => Script::sound(&article(fault.number()), asked.condition),
        Fault::BadGateway => plain(502),
        Fault::Unavailable => plain(503),
        Fault::UnavailableSeconds => later(503, "1"),
        Fault::UnavailableDate => later(503, &in_two_seconds()),
        Fault::TooMany => plain(429),
        Fault::TooManySeconds => later(429, "1"),
        Fault::TooManyGarbled => later(429, "soon"),
        Fault::TooManyDay => later(429, "86400"),
        Fault::UnaskedNotModified => Script::answer(304, &[("ETag", "\"never-sent\"")], ""),
        Fault::OddStatus => plain(999),
        Fault::OkWithLocation => Script::html(200, &[("Location", "/a/nowhere.html")], &article(fault.number())),
        _ => return None,
    })
}

fn in_two_seconds() -> String {
    (Utc::now() + TimeDelta::seconds(2)).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
