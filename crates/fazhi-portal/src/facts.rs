//! The numbers of one report, and which of them it states.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// A fact that the sample's reports can state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Identifier in the catalogue.
    pub id: &'static str,
    /// Unit in which the catalogue counts.
    pub unit: &'static str,
    /// Task area, which is the part of the report it stands in.
    pub area: &'static str,
    /// Smallest and largest value for a county, in hundredths of the unit.
    range: (i64, i64),
    reach: Reach,
}

/// Which bodies have something to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Every body.
    All,
    /// Bodies of county level and above, and their departments.
    CountyUp,
}

const fn count(id: &'static str, unit: &'static str, area: &'static str, low: i64, high: i64, reach: Reach) -> Fact {
    Fact { id, unit, area, range: (low * 100, high * 100), reach }
}

const fn rate(id: &'static str, area: &'static str, low: i64, high: i64, reach: Reach) -> Fact {
    Fact { id, unit: "%", area, range: (low, high), reach }
}

use Reach::{All, CountyUp};

/// Every fact, in the order in which a report tells them.
pub const FACTS: &[Fact] = &[
    count("service_items_total", "项", "A1", 420, 1900, All),
    count("service_cases", "件", "A1", 21_000, 190_000, All),
    rate("service_online_rate", "A1", 9150, 9980, CountyUp),
    count("cert_items_cancelled", "项", "A1", 12, 90, CountyUp),
    count("hotline_cases", "件", "A1", 3_000, 48_000, All),
    rate("hotline_ontime_rate", "A1", 9600, 9990, All),
    count("market_entities_new", "户", "A1", 1_800, 14_000, CountyUp),
    count("fair_competition_reviews", "件", "A1", 18, 140, CountyUp),
    count("norm_docs_issued", "件", "A2", 4, 24, CountyUp),
    count("norm_docs_filed_up", "件", "A2", 4, 24, CountyUp),
    count("norm_docs_cleaned", "件", "A2", 60, 280, All),
    count("norm_docs_repealed", "件", "A2", 5, 40, CountyUp),
    count("legality_reviews", "件", "A2", 40, 360, All),
    count("major_decisions", "项", "A3", 3, 12, All),
    count("legal_counsel_staff", "人", "A3", 3, 16, All),
    count("counsel_opinions", "条", "A3", 60, 420, All),
    count("public_lawyers", "人", "A3", 18, 110, CountyUp),
    count("enf_subjects", "个", "A4", 28, 90, CountyUp),
    count("enf_officers", "人", "A4", 320, 1900, All),
    count("enf_certs_new", "张", "A4", 40, 320, CountyUp),
    count("penalties", "件", "A4", 260, 4_200, All),
    count("fines_amount", "元", "A4", 180_000, 26_000_000, CountyUp),
    count("enf_inspections", "家次", "A4", 900, 24_000, All),
    count("case_files_reviewed", "卷", "A4", 60, 420, CountyUp),
    count("emergency_drills", "场次", "A5", 12, 130, All),
    count("hazards_rectified", "处", "A5", 180, 3_800, All),
    count("mediation_cases", "件", "A6", 700, 6_800, All),
    count("mediation_success", "件", "A6", 700, 6_800, All),
    rate("mediation_success_rate", "A6", 9700, 9960, All),
    count("reconsider_received", "件", "A6", 40, 260, CountyUp),
    count("reconsider_accepted", "件", "A6", 40, 260, CountyUp),
    count("reconsider_closed", "件", "A6", 40, 260, CountyUp),
    count("litigation_cases", "件", "A6", 24, 190, CountyUp),
    rate("litigation_lost_rate", "A6", 340, 1480, CountyUp),
    rate("head_appearance_rate", "A6", 9200, 9990, CountyUp),
    count("petitions", "件", "A6", 180, 2_600, All),
    count("npc_suggestions", "件", "A7", 21, 130, CountyUp),
    count("cppcc_proposals", "件", "A7", 21, 150, CountyUp),
    count("info_disclosed", "条", "A7", 1_300, 16_000, All),
    count("rol_meetings", "次", "A9", 2, 8, All),
    count("pre_meeting_study", "次", "A9", 3, 14, All),
    count("law_training", "场", "A9", 5, 36, All),
    count("publicity_events", "场次", "A10", 42, 480, All),
    count("publicity_materials", "份", "A10", 9_000, 160_000, All),
    count("publicity_audience", "人次", "A10", 14_000, 280_000, All),
    count("legal_consults", "人次", "A10", 1_200, 26_000, All),
    count("legal_aid_cases", "件", "A10", 70, 620, CountyUp),
    count("law_literate_villagers", "人", "A10", 180, 3_200, All),
];

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
        let mut values: BTreeMap<_, _> = FACTS.iter().map(|fact| (fact.id, draw(fact, size, dice))).collect();
        let share = |whole: i64, per_mille: i64| whole / 100 * per_mille / 1000 * 100;
        let success = share(values["mediation_cases"], dice.between(970, 996));
        values.insert("mediation_success", success);
        // The rate follows from the counts, rounded to one decimal.
        let rate = (success * 10_000 / values["mediation_cases"] + 5) / 10 * 10;
        values.insert("mediation_success_rate", rate);
        let accepted = share(values["reconsider_received"], dice.between(780, 950));
        values.insert("reconsider_accepted", accepted);
        values.insert("reconsider_closed", share(accepted, dice.between(800, 960)));
        values.insert("norm_docs_repealed", share(values["norm_docs_cleaned"], dice.between(60, 240)).max(200));
        Self(values)
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
        FACTS.iter().filter(|fact| size != Size::Town || fact.reach == All).map(|fact| fact.id).collect();
    let wanted = dice.below(6) + 21;
    let picked: Vec<_> = dice.shuffled(&open).into_iter().take(wanted).collect();
    open.into_iter().filter(|id| picked.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn related_values_fit_together() {
        for seed in 0..200 {
            let values = Values::draw(Size::County, &mut Dice::new(&format!("seed {seed}")));
            let ladder = ["reconsider_received", "reconsider_accepted", "reconsider_closed"].map(|id| values.of(id));
            assert!(ladder.is_sorted_by(|more, less| more >= less), "{ladder:?}");
            let (success, cases) = (values.of("mediation_success"), values.of("mediation_cases"));
            assert!(
                (values.of("mediation_success_rate") - success * 10_000 / cases).abs() <= 6,
                "{success} of {cases}"
            );
        }
    }

    #[test]
    fn every_fact_has_phrases_and_every_phrase_a_fact() {
        let mut ids: Vec<_> = FACTS.iter().map(|fact| fact.id).collect();
        ids.sort_unstable();
        assert_eq!(crate::corpus::PHRASES.keys().copied().collect::<Vec<_>>(), ids);
        for (id, phrases) in crate::corpus::PHRASES.iter() {
            assert!(phrases.len() >= 4, "{id} has {} phrases", phrases.len());
        }
    }
}
