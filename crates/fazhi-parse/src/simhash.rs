//! A fingerprint of a text whose bits change little when the text changes little.
//!
//! The fingerprint is stored in the tables, so that how it is made is a contract; a change of it needs a new
//! [`crate::PARSER_VERSION`]:
//!
//! 1. The text is folded: Unicode NFKC (full-width digits, ligatures), lower case, letters and digits alone. White space,
//!    punctuation and marks of lists differ between two posts of one text more than its words do.
//! 2. Its features are the overlapping runs of [`SHINGLE`] characters, each counted once. Chinese has no spaces between
//!    words; four characters are about two words, long enough not to occur in every text. A run that is repeated weighs as
//!    much as one that is not, or the few phrases that all reports share would outweigh what a report says itself.
//! 3. A feature is hashed by FNV-1a (64 bits, over its UTF-8 bytes), then mixed by the last step of MurmurHash3, since FNV
//!    alone leaves the high bits of short inputs alike. Both are written down here and depend on no platform or library.
//! 4. A bit of the fingerprint is set where more features have it set than clear.
//!
//! The expected number of differing bits of two texts is 64·θ/π, θ being the angle between their sets of features: about 3
//! when one feature in a hundred was exchanged, 15 when a quarter was, 32 for unrelated texts.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

/// Characters in a feature.
pub const SHINGLE: usize = 4;
/// A text with fewer features than this tells too little of itself.
const FEWEST: usize = 16;

/// The fingerprint of a text; none where there is too little of it.
///
/// ```
/// use fazhi_parse::simhash::simhash;
/// let text = "全年受理行政复议案件八十五件，审结七十九件，行政机关负责人出庭应诉率达到百分之百。";
/// assert_eq!(simhash(text), simhash(&text.replace('，', " ， ")));
/// assert_eq!(simhash("此件主动公开"), None);
/// ```
pub fn simhash(text: &str) -> Option<i64> {
    let features: HashSet<u64> = shingles(&folded(text)).collect();
    (features.len() >= FEWEST).then(|| fingerprint(features.into_iter()).cast_signed())
}

/// Number of bits in which two fingerprints differ.
pub fn distance(one: i64, other: i64) -> u32 {
    (one ^ other).count_ones()
}

/// What counts of a text: its letters and digits, in one form.
pub fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// Hashes of the overlapping runs of [`SHINGLE`] characters of a folded text, in order.
pub fn shingles(folded: &str) -> impl Iterator<Item = u64> + '_ {
    let starts = folded.char_indices().map(|(at, _)| at);
    let ends = folded.char_indices().skip(SHINGLE).map(|(at, _)| at).chain([folded.len()]);
    let whole = folded.chars().nth(SHINGLE - 1).is_some();
    starts.zip(ends).filter(move |_| whole).map(|(start, end)| hash(&folded.as_bytes()[start..end]))
}

fn fingerprint(features: impl Iterator<Item = u64>) -> u64 {
    let mut balance = [0_i64; 64];
    for feature in features {
        for (bit, balance) in balance.iter_mut().enumerate() {
            *balance += if feature >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    balance.iter().enumerate().fold(0, |bits, (bit, balance)| bits | u64::from(*balance > 0) << bit)
}

/// FNV-1a, then the finaliser of MurmurHash3.
fn hash(bytes: &[u8]) -> u64 {
    let fnv = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (fnv ^ fnv >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ mixed >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of this many different sentences.
    fn text(sentences: usize) -> String {
        let sentence = |n| format!("第{n}项工作由{}号机关承办，办结{}件。", n * 7, n * n + 3);
        (0..sentences).map(sentence).collect::<Vec<_>>().concat()
    }

    #[test]
    fn the_hash_is_the_one_written_down() {
        // Worked out apart from this code.
        assert_eq!(hash(b""), 0xefd0_1f60_ba99_2926);
        assert_eq!(hash("法治政府".as_bytes()), 0xddcb_5e61_66e5_880a);
    }

    #[test]
    fn the_fingerprint_of_a_text_never_changes() {
        assert_eq!(simhash(&text(40)), Some(1_499_049_200_120_043_732));
    }

    #[test]
    fn layout_does_not_count() {
        let spaced: String = text(40).chars().flat_map(|c| [c, '\u{3000}']).collect();
        let full_width: String = text(40)
            .chars()
            .map(|c| c.to_digit(10).map_or(c, |digit| char::from_u32(0xff10 + digit).unwrap()))
            .collect();
        assert_eq!(simhash(&spaced), simhash(&text(40)));
        assert_eq!(simhash(&full_width), simhash(&text(40)));
    }

    #[test]
    fn the_distance_grows_with_the_change() {
        let whole = simhash(&text(200)).unwrap();
        let to = |text: String| distance(whole, simhash(&text).unwrap());
        let one_word = to(text(200).replace("第7项工作", "第7项任务"));
        let a_tenth = to(text(180));
        let sentence = |n| format!("{n}镇开展{}场宣传，覆盖群众{}人次；", n * 5, n * 31);
        let another = to((0..200).map(sentence).collect::<Vec<_>>().concat());
        assert!(one_word <= 3 && one_word < a_tenth && a_tenth < 16 && another > 20, "{one_word} {a_tenth} {another}");
    }

    #[test]
    fn runs_overlap_and_short_texts_have_none() {
        let hashes: Vec<u64> = ["甲乙丙丁", "乙丙丁戊"].map(|run| hash(run.as_bytes())).to_vec();
        assert_eq!(shingles("甲乙丙丁戊").collect::<Vec<_>>(), hashes);
        assert_eq!(shingles("甲乙丙").count(), 0);
        assert_eq!(shingles("").count(), 0);
    }
}
