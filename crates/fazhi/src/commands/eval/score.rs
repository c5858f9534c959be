//! Hits, misses and false hits, and what they come to. Knows neither files nor documents.

use std::ops::AddAssign;

use serde::{Serialize, Serializer};

/// How often the answer was right, and in which of two ways it was wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Stated by the gold and answered.
    pub hits: usize,
    /// Answered, but not what the gold states.
    pub false_hits: usize,
    /// Stated by the gold, but not answered.
    pub misses: usize,
}

impl Score {
    /// The share of answers that are right; none where nothing was answered.
    pub fn precision(self) -> Option<f64> {
        share(self.hits, self.hits + self.false_hits)
    }

    /// The share of what the gold states that was answered; none where it states nothing.
    pub fn recall(self) -> Option<f64> {
        share(self.hits, self.hits + self.misses)
    }

    /// The harmonic mean of both; none where nothing was stated or answered.
    pub fn f1(self) -> Option<f64> {
        share(2 * self.hits, 2 * self.hits + self.false_hits + self.misses)
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_hits += other.false_hits;
        self.misses += other.misses;
    }
}

#[derive(Serialize)]
struct WrittenScore {
    tp: usize,
    fp: usize,
    r#fn: usize,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = WrittenScore {
            tp: self.hits,
            fp: self.false_hits,
            r#fn: self.misses,
            precision: self.precision().map(rounded),
            recall: self.recall().map(rounded),
            f1: self.f1().map(rounded),
        };
        written.serialize(serializer)
    }
}

/// The score of a field that a document has at most once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldScore {
    /// Documents in which the field is scored.
    pub documents: usize,
    /// Documents in which it is right, absent where it should be included.
    pub right: usize,
    /// Hits and errors; a field that is rightly absent is neither.
    pub score: Score,
}

/// Whether a field should be there, and whether it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// The gold states it.
    pub stated: bool,
    /// The answer has it.
    pub answered: bool,
}

/// Whether the answer is what the gold states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same, or both absent.
    Right,
    /// Anything else.
    Wrong,
}

impl FieldScore {
    /// Adds one document. A wrong value where another is stated is a false hit and a miss.
    pub fn add(&mut self, presence: Presence, verdict: Verdict) {
        self.documents += 1;
        match verdict {
            Verdict::Right => {
                self.right += 1;
                self.score.hits += usize::from(presence.stated);
            }
            Verdict::Wrong => {
                self.score.false_hits += usize::from(presence.answered);
                self.score.misses += usize::from(presence.stated);
            }
        }
    }

    /// The share of documents in which the field is right.
    pub fn exact(self) -> Option<f64> {
        share(self.right, self.documents)
    }
}

#[derive(Serialize)]
struct WrittenFieldScore {
    documents: usize,
    exact: Option<f64>,
    #[serde(flatten)]
    score: Score,
}

impl Serialize for FieldScore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let exact = self.exact().map(rounded);
        WrittenFieldScore { documents: self.documents, exact, score: self.score }.serialize(serializer)
    }
}

/// Two lists laid side by side; positions of what found no partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Positions of gold and answer that are the same.
    pub hits: Vec<(usize, usize)>,
    /// Positions in the gold.
    pub misses: Vec<usize>,
    /// Positions in the answer.
    pub false_hits: Vec<usize>,
}

/// Lays answers beside the gold as multisets: each entry has at most one partner, the first that is free.
pub fn pair<G, A>(gold: &[G], answers: &[A], same: impl Fn(&G, &A) -> bool) -> Pairs {
    let mut free: Vec<usize> = (0..gold.len()).collect();
    let mut pairs = Pairs::default();
    for (at, answer) in answers.iter().enumerate() {
        match free.iter().position(|entry| same(&gold[*entry], answer)) {
            Some(partner) => pairs.hits.push((free.remove(partner), at)),
            None => pairs.false_hits.push(at),
        }
    }
    pairs.misses = free;
    pairs
}

#[expect(clippy::cast_precision_loss, reason = "counts of annotated entries are small")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Four decimals tell two runs apart; more would only make their difference hard to read.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hits: usize, false_hits: usize, misses: usize, json: &str) {
        let score = Score { hits, false_hits, misses };
        assert_eq!(serde_json::to_string(&score).unwrap(), json);
    }

    #[test]
    fn shares_come_from_counts() {
        check(8, 2, 0, r#"{"tp":8,"fp":2,"fn":0,"precision":0.8,"recall":1.0,"f1":0.8889}"#);
        check(1, 1, 2, r#"{"tp":1,"fp":1,"fn":2,"precision":0.5,"recall":0.3333,"f1":0.4}"#);
        check(0, 3, 0, r#"{"tp":0,"fp":3,"fn":0,"precision":0.0,"recall":null,"f1":0.0}"#);
        check(0, 0, 0, r#"{"tp":0,"fp":0,"fn":0,"precision":null,"recall":null,"f1":null}"#);
    }

    #[test]
    fn a_field_rightly_absent_is_right_but_no_hit() {
        let cases = [
            ((true, true), Verdict::Right, (1, 1, 0, 0)),
            ((false, false), Verdict::Right, (1, 0, 0, 0)),
            ((true, true), Verdict::Wrong, (0, 0, 1, 1)),
            ((true, false), Verdict::Wrong, (0, 0, 0, 1)),
            ((false, true), Verdict::Wrong, (0, 0, 1, 0)),
        ];
        for ((stated, answered), verdict, (right, hits, false_hits, misses)) in cases {
            let mut field = FieldScore::default();
            field.add(Presence { stated, answered }, verdict);
            let wanted = FieldScore { documents: 1, right, score: Score { hits, false_hits, misses } };
            assert_eq!(field, wanted, "{stated} {answered} {verdict:?}");
        }
    }

    #[test]
    fn a_field_is_written_with_its_documents() {
        let field = FieldScore { documents: 3, right: 2, score: Score { hits: 1, false_hits: 1, misses: 1 } };
        let json = r#"{"documents":3,"exact":0.6667,"tp":1,"fp":1,"fn":1,"precision":0.5,"recall":0.5,"f1":0.5}"#;
        assert_eq!(serde_json::to_string(&field).unwrap(), json);
    }

    #[test]
    fn an_entry_has_one_partner() {
        let pairs =
            pair(&["2名", "3件", "2名", "5次"], &["5次", "2名", "3件", "3件"], |gold, answer| gold == answer);
        assert_eq!(pairs, Pairs { hits: vec![(3, 0), (0, 1), (1, 2)], misses: vec![2], false_hits: vec![3] });
    }
}
