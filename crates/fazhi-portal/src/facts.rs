//! The numbers of one report, and which of them it states.

use std::collections::BTreeMap;

use crate::dice::Dice;

mod table;

use table::Reach;
pub use table::{FACTS, Fact};

/// The fact with this id.
pub fn fact(id: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.id == id)
}

/// How much there is to count, against a county.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A town: fewer facts and smaller numbers.
    Town,
    /// A county or one of its departments.
    County,
    /// A prefecture.
    Prefecture,
}

/// The values of one report, in hundredths.
#[derive(Debug, Clone)]
pub struct Values(BTreeMap<&'static str, i64>);

impl Values {
    /// Draws every value; those that depend on each other fit together.
    pub fn draw(size: Size, dice: &mut Dice) -> Self {
        let mut values = Self(FACTS.iter().map(|fact| (fact.id, draw(fact, size, dice))).collect());
        values.fit_documents(dice);
        values.fit_reviews(dice);
        values.fit_mediation(dice);
        values.fit_reconsideration(dice);
        values
    }

    fn fit_documents(&mut self, dice: &mut Dice) {
        self.share("norm_docs_filed_up", "norm_docs_issued", dice.between(800, 1000));
        self.share("norm_docs_corrected", "norm_docs_filed_in", dice.between(30, 90));
        self.share("norm_docs_repealed", "norm_docs_cleaned", dice.between(60, 240));
        self.share("norm_docs_amended", "norm_docs_cleaned", dice.between(30, 110));
        self.share("norm_docs_kept", "norm_docs_cleaned", dice.between(500, 650));
    }

    fn fit_reviews(&mut self, dice: &mut Dice) {
        self.share("legality_reviews_norm", "legality_reviews", dice.between(80, 240));
        self.share("legality_reviews_contract", "legality_reviews", dice.between(260, 560));
    }

    fn fit_mediation(&mut self, dice: &mut Dice) {
        let success = self.share("mediation_success", "mediation_cases", dice.between(970, 996));
        // The rate follows from the counts, rounded to one decimal.
        let rate = (success * 10_000 / self.of("mediation_cases") + 5) / 10 * 10;
        self.0.insert("mediation_success_rate", rate);
    }

    fn fit_reconsideration(&mut self, dice: &mut Dice) {
        self.share("reconsider_accepted", "reconsider_received", dice.between(780, 950));
        self.share("reconsider_closed", "reconsider_accepted", dice.between(800, 960));
        self.share("reconsider_mediated", "reconsider_closed", dice.between(140, 390));
    }

    /// Makes `part` this share of `whole`, rounded down to a whole number but one at least.
    fn share(&mut self, part: &'static str, whole: &str, per_mille: i64) -> i64 {
        let share = (self.of(whole) / 100 * per_mille / 1000 * 100).max(100);
        self.0.insert(part, share);
        share
    }

    /// The value of a fact of [`FACTS`].
    pub fn of(&self, id: &str) -> i64 {
        self.0.get(id).copied().unwrap_or_default()
    }
}

fn draw(fact: &Fact, size: Size, dice: &mut Dice) -> i64 {
    let drawn = dice.between(fact.range.0, fact.range.1);
    if fact.unit == "%" {
        return drawn / 10 * 10;
    }
    let units = drawn / 100;
    let scaled = match size {
        Size::Town => (units / 12).max(2 + units % 5),
        Size::County => units,
        Size::Prefecture => units * 2,
    };
    // Money comes in whole hundreds of yuan, which `15.09万元` can tell exactly.
    if fact.unit == "元" { scaled / 100 * 10_000 } else { scaled * 100 }
}

/// The ids that one report is to state, in telling order.
pub fn chosen(size: Size, dice: &mut Dice) -> Vec<&'static str> {
    let open: Vec<_> =
        FACTS.iter().filter(|fact| size != Size::Town || fact.reach == Reach::All).map(|fact| fact.id).collect();
    let wanted = dice.below(11) + 24;
    let picked: Vec<_> = dice.shuffled(&open).into_iter().take(wanted).collect();
    open.into_iter().filter(|id| picked.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> impl Iterator<Item = Values> {
        [Size::Town, Size::County, Size::Prefecture].into_iter().flat_map(|size| {
            (0..200).map(move |seed| Values::draw(size, &mut Dice::new(&format!("{size:?} seed {seed}"))))
        })
    }

    #[track_caller]
    fn check_ladder(values: &Values, ids: &[&str]) {
        let ladder: Vec<_> = ids.iter().map(|id| values.of(id)).collect();
        assert!(ladder.is_sorted_by(|more, less| more >= less), "{ids:?} {ladder:?}");
    }

    #[test]
    fn related_values_fit_together() {
        for values in drawn() {
            check_ladder(
                &values,
                &["reconsider_received", "reconsider_accepted", "reconsider_closed", "reconsider_mediated"],
            );
            check_ladder(&values, &["norm_docs_issued", "norm_docs_filed_up"]);
            check_ladder(&values, &["norm_docs_filed_in", "norm_docs_corrected"]);
            check_ladder(&values, &["mediation_cases", "pre_lit_mediation"]);
            check_ladder(&values, &["enf_officers", "enf_certs_revoked"]);
            check_ladder(&values, &["enf_officers", "enf_certs_new"]);
            check_ladder(&values, &["enf_officers", "legal_audit_staff"]);
            check_ladder(&values, &["service_items_total", "license_items"]);
            let (success, cases) = (values.of("mediation_success"), values.of("mediation_cases"));
            assert!(
                (values.of("mediation_success_rate") - success * 10_000 / cases).abs() <= 6,
                "{success} of {cases}"
            );
        }
    }

    #[test]
    fn parts_are_no_more_than_their_whole() {
        for values in drawn() {
            for (whole, parts) in [
                ("norm_docs_cleaned", &["norm_docs_kept", "norm_docs_repealed", "norm_docs_amended"][..]),
                ("legality_reviews", &["legality_reviews_norm", "legality_reviews_contract"]),
            ] {
                let sum: i64 = parts.iter().map(|part| values.of(part)).sum();
                assert!(sum <= values.of(whole), "{sum} of {}", values.of(whole));
            }
        }
    }

    #[test]
    fn no_value_is_nothing_and_no_rate_is_everything() {
        for values in drawn() {
            for fact in FACTS {
                let value = values.of(fact.id);
                assert!(value >= 100 && (fact.unit != "%" || value < 10_000), "{} {value}", fact.id);
            }
        }
    }

    #[test]
    fn every_fact_has_phrases_and_every_phrase_a_fact() {
        let mut ids: Vec<_> = FACTS.iter().map(|fact| fact.id).collect();
        ids.sort_unstable();
        assert_eq!(crate::corpus::PHRASES.keys().copied().collect::<Vec<_>>(), ids);
        for (id, phrases) in crate::corpus::PHRASES.iter() {
            assert!(phrases.len() >= 8, "{id} has {} phrases", phrases.len());
        }
    }
}
