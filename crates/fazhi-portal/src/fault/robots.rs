//! What the portal answers for `robots.txt`.

use super::pages::BEYOND;
use super::script::{End, Script};
use super::{faults, redirect};

faults! {
    /// A way to answer for `robots.txt`. The list links to `/private/content_90001.html` and to
    /// `/beyond/content_90002.html`; what a client that keeps RFC 9309 may ask for is said of each.
    pub enum RobotsFault {
        /// A file that forbids `/private/`.
        Sound = "sound",
        /// 404: all is allowed.
        Absent = "absent",
        /// 403: all is allowed (§2.3.1.3: any 4xx).
        Forbidden = "forbidden",
        /// 500: nothing is allowed (§2.3.1.4).
        ServerError = "server-error",
        /// No answer: nothing is allowed.
        Silence = "silence",
        /// 600 KB, `/private/` forbidden at the start and `/beyond/` at the end: `/private/` is not allowed; whether
        /// `/beyond/` is depends on how much is read, which must be at least 500 KiB.
        Large = "large",
        /// Five redirects, then the sound file, which must be obeyed (§2.3.1.2).
        RedirectFive = "redirect-five",
        /// Two addresses that redirect to each other: all is allowed.
        RedirectLoop = "redirect-loop",
        /// A page of HTML under 200: no rule in it, all is allowed.
        Html = "html",
        /// The sound file with comments in GB18030, before the rules and behind them.
        Gb18030 = "gb18030",
        /// The sound file after a byte order mark.
        ByteOrderMark = "byte-order-mark",
        /// The sound file with `Crawl-delay: 1`.
        CrawlDelay = "crawl-delay",
        /// Forbids all to everybody but a crawler of another name.
        Everything = "everything",
    }
}

const PATH: &str = "/robots.txt";
const RULES: &str = "User-agent: *\nDisallow: /private/\n";
/// Size of the large file.
const LARGE: usize = 600_000;

impl RobotsFault {
    /// What is sent, for `robots.txt` and where it redirects to.
    pub fn script(self, path: &str) -> Option<Script> {
        if path == PATH {
            return Some(self.first());
        }
        let hop = path.strip_prefix("/robots_")?.strip_suffix(".txt")?.parse::<u32>().ok()?;
        match (self, hop) {
            (Self::RedirectFive, 1..5) => Some(redirect::to(&format!("/robots_{}.txt", hop + 1))),
            (Self::RedirectFive, 5) => Some(file(RULES.as_bytes().to_vec())),
            (Self::RedirectLoop, 1) => Some(redirect::to(PATH)),
            _ => None,
        }
    }

    fn first(self) -> Script {
        match self {
            Self::Sound => file(RULES.as_bytes().to_vec()),
            Self::Absent => Script::text(404, "nothing here"),
            Self::Forbidden => Script::text(403, "forbidden"),
            Self::ServerError => Script::text(500, "error"),
            Self::Silence => Script { status: None, parts: Vec::new(), end: End::Silence },
            Self::Large => file(large().into_bytes()),
            Self::RedirectFive | Self::RedirectLoop => redirect::to("/robots_1.txt"),
            Self::Html => Script::html(200, &[], "<!DOCTYPE html><html><body><h1>某县人民政府</h1></body></html>\n"),
            Self::Gb18030 => {
                let text = format!("# 某县人民政府网站\n{RULES}# 以上栏目不对外公开\n");
                file(encoding_rs::GB18030.encode(&text).0.into_owned())
            }
            Self::ByteOrderMark => file(format!("\u{feff}{RULES}").into_bytes()),
            Self::CrawlDelay => file(format!("{RULES}Crawl-delay: 1\n").into_bytes()),
            Self::Everything => file(b"User-agent: otherbot\nDisallow:\n\nUser-agent: *\nDisallow: /\n".to_vec()),
        }
    }
}

fn file(text: Vec<u8>) -> Script {
    Script::answer(200, &[("Content-Type", "text/plain")], text)
}

fn large() -> String {
    let beyond = BEYOND.rsplit_once('/').map_or("/", |(folder, _)| folder);
    let last = format!("Disallow: {beyond}/\n");
    let mut text = RULES.to_owned();
    for n in 0.. {
        let line = format!("Disallow: /nothing-here/{n:08}/\n");
        if text.len() + line.len() + last.len() > LARGE {
            break;
        }
        text.push_str(&line);
    }
    text + &last
}
