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
    /// Where it stands, e.g. `header 成文日期`, `meta PubDate`, `url`.
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

impl Decision {
    /// The claim the value was taken from.
    pub fn believed(&self) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.verdict == Verdict::Believed)
    }
}
