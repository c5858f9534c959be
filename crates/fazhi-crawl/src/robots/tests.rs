//! The cases of `tests/robots`, and files that are no text.

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    shows: String,
    file: String,
    agent: Option<String>,
    #[serde(default)]
    allowed: Vec<String>,
    #[serde(default)]
    refused: Vec<String>,
    delay: Option<f64>,
}

fn url(path: &str) -> Url {
    Url::parse(&format!("http://a.cn{path}")).unwrap()
}

impl Case {
    fn failures(&self) -> Vec<String> {
        let rules = Rules::for_agent(self.file.as_bytes(), self.agent.as_deref().unwrap_or(AGENT));
        let wrong = |path: &String, right: bool| rules.allows(&url(path)) != right;
        let refused = self.allowed.iter().filter(|path| wrong(path, true)).map(|path| format!("refuses {path}"));
        let allowed = self.refused.iter().filter(|path| wrong(path, false)).map(|path| format!("allows {path}"));
        let delay = self.delay.filter(|&seconds| rules.delay() != Duration::from_secs_f64(seconds));
        let delay = delay.map(|_| format!("pause {:?}", rules.delay()));
        refused.chain(allowed).chain(delay).map(|what| format!("{}: {what}", self.shows)).collect()
    }

    fn checks(&self) -> usize {
        self.allowed.len() + self.refused.len() + usize::from(self.delay.is_some())
    }
}

#[track_caller]
fn check(text: &str, at_least: usize) {
    let cases: Cases = toml::from_str(text).unwrap();
    let failures: Vec<String> = cases.case.iter().flat_map(Case::failures).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases.case.iter().all(|case| case.checks() > 0), "a case without a check shows nothing");
    let checks: usize = cases.case.iter().map(Case::checks).sum();
    assert!(checks >= at_least, "{checks} checks");
}

#[test]
fn rfc_9309() {
    check(include_str!("../../tests/robots/rfc9309.toml"), 120);
}

#[test]
fn what_google_tests() {
    check(include_str!("../../tests/robots/google.toml"), 140);
}

#[test]
fn files_written_by_hand() {
    check(include_str!("../../tests/robots/field.toml"), 35);
}

#[track_caller]
fn refuses(file: &[u8], path: &str, refusal: Option<&str>) {
    assert_eq!(Rules::from_file(file).refusal(&url(path)), refusal, "{path}");
}

#[test]
fn no_file_allows_all_and_no_answer_nothing() {
    assert_eq!(Rules::absent().refusal(&url("/x")), None);
    assert_eq!(Rules::unreachable().refusal(&url("/x")), Some("robots-unreachable"));
    assert_eq!(Rules::unreachable().refusal(&url("/robots.txt")), None);
    refuses(b"User-agent: *\nDisallow: /x\n", "/x", Some("robots"));
    assert_eq!(Rules::from_file(b"").basis(), RulesBasis::File);
}

#[test]
fn bytes_that_are_no_utf_8() {
    refuses(b"\xEF\xBBUser-agent: *\nDisallow: /x\n", "/x", Some("robots"));
    refuses(b"\xEFUser-agent: *\nDisallow: /x\n", "/x", Some("robots"));
    refuses(b"\xEF\x11\xBFUser-agent: *\nDisallow: /x\n", "/x", None);
    // A path in GBK matches the octets that a page in GBK would link to.
    refuses(b"User-agent: *\nDisallow: /\xB7\xA8\n", "/%B7%A8/1.html", Some("robots"));
    refuses(b"User-agent: *\n\xFF\xFE\x00\n\x00\x00\nDisallow: /x\n", "/x", Some("robots"));
    refuses(b"User-agent: *\nDisallow: /x\x00y\n", "/x", None);
}

#[test]
fn rules_beyond_the_limit_are_ignored_and_none_is_cut() {
    let head = "User-agent: *\nDisallow: /in\n";
    let line = "Disallow: /beyond/inner\n";
    let filled = |length: usize| format!("{head}{}\n{line}", "#".repeat(length - head.len() - 1));
    let limit = 500 * 1024;
    refuses(filled(limit - line.len()).as_bytes(), "/beyond/inner", Some("robots"));
    for shift in 1..line.len() {
        let file = filled(limit - line.len() + shift);
        refuses(file.as_bytes(), "/in", Some("robots"));
        // The line end alone may lie beyond the limit.
        refuses(file.as_bytes(), "/beyond/inner", (shift == 1).then_some("robots"));
        refuses(file.as_bytes(), "/beyond/", None);
    }
}

#[test]
fn hostile_files_are_read_and_matched_quickly() {
    let line = |text: &str| text.repeat((10 << 20) / text.len());
    let files = [
        vec![b'a'; 10 << 20],
        vec![0; 10 << 20],
        line("\r\n").into_bytes(),
        line("*a").into_bytes(),
        format!("User-agent: *\nDisallow: /{}", line("*a")).into_bytes(),
        format!("User-agent: *\nDisallow: /{}\n", "*a".repeat(250_000)).into_bytes(),
        format!("User-agent: *\n{}", line("Disallow: /*a*b\n")).into_bytes(),
        format!("User-agent: *\n{}", line("Disallow:/*%\n")).into_bytes(),
        line("User-agent: *\n").into_bytes(),
    ];
    let address = url(&format!("/{}", "a".repeat(2000)));
    // A reader or matcher that goes back in any of them would not end today.
    let allowed = files.iter().filter(|file| Rules::from_file(file).allows(&address)).count();
    assert_eq!(allowed, files.len());
}

#[test]
fn the_address_of_a_file_is_that_of_the_host() {
    let page = Url::parse("https://a.cn:8443/x/y.html?z#w").unwrap();
    assert_eq!(address(&page).as_str(), "https://a.cn:8443/robots.txt");
}
