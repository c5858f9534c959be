//! Whether the text of a page is the article and nothing else.

use super::field::plain;
use super::gold::BodyChecks;

/// A check that failed: what should be, and what is instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub wanted: String,
    pub found: String,
}

/// A signature and the notes below it have this many characters at most: three bodies that sign together, date, disclosure.
const LONGEST_TAIL: usize = 100;

/// The checks that fail; width of characters and spaces do not count.
pub fn faults(checks: &BodyChecks, body: &str) -> Vec<Fault> {
    let body = plain(body);
    let mut faults = Vec::new();
    if let Some(starts) = checks.starts.as_deref().map(plain)
        && !body.starts_with(&starts)
    {
        let found = body.chars().take(starts.chars().count()).collect::<String>();
        faults.push(Fault { wanted: format!("starts {starts}"), found: format!("starts {found}") });
    }
    if let Some(ends) = checks.ends.as_deref().map(plain)
        && !ends_with(&body, &ends)
    {
        let skipped = body.chars().count().saturating_sub(ends.chars().count());
        let found = body.chars().skip(skipped).collect::<String>();
        faults.push(Fault { wanted: format!("ends {ends}"), found: format!("ends {found}") });
    }
    let strange = checks.excludes.iter().filter(|excluded| body.contains(&plain(excluded)));
    faults.extend(
        strange.map(|excluded| Fault { wanted: format!("lacks {excluded}"), found: format!("has {excluded}") }),
    );
    faults
}

/// The signature and notes under the last paragraph are part of the text as read, but hold no further sentence.
fn ends_with(body: &str, ends: &str) -> bool {
    let Some(at) = body.rfind(ends) else { return false };
    let tail = body[at + ends.len()..].trim_start_matches(['。', '!', ';', '"', '”', ')', '》']);
    tail.chars().count() <= LONGEST_TAIL && !tail.contains(['。', '!', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "云溪县 2023 年，全县依法行政。\n一、主要工作\n受理复议申请85件。\n云溪县人民政府\n2024年1月8日\n（此件公开发布）\n";

    #[track_caller]
    fn check(starts: &str, ends: &str, excludes: &[&str], wanted: &[&str]) {
        let checks = BodyChecks {
            starts: Some(starts.to_owned()),
            ends: Some(ends.to_owned()),
            excludes: excludes.iter().map(ToString::to_string).collect(),
        };
        let faults: Vec<String> = faults(&checks, BODY).into_iter().map(|fault| fault.wanted).collect();
        assert_eq!(faults, wanted);
    }

    #[test]
    fn the_signature_may_follow_the_end() {
        check("云溪县2023年,", "复议申请85件。", &["打印", "浏览次数"], &[]);
        check("云溪县2023年", "复议申请85件", &[], &[]);
    }

    #[test]
    fn a_sentence_may_not() {
        check("云溪县2023年", "全县依法行政。", &[], &["ends 全县依法行政。"]);
    }

    #[test]
    fn every_fault_is_named() {
        check("首页", "返回顶部", &["此件公开", "打印"], &["starts 首页", "ends 返回顶部", "lacks 此件公开"]);
    }
}
