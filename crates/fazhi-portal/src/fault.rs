//! A portal that misbehaves: one article for each way to, between sound ones.
//!
//! Only loopback is served, and nothing large is ever held: bombs and floods are short pieces sent many times over.

mod challenge;
mod change;
mod coding;
mod framing;
mod log;
mod pages;
mod redirect;
mod request;
mod robots;
mod script;
mod server;
mod status;

pub use log::LoggedRequest;
pub use robots::RobotsFault;
pub use server::{FaultOptions, FaultServer};

use request::Asked;
use script::Script;

/// Which of the two days it is. Some faults only show when a client comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Day {
    /// Until [`FaultServer::advance`].
    #[default]
    First,
    /// After it.
    Second,
}

/// An enum with a list of its variants and a name for each, so that no variant can be forgotten in either.
macro_rules! faults {
    ($(#[$meta:meta])* pub enum $type:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type { $($(#[$doc])* $variant,)+ }

        impl $type {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// A short name, e.g. for a table of expectations.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}
use faults;

faults! {
    /// A way to misbehave. "Sound" is an ordinary article with validators, as the portal's other articles are.
    ///
    /// What a careful client concludes:
    ///
    /// | fault | conclusion | asked again |
    /// |---|---|---|
    /// | `NotFound`, `Gone`; on the second day `Vanishes`, `VanishesGone` | not there; what was known of it stays known | no |
    /// | `Forbidden`, `OddStatus`, `UnaskedNotModified`, `RedirectNowhere`, `RedirectGarbled` | failed | no |
    /// | `ServerError`, `BadGateway`, `Unavailable`; on the first day `Recovers` | failed | a few times, after longer and longer pauses |
    /// | `ServerErrorTwice` | a page | until it comes |
    /// | `UnavailableSeconds`, `UnavailableDate`, all `TooMany…` | rate limited: the whole host is left alone until then, or for a while | not before that time |
    /// | `River…`, `Jiasule…`, `Wzws…`, `Yunsuo…`, `Firewall…`, `Captcha`; on the second day `BecomesChallenge` | blocked: no page, whatever the status | no |
    /// | `SoftNotFound…`, `RedirectHome`, `EmptyBody`; on the second day `BecomesSoftNotFound` | not there | no |
    /// | `RedirectLoop`, `RedirectItself`, `RedirectEight` | no page; every address asked once, six at most | no |
    /// | `RedirectFive`; on the second day `Moves` | a page, under its last address | no |
    /// | `RedirectPrivate`, `…Metadata`, `…Mapped`, `…Decimal`, `…Hex`, `…Localhost`, `…Elsewhere`, `…File` | no page; the target is never asked | no |
    /// | `RedirectDisallowed` | forbidden; the target is never asked | no |
    /// | `Silence`, `HeadDrip`, `BodyDrip`, `InterimEndless` | unreachable, once the time for an answer is over | a few times |
    /// | `CloseAtOnce`, `ResetMidBody`, `Garbage`, `LowercaseStatusLine`, `LengthNegative`, `LengthTwice` | unreachable | a few times |
    /// | `LengthTooLarge`, `ChunkedCut`, `ChunkedGarbled` | damaged: less than was promised | a few times |
    /// | `HeaderHuge`, `HeadersEndless`, `HeadersMany` | cut at a cap; unreachable or too large | perhaps |
    /// | `LengthHuge`, `BodyEndless`, `PageTooLarge`, `GzipBomb…` | too large, at a cap; memory stays bounded | no |
    /// | `GzipBroken`, `GzipCut`, `GzipPlain`, `CodingUnknown` | damaged | no |
    /// | `TypeVideo` | the wrong type | no |
    /// | `LengthTooSmall`, `StatusWithoutReason`, `Http10`, `HeaderBinary`, `CookieFlood`, `OkWithLocation`, `Charset…`, `TypeOctets`, `TypeMissing` | a page | no |
    /// | `Changed`, `NoValidators`, `LeavesList`, `JoinsList` | a page; whether it is new, unchanged or unlisted is for the day to say | no |
    pub enum Fault {
        /// 404.
        NotFound = "not-found",
        /// 410.
        Gone = "gone",
        /// 403 of the web server itself, no firewall.
        Forbidden = "forbidden",
        /// 500, always.
        ServerError = "server-error",
        /// 500 twice a day, then sound.
        ServerErrorTwice = "server-error-twice",
        /// 502.
        BadGateway = "bad-gateway",
        /// 503 without a time to come back.
        Unavailable = "unavailable",
        /// 503, `Retry-After: 1`.
        UnavailableSeconds = "unavailable-seconds",
        /// 503, `Retry-After` with a date two seconds ahead.
        UnavailableDate = "unavailable-date",
        /// 429 without a time to come back.
        TooMany = "too-many",
        /// 429, `Retry-After: 1`.
        TooManySeconds = "too-many-seconds",
        /// 429, `Retry-After: soon`, which is neither number nor date.
        TooManyGarbled = "too-many-garbled",
        /// 429, `Retry-After: 86400`. Whoever obeys asks this host for nothing more in the run.
        TooManyDay = "too-many-day",
        /// 304 to a request without conditions.
        UnaskedNotModified = "unasked-not-modified",
        /// Status 999.
        OddStatus = "odd-status",
        /// Sound under 200, with a `Location` that means nothing there.
        OkWithLocation = "ok-with-location",

        /// 瑞数: 412 with a script puzzle.
        River412 = "river-412",
        /// 瑞数: the same under 202.
        River202 = "river-202",
        /// 加速乐: 521 with a script that sets a cookie.
        Jiasule521 = "jiasule-521",
        /// 网神 wzws: 200 with its challenge.
        Wzws200 = "wzws-200",
        /// 网神 wzws: 491 without a body.
        Wzws491 = "wzws-491",
        /// 云锁: 200 with a script that comes back with a cookie.
        Yunsuo200 = "yunsuo-200",
        /// 418 with the words of a cloud firewall.
        Firewall418 = "firewall-418",
        /// 200 with the words of a content network's firewall.
        Firewall200 = "firewall-200",
        /// 403 with the words of a firewall on the web server.
        Firewall403 = "firewall-403",
        /// 200 with a captcha.
        Captcha = "captcha",
        /// 200 that says there is no such page.
        SoftNotFound = "soft-not-found",
        /// 302 to `/404.htm`, which says so under 200.
        SoftNotFoundRedirect = "soft-not-found-redirect",
        /// 200 with a script that leads to `/404.htm`.
        SoftNotFoundScript = "soft-not-found-script",
        /// 302 to the home page, as some portals answer for what they have deleted.
        RedirectHome = "redirect-home",

        /// Two addresses that redirect to each other.
        RedirectLoop = "redirect-loop",
        /// Redirects to itself.
        RedirectItself = "redirect-itself",
        /// Five redirects, then sound.
        RedirectFive = "redirect-five",
        /// Eight redirects, then sound.
        RedirectEight = "redirect-eight",
        /// To `http://10.0.0.1/`.
        RedirectPrivate = "redirect-private",
        /// To `http://169.254.169.254/latest/meta-data/`.
        RedirectMetadata = "redirect-metadata",
        /// To `http://[::ffff:127.0.0.1]:1/`.
        RedirectMapped = "redirect-mapped",
        /// To `http://2130706433/`.
        RedirectDecimal = "redirect-decimal",
        /// To `http://0x7f000001/`.
        RedirectHex = "redirect-hex",
        /// To `http://localhost:1/`.
        RedirectLocalhost = "redirect-localhost",
        /// To `http://elsewhere.example/`.
        RedirectElsewhere = "redirect-elsewhere",
        /// To `file:///etc/hostname`.
        RedirectFile = "redirect-file",
        /// To `/private/content_90003.html`, which `robots.txt` forbids in most of its variants.
        RedirectDisallowed = "redirect-disallowed",
        /// 302 without `Location`.
        RedirectNowhere = "redirect-nowhere",
        /// 302 with a `Location` that is no address.
        RedirectGarbled = "redirect-garbled",

        /// `Content-Length` larger than the body, then the connection is closed.
        LengthTooLarge = "length-too-large",
        /// `Content-Length` smaller than the body: the page ends in its middle.
        LengthTooSmall = "length-too-small",
        /// `Content-Length` of 2^63 - 1 and a short body.
        LengthHuge = "length-huge",
        /// `Content-Length: -5`.
        LengthNegative = "length-negative",
        /// Two `Content-Length` that differ.
        LengthTwice = "length-twice",
        /// The connection is reset in the middle of the body.
        ResetMidBody = "reset-mid-body",
        /// The connection is closed before a byte of the answer.
        CloseAtOnce = "close-at-once",
        /// Chunks without the last one.
        ChunkedCut = "chunked-cut",
        /// A chunk whose size is no number.
        ChunkedGarbled = "chunked-garbled",
        /// Bytes that are no HTTP.
        Garbage = "garbage",
        /// `http/1.1 200 ok`, in lower case.
        LowercaseStatusLine = "lowercase-status-line",
        /// Sound, with a status line that ends after the number.
        StatusWithoutReason = "status-without-reason",
        /// Sound, as HTTP/1.0: the body ends with the connection.
        Http10 = "http-10",
        /// A header of 1 MiB.
        HeaderHuge = "header-huge",
        /// Headers without end.
        HeadersEndless = "headers-endless",
        /// Five thousand headers.
        HeadersMany = "headers-many",
        /// A header with GB18030 bytes, otherwise sound.
        HeaderBinary = "header-binary",
        /// Sound, with 80 cookies of 300 bytes.
        CookieFlood = "cookie-flood",
        /// Interim answers (103) without end, a hundred a second.
        InterimEndless = "interim-endless",
        /// A body without end.
        BodyEndless = "body-endless",
        /// A body that comes a byte every 50 ms.
        BodyDrip = "body-drip",
        /// A head that comes a byte every 50 ms.
        HeadDrip = "head-drip",
        /// Never answers.
        Silence = "silence",

        /// A gigabyte of zeros in about a megabyte of gzip.
        GzipBomb = "gzip-bomb",
        /// The same under a second layer of gzip, some ten kilobytes.
        GzipBombNested = "gzip-bomb-nested",
        /// Gzip with wrong bytes in its middle.
        GzipBroken = "gzip-broken",
        /// Gzip that ends too early, in an answer of the right length.
        GzipCut = "gzip-cut",
        /// Plain text declared as gzip.
        GzipPlain = "gzip-plain",
        /// A coding nobody knows.
        CodingUnknown = "coding-unknown",
        /// GB18030 declared as UTF-8, in the header and in the page.
        CharsetWrong = "charset-wrong",
        /// GB18030 without a charset anywhere.
        CharsetMissing = "charset-missing",
        /// UTF-8 declared as a charset that does not exist.
        CharsetUnknown = "charset-unknown",
        /// HTML as `application/octet-stream`.
        TypeOctets = "type-octets",
        /// HTML without `Content-Type`.
        TypeMissing = "type-missing",
        /// A video.
        TypeVideo = "type-video",
        /// 200 without a body.
        EmptyBody = "empty-body",
        /// A page of 11 MiB, beyond the usual cap.
        PageTooLarge = "page-too-large",

        /// Other text and other validators on the second day.
        Changed = "changed",
        /// Sound without validators; answers 200 to any condition.
        NoValidators = "no-validators",
        /// 404 on the second day.
        Vanishes = "vanishes",
        /// 410 on the second day.
        VanishesGone = "vanishes-gone",
        /// A challenge on the second day.
        BecomesChallenge = "becomes-challenge",
        /// Says under 200 that there is no such page, on the second day.
        BecomesSoftNotFound = "becomes-soft-not-found",
        /// 301 to a new address with the same text, on the second day.
        Moves = "moves",
        /// 500 on the first day, sound on the second.
        Recovers = "recovers",
        /// Sound; the list no longer has it on the second day.
        LeavesList = "leaves-list",
        /// Sound; the list has it on the second day only.
        JoinsList = "joins-list",
    }
}

/// First number of the faulty articles' addresses.
const FIRST: usize = 10_001;

impl Fault {
    /// Number of its article.
    fn number(self) -> usize {
        FIRST + Self::ALL.iter().position(|fault| *fault == self).unwrap_or_default()
    }

    /// Path of its article, e.g. `/a/content_10001.html`.
    pub fn path(self) -> String {
        format!("/a/content_{}.html", self.number())
    }

    /// Title that the list gives it; no two are alike.
    pub fn title(self) -> String {
        pages::title(self.number())
    }

    /// The fault that answers at this path: its article, or where the article redirects to.
    pub fn of_path(path: &str) -> Option<Self> {
        if path == redirect::NOT_FOUND {
            return Some(Self::SoftNotFoundRedirect);
        }
        let number = path.strip_prefix("/a/content_")?.split(['.', '/']).next()?;
        let index = number.parse::<usize>().ok()?.checked_sub(FIRST)?;
        Self::ALL.get(index).copied()
    }

    fn is_listed(self, day: Day) -> bool {
        match self {
            Self::LeavesList => day == Day::First,
            Self::JoinsList => day == Day::Second,
            _ => true,
        }
    }

    /// What is sent to this request. Each kind of fault knows its own.
    fn script(self, asked: &Asked<'_>) -> Script {
        let kinds = [
            status::script,
            challenge::script,
            redirect::script,
            framing::top,
            framing::body,
            coding::script,
            change::script,
        ];
        // The tests see to it that no fault is left over.
        kinds.iter().find_map(|kind| kind(self, asked)).unwrap_or_else(|| Script::text(501, "no such fault"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_answer_on_both_days() {
        for fault in Fault::ALL {
            let path = fault.path();
            for day in [Day::First, Day::Second] {
                let script = fault.script(&Asked { path: &path, condition: None, day, times: 1 });
                assert_ne!(script.status, Some(501), "{fault:?}");
            }
        }
    }

    #[test]
    fn a_condition_is_honoured_where_the_page_is_sound() {
        let asked = |condition| Asked { path: "/a/content_10001.html", condition, day: Day::First, times: 3 };
        let sound = Fault::ServerErrorTwice.script(&asked(None));
        let etag = script::etag(&pages::article(Fault::ServerErrorTwice.number()));
        assert_eq!((sound.status, Fault::ServerErrorTwice.script(&asked(Some(&etag))).status), (Some(200), Some(304)));
    }
}
