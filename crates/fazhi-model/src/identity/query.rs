//! Queries in their one form.

use super::canonical_url::respell;

/// The canonical form of a query, or nothing if no parameter is left.
pub(super) fn canonical(query: &str) -> Option<String> {
    let query = respell(query);
    let parameters: Vec<Parameter<'_>> =
        query.split('&').filter(|text| !text.is_empty()).map(Parameter::read).collect();
    let kept: Vec<&str> = parameters
        .iter()
        .filter(|parameter| !parameter.is_noise(&parameters))
        .map(|parameter| parameter.text)
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// `name=value`, or something without an equals sign.
struct Parameter<'a> {
    text: &'a str,
    /// In lower case.
    name: String,
    value: &'a str,
}

/// Names of an article's own number: beside one of them a session is not what chooses the page.
const ARTICLE_NAMES: [&str; 6] = ["id", "articleid", "newsid", "infoid", "docid", "contentid"];
/// Names of parameters that are made to differ each time; only values that look it are dropped. `timestamp` and `t` are
/// not among them: lists that are loaded piece by piece say with those where they go on.
const CACHE_NAMES: [&str; 5] = ["_", "_t", "random", "rnd", "rand"];

impl<'a> Parameter<'a> {
    fn read(text: &'a str) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        Self { text, name: name.to_ascii_lowercase(), value }
    }

    fn is_noise(&self, all: &[Parameter<'_>]) -> bool {
        let has = |name: &str| all.iter().any(|other| other.name == name);
        match self.name.as_str() {
            "jsessionid" | "phpsessid" | "sessionid" => true,
            "cfid" => has("cftoken"),
            "cftoken" => has("cfid"),
            // Short numbers are sites (gkmlpt); a long one may be an article, unless that has a number of its own.
            "sid" => is_hexadecimal(self.value, 16) && ARTICLE_NAMES.iter().any(|name| has(name)),
            // Alibaba's mark has four or five parts; a plain word may mean something.
            "spm" => self.value.split('.').count() >= 4,
            // Where a page is shared in WeChat.
            "from" => matches!(self.value, "timeline" | "groupmessage" | "singlemessage"),
            "isappinstalled" => matches!(self.value, "0" | "1"),
            name if CACHE_NAMES.contains(&name) => is_moment(self.value) || is_chance(self.value),
            name => name.starts_with("utm_") || is_asp_session(name),
        }
    }
}

/// `aspsessionid` and eight letters.
fn is_asp_session(name: &str) -> bool {
    let letters = name.strip_prefix("aspsessionid");
    letters.is_some_and(|letters| letters.len() == 8 && letters.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn is_hexadecimal(value: &str, at_least: usize) -> bool {
    value.len() >= at_least && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Milliseconds of the years 2001 to 2065, as scripts add them to keep caches away.
fn is_moment(value: &str) -> bool {
    value.len() == 13 && matches!(value.as_bytes()[0], b'1' | b'2') && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// What `Math.random()` gives.
fn is_chance(value: &str) -> bool {
    let digits = value.strip_prefix("0.");
    digits.is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
