//! The checks: which relations hold between the facts of a report, and between those of two years.
//!
//! They are data (`data/checks.toml`), held against the catalogue when they are read. A check judges facts that are
//! stored; it is no part of the rules that find them, so that a new check makes no new revision of a document.

use std::ops::Range;
use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use rust_decimal::Decimal;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use crate::catalogue::{Catalogue, Entry, IndicatorKind};

const CHECKS: &str = include_str!("../data/checks.toml");

/// The checks, and a digest of the text they were read from.
#[derive(Debug)]
pub struct Checks {
    all: Vec<Check>,
    digest: String,
}

/// One relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Identifier, e.g. `clean_up`.
    pub id: String,
    /// What it relates.
    pub relation: Relation,
    /// What it says, in one sentence.
    pub description: String,
}

/// What a check relates, by identifiers of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// The parts are at most the total together.
    Parts {
        /// The whole.
        total: String,
        /// What it is made of.
        parts: Vec<String>,
        /// Whether there is nothing besides.
        complete: bool,
        /// Why amounts of several units compare.
        across: Option<String>,
    },
    /// `rate` is `part` in per cent of `whole`.
    Rate {
        /// The share.
        rate: String,
        /// What is counted.
        part: String,
        /// Among what it is counted.
        whole: String,
        /// Percentage points by which they may differ beyond rounding.
        tolerance: Decimal,
    },
    /// `smaller` is at most `larger`.
    AtMost {
        /// What does not exceed the other.
        smaller: String,
        /// What is not exceeded.
        larger: String,
        /// Share of the larger by which the smaller may exceed it for a good reason.
        slack: Decimal,
        /// Why amounts of two units compare.
        across: Option<String>,
    },
    /// Whatever a sentence calls a part of something is at most that.
    PartOf,
    /// A value follows from that of the year before and the growth stated beside it.
    Yoy {
        /// Percentage points by which the growth may differ beyond rounding.
        tolerance: Decimal,
    },
}

/// Checks that do not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("checks line {line}: {what}")]
pub struct ChecksError {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl Checks {
    /// Reads checks and holds them against a catalogue.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, ChecksError> {
        let fault = |span: Range<usize>, what: String| ChecksError { line: line_of(text, span.start), what };
        let raw: RawChecks = toml::from_str(text)
            .map_err(|error| fault(error.span().unwrap_or_default(), error.message().to_owned()))?;
        let mut all: Vec<Check> = Vec::new();
        for (at, check) in raw.checks(&Known(catalogue)).map_err(|(span, what)| fault(span, what))? {
            if all.iter().any(|other| other.id == check.id) {
                return Err(fault(at, format!("check `{}` stands twice", check.id)));
            }
            all.push(check);
        }
        Ok(Self { all, digest: HEXLOWER.encode(&Sha256::digest(text)) })
    }

    /// The checks of this version.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Checks> =
            LazyLock::new(|| Checks::parse(CHECKS, Catalogue::embedded()).expect("a test reads the embedded checks"));
        &EMBEDDED
    }

    /// All of them, by kind.
    pub fn all(&self) -> &[Check] {
        &self.all
    }

    /// SHA-256 of their text, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Relation {
    /// The name of its kind in tables.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Parts { .. } => "parts",
            Self::Rate { .. } => "rate",
            Self::AtMost { .. } => "at_most",
            Self::PartOf => "part_of",
            Self::Yoy { .. } => "yoy",
        }
    }
}

type Fault = (Range<usize>, String);
type Found = (Range<usize>, Check);

/// The catalogue that identifiers are looked up in.
struct Known<'a>(&'a Catalogue);

impl Known<'_> {
    fn entry(&self, id: &Spanned<String>) -> Result<&Entry, Fault> {
        let found = self.0.entries().iter().find(|entry| entry.id == *id.as_ref());
        found.ok_or_else(|| (id.span(), format!("`{}` is not in the catalogue", id.as_ref())))
    }

    /// An indicator that is counted, not computed.
    fn amount(&self, id: &Spanned<String>) -> Result<&Entry, Fault> {
        let entry = self.entry(id)?;
        if matches!(entry.kind, IndicatorKind::Count | IndicatorKind::Amount) {
            Ok(entry)
        } else {
            Err((id.span(), format!("`{}` is a rate, a count or an amount is wanted", entry.id)))
        }
    }

    /// Amounts of one unit, or a reason why they compare nevertheless.
    fn one_unit(&self, a: &Spanned<String>, b: &Spanned<String>, across: Option<&str>) -> Result<(), Fault> {
        let (one, other) = (self.amount(a)?, self.amount(b)?);
        if one.id == other.id {
            return Err((b.span(), format!("`{}` is compared with itself", one.id)));
        }
        if one.unit == other.unit || across.is_some() {
            return Ok(());
        }
        let units = format!("`{}` counts {}, `{}` counts {}", one.id, one.unit, other.id, other.unit);
        Err((b.span(), format!("{units}: `across` must say why they compare")))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChecks {
    part_of: Option<RawPartOf>,
    yoy: Option<RawYoy>,
    #[serde(default)]
    rate: Vec<RawRate>,
    #[serde(default)]
    parts: Vec<RawParts>,
    #[serde(default)]
    at_most: Vec<RawAtMost>,
}

impl RawChecks {
    fn checks(self, known: &Known) -> Result<Vec<Found>, Fault> {
        let mut found = Vec::new();
        found.extend(self.part_of.map(RawPartOf::check));
        found.extend(self.yoy.map(RawYoy::check).transpose()?);
        for raw in self.rate {
            found.push(raw.check(known)?);
        }
        for raw in self.parts {
            found.push(raw.check(known)?);
        }
        for raw in self.at_most {
            found.push(raw.check(known)?);
        }
        Ok(found)
    }
}

fn found(id: Spanned<String>, relation: Relation, description: String) -> Found {
    (id.span(), Check { id: id.into_inner(), relation, description })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPartOf {
    id: Spanned<String>,
    description: String,
}

impl RawPartOf {
    fn check(self) -> Found {
        found(self.id, Relation::PartOf, self.description)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYoy {
    id: Spanned<String>,
    tolerance: Spanned<String>,
    description: String,
}

impl RawYoy {
    fn check(self) -> Result<Found, Fault> {
        Ok(found(self.id, Relation::Yoy { tolerance: points(&self.tolerance)? }, self.description))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    id: Spanned<String>,
    rate: Spanned<String>,
    part: Spanned<String>,
    whole: Spanned<String>,
    tolerance: Spanned<String>,
    description: String,
}

impl RawRate {
    fn check(self, known: &Known) -> Result<Found, Fault> {
        let rate = known.entry(&self.rate)?;
        if rate.kind != IndicatorKind::Rate {
            return Err((self.rate.span(), format!("`{}` is no rate", rate.id)));
        }
        known.one_unit(&self.part, &self.whole, None)?;
        let tolerance = points(&self.tolerance)?;
        let (rate, part, whole) = (self.rate.into_inner(), self.part.into_inner(), self.whole.into_inner());
        Ok(found(self.id, Relation::Rate { rate, part, whole, tolerance }, self.description))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParts {
    id: Spanned<String>,
    total: Spanned<String>,
    parts: Vec<Spanned<String>>,
    #[serde(default)]
    complete: bool,
    across: Option<String>,
    description: String,
}

impl RawParts {
    fn check(self, known: &Known) -> Result<Found, Fault> {
        if self.parts.len() < 2 {
            return Err((self.id.span(), format!("`{}` has fewer than two parts", self.id.as_ref())));
        }
        for (place, part) in self.parts.iter().enumerate() {
            known.one_unit(&self.total, part, self.across.as_deref())?;
            if self.parts[..place].iter().any(|other| other.as_ref() == part.as_ref()) {
                return Err((part.span(), format!("part `{}` stands twice", part.as_ref())));
            }
        }
        let parts = self.parts.into_iter().map(Spanned::into_inner).collect();
        let (total, complete, across) = (self.total.into_inner(), self.complete, self.across);
        Ok(found(self.id, Relation::Parts { total, parts, complete, across }, self.description))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAtMost {
    id: Spanned<String>,
    smaller: Spanned<String>,
    larger: Spanned<String>,
    /// Per cent.
    #[serde(default)]
    slack: u32,
    across: Option<String>,
    description: String,
}

impl RawAtMost {
    fn check(self, known: &Known) -> Result<Found, Fault> {
        known.one_unit(&self.smaller, &self.larger, self.across.as_deref())?;
        let slack = Decimal::new(i64::from(self.slack), 2);
        let (smaller, larger, across) = (self.smaller.into_inner(), self.larger.into_inner(), self.across);
        Ok(found(self.id, Relation::AtMost { smaller, larger, slack, across }, self.description))
    }
}

/// Percentage points, written as text so that they stay decimal.
fn points(written: &Spanned<String>) -> Result<Decimal, Fault> {
    let read = written.as_ref().parse().ok().filter(|points: &Decimal| !points.is_sign_negative());
    read.ok_or_else(|| (written.span(), format!("tolerance `{}` is no number of points", written.as_ref())))
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: &str = "[[rate]]\nid = \"r\"\nrate = \"mediation_success_rate\"\npart = \"mediation_success\"\nwhole = \"mediation_cases\"\ntolerance = \"0.1\"\ndescription = \"d\"\n";
    const PARTS: &str = "[[parts]]\nid = \"p\"\ntotal = \"norm_docs_cleaned\"\nparts = [\"norm_docs_kept\", \"norm_docs_repealed\"]\ndescription = \"d\"\n";
    const AT_MOST: &str = "[[at_most]]\nid = \"m\"\nsmaller = \"reconsider_accepted\"\nlarger = \"reconsider_received\"\nslack = 5\ndescription = \"d\"\n";
    const YOY: &str = "[yoy]\nid = \"y\"\ntolerance = \"0.05\"\ndescription = \"d\"\n";

    fn read(text: &str) -> Result<Checks, ChecksError> {
        Checks::parse(text, Catalogue::embedded())
    }

    /// A sound check with one thing changed is refused with this message.
    #[track_caller]
    fn check(sound: &str, from: &str, to: &str, message: &str) {
        read(sound).unwrap_or_else(|error| panic!("{error}"));
        assert!(sound.contains(from), "{from}");
        let error = read(&sound.replace(from, to)).expect_err("the fixture is faulty");
        assert!(error.to_string().starts_with(message), "{error}");
    }

    #[test]
    fn a_fault_names_its_line() {
        check(RATE, "mediation_cases", "mediation_caes", "checks line 5: `mediation_caes` is not in the catalogue");
        check(RATE, "mediation_success_rate", "penalties", "checks line 3: `penalties` is no rate");
        check(RATE, "\"mediation_cases", "\"litigation_lost_rate", "checks line 5: `litigation_lost_rate` is a rate");
        check(RATE, "0.1", "a tenth", "checks line 6: tolerance `a tenth` is no number of points");
        check(RATE, "tolerance = \"0.1\"\n", "", "checks line 1: missing field `tolerance`");
        check(YOY, "0.05", "-1", "checks line 3: tolerance `-1` is no number of points");
        check(YOY, "[yoy]", "[yov]", "checks line 1: unknown field `yov`");
        check(PARTS, "parts = [", "part = [", "checks line 4: unknown field `part`");
        check(PARTS, ", \"norm_docs_repealed\"", "", "checks line 2: `p` has fewer than two parts");
        check(PARTS, "repealed", "kept", "checks line 4: part `norm_docs_kept` stands twice");
        check(PARTS, "repealed", "cleaned", "checks line 4: `norm_docs_cleaned` is compared with itself");
        check(
            PARTS,
            "norm_docs_repealed",
            "service_windows",
            "checks line 4: `norm_docs_cleaned` counts 件, `service_windows` counts 个",
        );
        check(
            AT_MOST,
            "reconsider_received",
            "enf_officers",
            "checks line 4: `reconsider_accepted` counts 件, `enf_officers` counts 人: `across` must say why they compare",
        );
        check(AT_MOST, "slack", "slak", "checks line 5: unknown field `slak`");
        check(&format!("{AT_MOST}{RATE}"), "\"r\"", "\"m\"", "checks line 2: check `m` stands twice");
    }

    #[test]
    fn slack_is_a_share_and_another_unit_needs_a_reason() {
        let text =
            AT_MOST.replace("reconsider_received", "enf_officers").replace("slack = 5", "slack = 5\nacross = \"why\"");
        let relation = Relation::AtMost {
            smaller: "reconsider_accepted".to_owned(),
            larger: "enf_officers".to_owned(),
            slack: "0.05".parse().unwrap(),
            across: Some("why".to_owned()),
        };
        let expected = Check { id: "m".to_owned(), relation, description: "d".to_owned() };
        assert_eq!(read(&text).unwrap().all(), [expected]);
    }

    #[test]
    fn the_embedded_checks_are_whole() {
        let checks = read(CHECKS).unwrap_or_else(|error| panic!("{error}"));
        for kind in ["parts", "rate", "at_most", "part_of", "yoy"] {
            assert!(checks.all().iter().any(|check| check.relation.kind() == kind), "{kind}");
        }
        assert!(checks.all().iter().all(|check| check.description.ends_with('.')));
    }
}
