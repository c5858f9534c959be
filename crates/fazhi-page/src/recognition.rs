//! Telling a page from what is served in its place: challenges, firewalls, and "not found" sent as success.
//!
//! Each product is a row of [`RULES`]. A row needs a sign in the answer and, where the sign is a phrase that an article
//! could quote, a page with hardly any other text. What is recognised is recorded and never worked around.

use memchr::memmem;

use crate::attributes::find_end_tag;

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// A page, as far as can be told; also one that says openly, by its status, that something went wrong.
    Page,
    /// A challenge for browsers or the answer of a firewall.
    Challenge {
        /// The rule that told it.
        rule: &'static str,
    },
    /// "Not found" under a status of success.
    SoftNotFound {
        /// The rule that told it.
        rule: &'static str,
    },
}

/// Visible characters above which a page is taken to be about something.
const LITTLE_TEXT: usize = 400;

/// Source above which a page is not searched: challenges are small, the largest of them some 200 KB of script.
const SEARCHED: usize = 512 * 1024;

struct Answer<'a> {
    status: u16,
    cookies: &'a str,
    firewall_header: bool,
    text: &'a str,
    body_len: usize,
    /// Visible text, or nothing if there is more than little.
    little: Option<String>,
}

struct Rule {
    name: &'static str,
    verdict: fn(&'static str) -> Recognition,
    applies: fn(&Answer<'_>) -> bool,
}

const CHALLENGE: fn(&'static str) -> Recognition = |rule| Recognition::Challenge { rule };
const SOFT_NOT_FOUND: fn(&'static str) -> Recognition = |rule| Recognition::SoftNotFound { rule };

const RULES: &[Rule] = &[
    // 瑞数 River: `$_ts` in a script. `r="m"` alone stays on the scripts of pages that were let through.
    Rule {
        name: "river-challenge",
        verdict: CHALLENGE,
        applies: |a| {
            let refusal = matches!(a.status, 202 | 400 | 403 | 412);
            (refusal && (a.has("$_ts") || a.has_marked_script())) || (a.success() && a.has("$_ts") && a.is_empty())
        },
    },
    // 加速乐 Jiasule: 521 with a script that sets a cookie; the second stage names the cookie.
    Rule {
        name: "jiasule-challenge",
        verdict: CHALLENGE,
        applies: |a| {
            let sets_cookie = a.has("document.cookie") && a.has("location");
            (a.status == 521 && (sets_cookie || a.cookies.contains("__jsl")))
                || (a.has("__jsl_clearance") && a.is_empty())
        },
    },
    // 网神/奇安信 wzws: its own words in the script.
    Rule {
        name: "wzws-challenge",
        verdict: CHALLENGE,
        applies: |a| (a.has("wzwschallenge") || a.has("wzwsquestion") || a.has("dynamicurl")) && a.is_empty(),
    },
    Rule {
        name: "wzws-limit",
        verdict: CHALLENGE,
        applies: |a| a.status == 491 || (a.status == 404 && a.body_len == 0 && a.firewall_header),
    },
    // 云锁 Yunsuo: sends back to the same address with a screen size in a cookie.
    Rule {
        name: "yunsuo-challenge",
        verdict: CHALLENGE,
        applies: |a| {
            let named = a.cookies.contains("yunsuo_session_verify") || a.has("security_verify_data");
            named && (a.has("YunSuoAutoJump") || a.has("security_verify_data") || a.has("location")) && a.is_empty()
        },
    },
    Rule { name: "firewall-text", verdict: CHALLENGE, applies: |a| a.says(FIREWALL_TEXTS) },
    Rule {
        name: "captcha",
        verdict: CHALLENGE,
        applies: |a| a.says(&["验证码", "滑动验证", "人机验证", "安全验证"]) && a.says(CAPTCHA_REASONS),
    },
    Rule { name: "not-found-text", verdict: SOFT_NOT_FOUND, applies: |a| a.success() && a.says(NOT_FOUND_TEXTS) },
    Rule {
        name: "not-found-title",
        verdict: SOFT_NOT_FOUND,
        applies: |a| a.success() && a.title().is_some_and(is_not_found_title) && a.little.is_some(),
    },
    Rule {
        name: "not-found-redirect",
        verdict: SOFT_NOT_FOUND,
        applies: |a| a.success() && a.is_empty() && a.has("location") && (a.has("/404.htm") || a.has("/404.shtml")),
    },
];

const FIREWALL_TEXTS: &[&str] = &[
    "您的请求疑似攻击行为",
    "您当前的访问行为存在异常",
    "您的访问行为存在异常",
    "请登录安全狗",
    "网站防火墙",
    "访问被拦截",
    "访问已被拦截",
    "请求已被拦截",
    "请求被拦截",
    "访问请求可能对网站造成安全威胁",
    "已被网站管理员设置拦截",
];

const CAPTCHA_REASONS: &[&str] =
    &["访问过于频繁", "访问频繁", "请完成", "拖动滑块", "请输入验证码", "人机验证", "安全验证", "继续访问"];

const NOT_FOUND_TEXTS: &[&str] = &[
    "页面不存在",
    "网页不存在",
    "页面没有找到",
    "页面未找到",
    "页面找不到",
    "找不到页面",
    "找不到该页",
    "无法找到该页",
    "没有找到您要访问的页面",
    "没有找到您要的页面",
    "您访问的页面已删除",
    "页面已删除",
    "页面已被删除",
    "文章不存在",
    "信息不存在",
    "内容不存在",
    "不存在或已删除",
    "不存在或已被删除",
    "您访问的页面走丢了",
    "404 Not Found",
    "Page Not Found",
];

/// Says what an answer is. `header` looks a header up by its lower-case name, repeated ones joined or the first of
/// them; `text` is the decoded body; `body_len` its length in bytes as it arrived.
pub fn recognise<'a>(
    status: u16,
    header: impl Fn(&str) -> Option<&'a str>,
    text: &str,
    body_len: usize,
) -> Recognition {
    let text = &text[..text.floor_char_boundary(SEARCHED)];
    let cookies = header("set-cookie").unwrap_or_default();
    let firewall_header = header("wzws-ray").is_some();
    let answer = Answer { status, cookies, firewall_header, text, body_len, little: little_text(text) };
    let rule = RULES.iter().find(|rule| (rule.applies)(&answer));
    rule.map_or(Recognition::Page, |rule| (rule.verdict)(rule.name))
}

impl Answer<'_> {
    fn success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn has(&self, sign: &str) -> bool {
        memmem::find(self.text.as_bytes(), sign.as_bytes()).is_some()
    }

    fn has_marked_script(&self) -> bool {
        [r#"r="m""#, "r='m'", "r=m>"].into_iter().any(|mark| self.has(mark))
    }

    /// Hardly a word to read: what a page of script alone shows.
    fn is_empty(&self) -> bool {
        self.little.as_ref().is_some_and(|text| text.chars().count() <= LITTLE_TEXT / 4)
    }

    /// Shows one of these phrases and little else.
    fn says(&self, phrases: &[&str]) -> bool {
        self.little.as_ref().is_some_and(|text| phrases.iter().any(|phrase| text.contains(phrase)))
    }

    fn title(&self) -> Option<&str> {
        let start = self.text.find("<title>").or_else(|| self.text.find("<TITLE>"))? + "<title>".len();
        let title = &self.text[start..];
        title.get(..title.find("</")?).map(str::trim)
    }
}

fn is_not_found_title(title: &str) -> bool {
    let number = title.strip_prefix("404").or_else(|| title.strip_suffix("404"));
    let alone = number.is_some_and(|rest| !rest.contains(|c: char| c.is_ascii_digit()));
    alone && title.chars().count() <= 30
}

/// The visible text without white space, if there is little of it. Stops as soon as there is more.
fn little_text(source: &str) -> Option<String> {
    let mut visible = String::new();
    let mut count = 0;
    let mut rest = source;
    loop {
        let (text, behind) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        count += words.chars().count();
        if count > LITTLE_TEXT {
            return None;
        }
        visible.push_str(&words);
        if behind.is_empty() {
            return Some(visible);
        }
        rest = &behind[hidden_end(behind)..];
    }
}

/// Length of the tag, comment, script, style or title at the start of `source`.
fn hidden_end(source: &str) -> usize {
    let end_of = |end: &str| source.find(end).map_or(source.len(), |at| at + end.len());
    if source.starts_with("<!--") {
        return end_of("-->");
    }
    for (start, end) in [("<script", "</script"), ("<style", "</style"), ("<title", "</title")] {
        if source.get(..start.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(start)) {
            let at = find_end_tag(source.as_bytes(), start.len(), end.as_bytes());
            return source[at..].find('>').map_or(source.len(), |length| at + length + 1);
        }
    }
    if source[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        return end_of(">");
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "<p>本年度全面推进依法行政，完善制度建设，规范执法行为，加强监督问责。</p>";

    #[track_caller]
    fn check(status: u16, headers: &[(&str, &str)], text: &str, expected: Recognition) {
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        assert_eq!(recognise(status, header, text, text.len()), expected, "{status} {text}");
    }

    fn challenge(rule: &'static str) -> Recognition {
        Recognition::Challenge { rule }
    }

    fn not_found(rule: &'static str) -> Recognition {
        Recognition::SoftNotFound { rule }
    }

    #[test]
    fn river() {
        let page = r#"<html><head><meta content="x" r="m"><script r="m">$_ts=window['$_ts'];$_ts.cd="q";</script></head></html>"#;
        for status in [200, 202, 400, 403, 412] {
            check(status, &[], page, challenge("river-challenge"));
        }
        check(412, &[], r#"<meta id="9" r='m'><script src=/a.js r='m'></script>"#, challenge("river-challenge"));
        let passed = format!(r#"<script r="m" src="/x.js"></script>{}"#, ARTICLE.repeat(20));
        check(200, &[], &passed, Recognition::Page);
        check(200, &[], &format!("{passed}<script>$_ts.x=1</script>"), Recognition::Page);
    }

    #[test]
    fn jiasule() {
        let first = "<script>document.cookie=('_')+('x');location.href=location.pathname</script>";
        check(521, &[], first, challenge("jiasule-challenge"));
        check(521, &[("set-cookie", "__jsluid_h=1; path=/")], "", challenge("jiasule-challenge"));
        check(
            200,
            &[],
            r#"<script>go({"bts":["1"],"tn":"__jsl_clearance_s"})</script>"#,
            challenge("jiasule-challenge"),
        );
        check(521, &[], "", Recognition::Page);
    }

    #[test]
    fn wzws() {
        let page =
            "<noscript>请开启JavaScript</noscript><script>var dynamicurl='/WZWSREL';var wzwsquestion='x';</script>";
        check(200, &[], page, challenge("wzws-challenge"));
        check(491, &[], "", challenge("wzws-limit"));
        check(404, &[("wzws-ray", "1")], "", challenge("wzws-limit"));
        check(404, &[], "", Recognition::Page);
        check(200, &[("wzws-ray", "1")], &ARTICLE.repeat(20), Recognition::Page);
    }

    #[test]
    fn yunsuo() {
        let page = "<script>function YunSuoAutoJump(){self.location='/?security_verify_data=1'}</script>";
        check(200, &[("set-cookie", "yunsuo_session_verify=1")], page, challenge("yunsuo-challenge"));
        check(200, &[("set-cookie", "yunsuo_session_verify=1")], ARTICLE, Recognition::Page);
    }

    #[test]
    fn firewalls_with_text() {
        for text in FIREWALL_TEXTS {
            let page = format!("<html><title>提示</title><body><h1>{text}</h1><p>事件ID：1-2-3</p></body></html>");
            for status in [200, 403, 418] {
                check(status, &[], &page, challenge("firewall-text"));
            }
            check(200, &[], &format!("{page}{}", ARTICLE.repeat(20)), Recognition::Page);
        }
    }

    #[test]
    fn captchas() {
        check(200, &[], "<p>您的访问过于频繁，请输入验证码</p><input>", challenge("captcha"));
        check(200, &[], "<form>登录 <input> 验证码 <input></form>", Recognition::Page);
    }

    #[test]
    fn not_found_under_success() {
        for text in NOT_FOUND_TEXTS {
            let page = format!("<title>某某政府</title><p>抱歉，{text}！</p><a href=/>返回首页</a>");
            check(200, &[], &page, not_found("not-found-text"));
            check(404, &[], &page, Recognition::Page);
            check(200, &[], &format!("{page}{}", ARTICLE.repeat(20)), Recognition::Page);
        }
        check(200, &[], "<title>404 错误</title><img src=404.png>", not_found("not-found-title"));
        check(200, &[], "<title>主页 404</title>", not_found("not-found-title"));
        check(200, &[], "<title>14040件</title><p>目录</p>", Recognition::Page);
        check(200, &[], "<script>window.location.href='/404.htm'</script>", not_found("not-found-redirect"));
    }

    #[test]
    fn pages_are_pages() {
        for text in ["", "正文", ARTICLE, "1 < 2 <", "<", "<script>", "<!--", "{\"total\":0}"] {
            check(200, &[], text, Recognition::Page);
        }
        check(200, &[], &"<".repeat(600_000), Recognition::Page);
        check(200, &[], &"<!--".repeat(200_000), Recognition::Page);
        check(200, &[], &"<script>".repeat(200_000), Recognition::Page);
        check(200, &[], &"<script></SCRIPT>".repeat(40_000), Recognition::Page);
    }
}
