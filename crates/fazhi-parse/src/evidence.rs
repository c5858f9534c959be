//! Who says what about a field, and who was believed: what `fazhi extract --explain` shows.

use serde::Serialize;

/// How one field of a document was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Name of the field, as in the table `documents`.
    pub field: &'static str,
    /// The value decided for; none where nobody was believed.
    pub value: Option<String>,
    /// The rule that decided, in words.
    pub rule: &'static str,
    /// What every source said, most trusted first.
    pub claims: Vec<Claim>,
}

/// What one source says about a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Where it stands, e.g. `above 成文日期`, `meta PubDate`, `address`.
    pub source: String,
    /// The words there, as published.
    pub says: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The field's value was taken from here.
    Believed,
    /// Says the same as the source that was believed.
    Agrees,
    /// Says something else than the source that was believed.
    Differs,
    /// Does not read as a value of this field.
    Refused,
}

/// What the sources of one field say, put to the vote: the first that reads is believed.
#[derive(Debug)]
pub(crate) struct Ballot<T> {
    field: &'static str,
    votes: Vec<(Claim, Option<T>, Weight)>,
}

/// Whether a source that differs is worth an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It states the field outright.
    Statement,
    /// It tells the field only where nothing states it.
    Hint,
}

/// The outcome of a vote.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    /// What the believed source reads as.
    pub value: Option<T>,
    /// How it came about.
    pub decision: Decision,
    /// The statement that differs most prominently from the believed one, in words.
    pub conflict: Option<String>,
}

impl<T: PartialEq> Ballot<T> {
    pub fn new(field: &'static str) -> Self {
        Self { field, votes: Vec::new() }
    }

    /// Adds a source that states the field; `value` is what its words read as.
    pub fn stated(&mut self, source: impl Into<String>, says: &str, value: Option<T>) {
        self.vote(source.into(), says, value, Weight::Statement);
    }

    /// Adds a source that counts only where none states the field.
    pub fn hinted(&mut self, source: impl Into<String>, says: &str, value: Option<T>) {
        self.vote(source.into(), says, value, Weight::Hint);
    }

    fn vote(&mut self, source: String, says: &str, value: Option<T>, weight: Weight) {
        let claim = Claim { source, says: says.to_owned(), verdict: Verdict::Refused };
        self.votes.push((claim, value, weight));
    }

    /// Counts: equal values agree.
    pub fn decide(self, rule: &'static str, show: impl Fn(&T) -> String) -> Outcome<T> {
        self.decide_by(rule, show, T::eq)
    }

    /// Counts, with an own notion of what agrees.
    pub fn decide_by(
        self,
        rule: &'static str,
        show: impl Fn(&T) -> String,
        agree: impl Fn(&T, &T) -> bool,
    ) -> Outcome<T> {
        let Self { field, mut votes } = self;
        let believed = votes.iter().position(|(_, value, _)| value.is_some());
        let mut conflict = None;
        if let Some(at) = believed {
            let (before, rest) = votes.split_at_mut(at + 1);
            let (first, value, weight) = &mut before[at];
            first.verdict = Verdict::Believed;
            for (claim, other, other_weight) in rest {
                let (Some(value), Some(other)) = (&*value, &*other) else { continue };
                claim.verdict = if agree(value, other) { Verdict::Agrees } else { Verdict::Differs };
                let stated = *weight == Weight::Statement && *other_weight == Weight::Statement;
                if claim.verdict == Verdict::Differs && stated && conflict.is_none() {
                    conflict =
                        Some(format!("{} says `{}`, {} says `{}`", first.source, first.says, claim.source, claim.says));
                }
            }
        }
        let value = believed.and_then(|at| votes[at].1.take());
        let claims = votes.into_iter().map(|(claim, ..)| claim).collect();
        Outcome { decision: Decision { field, value: value.as_ref().map(show), rule, claims }, value, conflict }
    }
}

impl Decision {
    /// `field=source` of the claim that was believed, for the table `documents`.
    pub fn provenance(&self) -> Option<String> {
        let source = &self.believed()?.source;
        Some(format!("{}={source}", self.field))
    }

    /// The claim the value was taken from.
    pub fn believed(&self) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.verdict == Verdict::Believed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(votes: &[(&str, &str, Weight)]) -> Outcome<i32> {
        let mut ballot = Ballot::new("year");
        for (source, says, weight) in votes {
            ballot.vote((*source).to_owned(), says, says.parse().ok(), *weight);
        }
        ballot.decide("the first that reads", ToString::to_string)
    }

    #[test]
    fn the_first_that_reads_is_believed() {
        use Weight::{Hint, Statement};
        let outcome = ballot(&[("a", "无", Statement), ("b", "1", Statement), ("c", "1", Hint), ("d", "2", Hint)]);
        let verdicts: Vec<Verdict> = outcome.decision.claims.iter().map(|claim| claim.verdict).collect();
        assert_eq!(verdicts, [Verdict::Refused, Verdict::Believed, Verdict::Agrees, Verdict::Differs]);
        assert_eq!((outcome.value, outcome.conflict), (Some(1), None));
    }

    #[test]
    fn statements_that_differ_are_a_conflict() {
        use Weight::{Hint, Statement};
        let outcome = ballot(&[("a", "1", Statement), ("b", "2", Statement), ("c", "3", Statement)]);
        assert_eq!(outcome.conflict.as_deref(), Some("a says `1`, b says `2`"));
        assert_eq!(ballot(&[("a", "1", Hint), ("b", "2", Statement)]).conflict, None);
        assert_eq!(ballot(&[]).value, None);
    }
}
