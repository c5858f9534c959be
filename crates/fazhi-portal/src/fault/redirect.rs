//! Faults that lead elsewhere.

use super::pages::{PRIVATE_TARGET, article};
use super::request::Asked;
use super::script::Script;
use super::{Fault, challenge};

/// Where [`Fault::SoftNotFoundRedirect`] leads.
pub const NOT_FOUND: &str = "/404.htm";

/// What is sent, for faults of this kind.
pub fn script(fault: Fault, asked: &Asked<'_>) -> Option<Script> {
    Some(match fault {
        Fault::SoftNotFoundRedirect if asked.path == NOT_FOUND => challenge::not_found(),
        Fault::SoftNotFoundRedirect => to(NOT_FOUND),
        Fault::RedirectHome => to("/"),
        Fault::RedirectLoop if asked.path == fault.path() => to(&hop(fault, 1)),
        Fault::RedirectItself | Fault::RedirectLoop => to(&fault.path()),
        Fault::RedirectFive => chain(fault, asked, 5),
        Fault::RedirectEight => chain(fault, asked, 8),
        Fault::RedirectPrivate => to("http://10.0.0.1/"),
        Fault::RedirectMetadata => to("http://169.254.169.254/latest/meta-data/"),
        Fault::RedirectMapped => to("http://[::ffff:127.0.0.1]:1/"),
        Fault::RedirectDecimal => to("http://2130706433/"),
        Fault::RedirectHex => to("http://0x7f000001/"),
        Fault::RedirectLocalhost => to("http://localhost:1/"),
        Fault::RedirectElsewhere => to("http://elsewhere.example/"),
        Fault::RedirectFile => to("file:///etc/hostname"),
        Fault::RedirectDisallowed => to(PRIVATE_TARGET),
        Fault::RedirectNowhere => Script::html(302, &[], MOVED),
        Fault::RedirectGarbled => to("http://[half/%zz"),
        _ => return None,
    })
}

const MOVED: &str = "<html><head><title>302</title></head><body>moved</body></html>\n";

/// A redirect with a body of its own, as web servers send it.
pub fn to(location: &str) -> Script {
    Script::html(302, &[("Location", location)], MOVED)
}

/// Path of the nth stop after a fault's own.
fn hop(fault: Fault, n: usize) -> String {
    format!("{}/hop_{n}.html", fault.path().trim_end_matches(".html"))
}

/// As many redirects as `length`, then sound.
fn chain(fault: Fault, asked: &Asked<'_>, length: usize) -> Script {
    let stop = if asked.path == fault.path() { Some(0) } else { (1..=length).find(|n| asked.path == hop(fault, *n)) };
    match stop {
        Some(stop) if stop == length => Script::sound(&article(fault.number()), asked.condition),
        Some(stop) => to(&hop(fault, stop + 1)),
        None => Script::text(404, "nothing here"),
    }
}
