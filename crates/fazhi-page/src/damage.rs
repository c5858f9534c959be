//! Text that was damaged on its way to the portal, beyond repair.

/// Says what is wrong with a text that cannot be read any more; nothing if it can.
///
/// Single damaged characters do not count: from one in fifty characters on, words and numbers cannot be trusted.
pub fn damage(text: &str) -> Option<String> {
    let tally = Tally::of(text);
    let share = |count: usize| count >= 5 && count * 50 >= tally.visible;
    let per_cent = |count: usize| count * 100 / tally.visible.max(1);
    if share(tally.replaced) {
        return Some(format!("{} % of the characters are replacement characters", per_cent(tally.replaced)));
    }
    // Such a reading holds private-use characters too, so it is told first.
    if tally.misread >= 5 && tally.misread > tally.common {
        return Some(format!("UTF-8 was read as GBK ({} signs of it)", tally.misread));
    }
    if share(tally.private) {
        return Some(format!("{} % of the characters are private-use characters", per_cent(tally.private)));
    }
    // What one-byte readings of Chinese text consist of. A Chinese text has some of them (·, ×, °), but few.
    if tally.latin >= 20 && tally.latin > tally.han && tally.latin * 5 >= tally.visible {
        return Some(format!("{} % of the characters are Latin-1 supplements", per_cent(tally.latin)));
    }
    let lost = text.matches("锟斤拷").count();
    if share(lost * 3) {
        return Some(format!("replacement characters were read as GBK ({lost} times)"));
    }
    None
}

#[derive(Default)]
struct Tally {
    visible: usize,
    replaced: usize,
    private: usize,
    latin: usize,
    han: usize,
    /// First halves of `，` `。` `、` `的` in UTF-8 read as GBK; rare characters else.
    misread: usize,
    /// The same four, read as they should be.
    common: usize,
}

impl Tally {
    fn of(text: &str) -> Self {
        let mut tally = Self::default();
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            tally.visible += 1;
            match c {
                '\u{fffd}' => tally.replaced += 1,
                '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => tally.private += 1,
                '\u{80}'..='\u{ff}' => tally.latin += 1,
                '锛' | '銆' | '鐨' => tally.misread += 1,
                '，' | '。' | '、' | '的' => tally.common += 1,
                '\u{4e00}'..='\u{9fff}' => tally.han += 1,
                _ => {}
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "行政机关依法履行职责，全年办理案件若干，群众的满意度稳步提升。";

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(damage(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn readable_text_is_not_damaged() {
        let with = |strange: &str| format!("{}{strange}", TEXT.repeat(20));
        for strange in ["", "\u{fffd}\u{fffd}", "\u{f06c}\u{f06c}", "12·4 ×××× ±5°", "锛床", "锟斤拷", "naïve café"]
        {
            check(&with(strange), None);
        }
        check("", None);
        check("Annual report 2023", None);
    }

    #[test]
    fn each_sort_of_damage_is_named() {
        check(&"依法\u{fffd}\u{fffd}".repeat(10), Some("50 % of the characters are replacement characters"));
        check(&"依\u{e7c8}".repeat(10), Some("50 % of the characters are private-use characters"));
        let (latin, ..) = encoding_rs::WINDOWS_1252.decode(TEXT.as_bytes());
        assert!(damage(&latin.repeat(3)).unwrap().ends_with("are Latin-1 supplements"));
        let gbk = encoding_rs::GBK.encode(TEXT).0.into_owned();
        let (latin, ..) = encoding_rs::WINDOWS_1252.decode(&gbk);
        assert!(damage(&latin.repeat(3)).unwrap().ends_with("are Latin-1 supplements"));
        let (misread, ..) = encoding_rs::GBK.decode(TEXT.as_bytes());
        let misread = misread.replace('\u{fffd}', "").repeat(4);
        assert!(damage(&misread).unwrap().starts_with("UTF-8 was read as GBK"), "{misread}");
        check(&"锟斤拷依".repeat(5), Some("replacement characters were read as GBK (5 times)"));
    }
}
