//! The catalogue's indicators as a county's report states them.

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
    pub(super) range: (i64, i64),
    /// Who states it.
    pub(super) reach: Reach,
}

/// Which bodies have something to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
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

/// Every fact, in the order in which a report tells them. Of the catalogue only `mediation_yoy` is missing: it is the
/// growth of `mediation_cases`, which may also fall, and no value of its own.
pub const FACTS: &[Fact] = &[
    count("service_items_total", "项", "A1", 420, 1900, All),
    count("license_items", "项", "A1", 180, 420, CountyUp),
    count("service_windows", "个", "A1", 36, 180, All),
    count("service_cases", "件", "A1", 21_000, 190_000, All),
    rate("service_online_rate", "A1", 9150, 9980, CountyUp),
    count("service_items_adjusted", "项", "A1", 24, 260, CountyUp),
    rate("time_limit_cut_rate", "A1", 5200, 8800, All),
    count("cert_items_cancelled", "项", "A1", 12, 90, CountyUp),
    count("notify_commit_items", "项", "A1", 24, 170, All),
    count("power_items_adjusted", "项", "A1", 24, 240, CountyUp),
    count("hotline_cases", "件", "A1", 3_000, 48_000, All),
    rate("hotline_ontime_rate", "A1", 9600, 9990, All),
    rate("service_satisfaction_rate", "A1", 9500, 9990, All),
    count("market_entities_new", "户", "A1", 1_800, 14_000, CountyUp),
    count("tax_fee_relief", "元", "A1", 30_000_000, 900_000_000, CountyUp),
    count("fair_competition_reviews", "件", "A1", 18, 140, CountyUp),
    count("gov_rules_made", "件", "A2", 2, 6, CountyUp),
    count("legis_contact_points", "个", "A2", 5, 30, CountyUp),
    count("norm_docs_issued", "件", "A2", 4, 24, CountyUp),
    count("norm_docs_filed_up", "件", "A2", 4, 24, CountyUp),
    count("norm_docs_filed_in", "件", "A2", 24, 160, CountyUp),
    count("norm_docs_corrected", "件", "A2", 2, 9, CountyUp),
    count("norm_docs_cleaned", "件", "A2", 60, 280, All),
    count("norm_docs_kept", "件", "A2", 40, 220, CountyUp),
    count("norm_docs_repealed", "件", "A2", 5, 40, CountyUp),
    count("norm_docs_amended", "件", "A2", 2, 20, CountyUp),
    count("legality_reviews", "件", "A2", 40, 360, All),
    count("legality_reviews_norm", "件", "A2", 6, 80, CountyUp),
    count("legality_reviews_contract", "件", "A2", 12, 180, All),
    count("major_decisions", "项", "A3", 3, 12, All),
    rate("decision_review_rate", "A3", 9500, 9990, All),
    rate("decision_collective_rate", "A3", 9500, 9990, All),
    count("hearings_held", "次", "A3", 2, 9, CountyUp),
    count("legal_counsel_staff", "人", "A3", 3, 16, All),
    count("counsel_opinions", "条", "A3", 60, 420, All),
    count("counsel_lawsuits", "件", "A3", 6, 48, CountyUp),
    count("public_lawyers", "人", "A3", 18, 110, CountyUp),
    count("enf_subjects", "个", "A4", 28, 90, CountyUp),
    count("enf_officers", "人", "A4", 320, 1900, All),
    count("enf_assistants", "人", "A4", 60, 420, All),
    count("enf_certs_new", "张", "A4", 40, 300, CountyUp),
    count("enf_certs_revoked", "张", "A4", 12, 150, CountyUp),
    count("legal_audit_staff", "人", "A4", 30, 220, All),
    count("penalties", "件", "A4", 260, 4_200, All),
    count("fines_amount", "元", "A4", 180_000, 26_000_000, CountyUp),
    count("minor_exempt", "件", "A4", 24, 250, All),
    count("enf_inspections", "家次", "A4", 900, 24_000, All),
    count("enf_dispatch", "人次", "A4", 600, 18_000, All),
    count("case_files_reviewed", "卷", "A4", 60, 420, CountyUp),
    count("rectify_notices", "份", "A4", 6, 80, All),
    count("enf_supervision", "次", "A4", 3, 26, CountyUp),
    count("clues_transferred", "件", "A4", 2, 24, CountyUp),
    count("powers_devolved", "项", "A4", 40, 150, All),
    count("emergency_plans", "个", "A5", 12, 80, All),
    count("emergency_drills", "场次", "A5", 12, 130, All),
    count("hazards_rectified", "处", "A5", 180, 3_800, All),
    count("rescue_members", "人", "A5", 60, 900, All),
    count("mediation_cases", "件", "A6", 700, 6_800, All),
    count("mediation_success", "件", "A6", 700, 6_800, All),
    rate("mediation_success_rate", "A6", 9700, 9960, All),
    count("pre_lit_mediation", "件", "A6", 90, 640, All),
    count("reconsider_received", "件", "A6", 40, 260, CountyUp),
    count("reconsider_accepted", "件", "A6", 40, 260, CountyUp),
    count("reconsider_closed", "件", "A6", 40, 260, CountyUp),
    count("reconsider_mediated", "件", "A6", 4, 90, CountyUp),
    rate("reconsider_correct_rate", "A6", 520, 1880, CountyUp),
    count("litigation_cases", "件", "A6", 24, 190, CountyUp),
    rate("litigation_lost_rate", "A6", 340, 1480, CountyUp),
    rate("head_appearance_rate", "A6", 9200, 9990, CountyUp),
    count("petitions", "件", "A6", 180, 2_600, All),
    count("npc_suggestions", "件", "A7", 21, 130, CountyUp),
    count("cppcc_proposals", "件", "A7", 21, 150, CountyUp),
    rate("judicial_advice_reply_rate", "A7", 9300, 9990, CountyUp),
    count("info_disclosed", "条", "A7", 1_300, 16_000, All),
    count("disclosure_requests", "件", "A7", 24, 160, All),
    count("data_catalog", "条", "A8", 40, 900, CountyUp),
    count("data_shared", "条", "A8", 40_000, 60_000_000, CountyUp),
    count("rol_meetings", "次", "A9", 2, 8, All),
    count("pre_meeting_study", "次", "A9", 3, 14, All),
    count("law_training", "场", "A9", 5, 36, All),
    count("law_exam_people", "人", "A9", 600, 14_000, All),
    count("court_observation", "次", "A9", 2, 12, All),
    count("publicity_events", "场次", "A10", 42, 480, All),
    count("publicity_materials", "份", "A10", 9_000, 160_000, All),
    count("publicity_audience", "人次", "A10", 14_000, 280_000, All),
    count("legal_consults", "人次", "A10", 1_200, 26_000, All),
    count("legal_aid_cases", "件", "A10", 70, 620, CountyUp),
    count("legal_aid_recovered", "元", "A10", 300_000, 19_000_000, CountyUp),
    count("law_literate_villagers", "人", "A10", 180, 3_200, All),
];
