//! Facts held against each other, from rows and from pages.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

#[path = "../by_hand/mod.rs"]
mod by_hand;
mod rows;

use arrow::array::AsArray as _;
use datafusion::execution::context::SessionContext;
use fazhi_warehouse::DataFolder;

use by_hand::{archive, count, ingest};
use rows::{Report, warehouse};

/// Facts of a report, those of the report of the year before, and what the checks say: `check indicator/other outcome`.
type Case = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const BOUNDS: &[Case] = &[
    (
        &["reconsider_received 85件", "reconsider_accepted 70件"],
        &[],
        &["reconsider_accepted reconsider_accepted/reconsider_received agrees"],
    ),
    (
        &["reconsider_received 70件", "reconsider_accepted 85件"],
        &[],
        &["reconsider_accepted reconsider_accepted/reconsider_received disagrees"],
    ),
    // Within the slack.
    (
        &["reconsider_accepted 139件", "reconsider_closed 142件"],
        &[],
        &["reconsider_closed reconsider_closed/reconsider_accepted unknown"],
    ),
    (
        &["reconsider_accepted 100件", "reconsider_closed 131件"],
        &[],
        &["reconsider_closed reconsider_closed/reconsider_accepted disagrees"],
    ),
    // 80余 is 80 to 90.
    (
        &["mediation_cases 80余件", "mediation_success 80件"],
        &[],
        &["mediation_success mediation_success/mediation_cases agrees"],
    ),
    (
        &["mediation_cases 80余件", "mediation_success 85件"],
        &[],
        &["mediation_success mediation_success/mediation_cases unknown"],
    ),
    (
        &["mediation_cases 80余件", "mediation_success 91件"],
        &[],
        &["mediation_success mediation_success/mediation_cases disagrees"],
    ),
    // 1.2万 is 11500 to 12500, 近1.3万 12000 to 13000.
    (
        &["mediation_cases 1.2万件", "mediation_success 近1.3万件"],
        &[],
        &["mediation_success mediation_success/mediation_cases unknown"],
    ),
    (
        &["mediation_cases 1.2万件", "mediation_success 12501件"],
        &[],
        &["mediation_success mediation_success/mediation_cases disagrees"],
    ),
    // Nobody knows how much more.
    (
        &["mediation_cases 超500件", "mediation_success 5000件"],
        &[],
        &["mediation_success mediation_success/mediation_cases unknown"],
    ),
    // A running total of events is not the year's, but what there is at a time is what there is.
    (
        &["mediation_cases 300件", "mediation_success 500件 as_of"],
        &[],
        &["mediation_success mediation_success/mediation_cases unknown"],
    ),
    (
        &["enf_officers 741人", "legal_audit_staff 88人 as_of", "enf_certs_new 134张"],
        &[],
        &["enf_certs_new enf_certs_new/enf_officers agrees", "legal_audit_staff legal_audit_staff/enf_officers agrees"],
    ),
    // Of the region, planned, or not what a reader would quote.
    (&["reconsider_received 70件 region", "reconsider_accepted 85件"], &[], &[]),
    (&["reconsider_received 70件", "reconsider_accepted 85件 plan"], &[], &[]),
    (&["reconsider_received 70件 rank=2", "reconsider_accepted 85件"], &[], &[]),
    // Whatever is called a part.
    (&["petitions 40件", "hotline_cases 30件 of=petitions"], &[], &["part_of_whole hotline_cases/petitions agrees"]),
    (&["petitions 40件", "hotline_cases 50件 of=petitions"], &[], &["part_of_whole hotline_cases/petitions disagrees"]),
    (&["petitions 约40件", "hotline_cases 42件 of=petitions"], &[], &["part_of_whole hotline_cases/petitions unknown"]),
    (&["petitions 40件", "enf_dispatch 50人次 of=petitions"], &[], &[]),
];

const SUMS: &[Case] = &[
    (
        &["norm_docs_cleaned 326件", "norm_docs_kept 281件 as_of", "norm_docs_repealed 33件", "norm_docs_amended 12件"],
        &[],
        &[
            "clean_up norm_docs_amended/norm_docs_cleaned agrees",
            "clean_up norm_docs_kept/norm_docs_cleaned agrees",
            "clean_up norm_docs_repealed/norm_docs_cleaned agrees",
        ],
    ),
    (
        &["norm_docs_cleaned 400件", "norm_docs_kept 281件", "norm_docs_repealed 33件", "norm_docs_amended 12件"],
        &[],
        &[
            "clean_up norm_docs_amended/norm_docs_cleaned disagrees",
            "clean_up norm_docs_kept/norm_docs_cleaned disagrees",
            "clean_up norm_docs_repealed/norm_docs_cleaned disagrees",
        ],
    ),
    // Repealed and declared void apart: the parts are no longer each one number, and only their bound holds.
    (
        &[
            "norm_docs_cleaned 400件",
            "norm_docs_kept 281件",
            "norm_docs_repealed 33件",
            "norm_docs_repealed 14件 rank=2",
            "norm_docs_amended 12件",
        ],
        &[],
        &[
            "clean_up norm_docs_amended/norm_docs_cleaned agrees",
            "clean_up norm_docs_kept/norm_docs_cleaned agrees",
            "clean_up norm_docs_repealed/norm_docs_cleaned agrees",
        ],
    ),
    // Not all parts.
    (
        &["norm_docs_cleaned 124件", "norm_docs_kept 107件", "norm_docs_repealed 17件"],
        &[],
        &["clean_up norm_docs_kept/norm_docs_cleaned agrees", "clean_up norm_docs_repealed/norm_docs_cleaned agrees"],
    ),
    (
        &["norm_docs_cleaned 124件", "norm_docs_kept 110件", "norm_docs_repealed 17件"],
        &[],
        &[
            "clean_up norm_docs_kept/norm_docs_cleaned disagrees",
            "clean_up norm_docs_repealed/norm_docs_cleaned disagrees",
        ],
    ),
    (
        &["norm_docs_cleaned 120余件", "norm_docs_kept 110件", "norm_docs_repealed 17件"],
        &[],
        &["clean_up norm_docs_kept/norm_docs_cleaned unknown", "clean_up norm_docs_repealed/norm_docs_cleaned unknown"],
    ),
    // One running total spoils the sum.
    (
        &["legality_reviews 69件", "legality_reviews_norm 6件", "legality_reviews_contract 610件 as_of"],
        &[],
        &[
            "legality_reviews legality_reviews_contract/legality_reviews unknown",
            "legality_reviews legality_reviews_norm/legality_reviews unknown",
        ],
    ),
    (
        &["legality_reviews 69件", "legality_reviews_norm 6件", "legality_reviews_contract 61件"],
        &[],
        &[
            "legality_reviews legality_reviews_contract/legality_reviews agrees",
            "legality_reviews legality_reviews_norm/legality_reviews agrees",
        ],
    ),
];

/// The rows of a rate, beside that of the bound that its counts keep.
macro_rules! rate {
    ($outcome:literal, $bound:literal) => {
        &[
            concat!("mediation_rate mediation_success_rate/mediation_cases ", $outcome),
            concat!("mediation_rate mediation_success_rate/mediation_success ", $outcome),
            concat!("mediation_success mediation_success/mediation_cases ", $bound),
        ]
    };
}

const RATES: &[Case] = &[
    (
        &["mediation_cases 45060件", "mediation_success 44252件", "mediation_success_rate 98.2%"],
        &[],
        rate!("agrees", "agrees"),
    ),
    (
        &["mediation_cases 45060件", "mediation_success 44252件", "mediation_success_rate 97.2%"],
        &[],
        rate!("disagrees", "agrees"),
    ),
    (
        &["mediation_cases 1090件", "mediation_success 1088件", "mediation_success_rate 98%以上"],
        &[],
        rate!("agrees", "agrees"),
    ),
    (
        &["mediation_cases 1090件", "mediation_success 1000件", "mediation_success_rate 98%以上"],
        &[],
        rate!("disagrees", "agrees"),
    ),
    (
        &["mediation_cases 1090件", "mediation_success 1088件", "mediation_success_rate 100%"],
        &[],
        rate!("agrees", "agrees"),
    ),
    // 1.87万 of 1.91万 is 97.4 to 98.4 per cent.
    (
        &["mediation_cases 1.91万件", "mediation_success 1.87万件", "mediation_success_rate 97.9%"],
        &[],
        rate!("agrees", "agrees"),
    ),
    (
        &["mediation_cases 4000余件", "mediation_success 3900件", "mediation_success_rate 97%"],
        &[],
        rate!("unknown", "agrees"),
    ),
    (
        &["mediation_cases 4000件 as_of", "mediation_success 2000件", "mediation_success_rate 97%"],
        &[],
        rate!("unknown", "agrees"),
    ),
    (&["mediation_cases 0件", "mediation_success 0件", "mediation_success_rate 97%"], &[], rate!("unknown", "agrees")),
    (&["mediation_cases 4000件", "mediation_success_rate 97%"], &[], &[]),
    // The largest number that the tables hold.
    (
        &[
            "mediation_cases 1件 value=9999999999999999999999",
            "mediation_success 约1件 value=9999999999999999999999",
            "mediation_success_rate 50%",
        ],
        &[],
        rate!("disagrees", "unknown"),
    ),
];

const GROWTH: &[Case] = &[
    (&["penalties 120件 yoy=20"], &["penalties 100件"], &["growth penalties/penalties agrees"]),
    (&["penalties 82件 yoy=-18.4"], &["penalties 100件"], &["growth penalties/penalties disagrees"]),
    (&["penalties 140件 yoy=20"], &["penalties 100件"], &["growth penalties/penalties disagrees"]),
    // 1.4万 is 13500 to 14500.
    (&["penalties 15300件 yoy=10"], &["penalties 1.4万件"], &["growth penalties/penalties agrees"]),
    (&["penalties 16100件 yoy=10"], &["penalties 1.4万件"], &["growth penalties/penalties disagrees"]),
    (&["penalties 1.6万余件 yoy=10"], &["penalties 14600件"], &["growth penalties/penalties agrees"]),
    (&["penalties 200件 yoy=20"], &["penalties 超100件"], &["growth penalties/penalties unknown"]),
    (&["penalties 120件 yoy=20"], &["penalties 500件 as_of"], &["growth penalties/penalties unknown"]),
    (&["fines_amount 3.6亿元 yoy=20"], &["fines_amount 3亿元"], &["growth fines_amount/fines_amount unknown"]),
    (&["fines_amount 15.09万元 yoy=50"], &["fines_amount 100600元"], &["growth fines_amount/fines_amount agrees"]),
    (&["penalties 120件"], &["penalties 100件"], &[]),
    (&["penalties 120件 yoy=20"], &["petitions 100件"], &[]),
    (&["penalties 120件 yoy=20"], &["penalties 100件 rank=2"], &[]),
];

#[tokio::test]
async fn each_relation_agrees_disagrees_or_stays_open() {
    let cases: Vec<&Case> = [BOUNDS, SUMS, RATES, GROWTH].into_iter().flatten().collect();
    let names: Vec<String> = (0..cases.len()).map(|number| format!("p{number:02}")).collect();
    let reports: Vec<Report> = cases
        .iter()
        .zip(&names)
        .flat_map(|((own, last, _), name)| [(2022, own), (2021, last)].map(|(year, facts)| (name, year, facts)))
        .map(|(name, year, facts)| Report {
            id: format!("{name}-{year}"),
            publisher: name,
            year,
            duplicate_of: None,
            facts,
        })
        .collect();
    let context = warehouse(&reports).await;
    let sql = "SELECT concat(publisher, ' ', check_id, ' ', indicator_id, '/', other_indicator_id, ' ', outcome)
               FROM indicator_checks ORDER BY 1";
    let all = texts(&context, sql).await;
    for ((own, last, expected), name) in cases.iter().zip(&names) {
        let found: Vec<_> = all.iter().filter_map(|row| row.strip_prefix(&format!("{name} "))).collect();
        assert_eq!(found, *expected, "{own:?} after {last:?}");
    }
}

/// The first column.
async fn texts(context: &SessionContext, sql: &str) -> Vec<String> {
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    batches
        .iter()
        .flat_map(|batch| {
            batch.column(0).as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

fn report<'a>(id: &str, year: i32, duplicate_of: Option<&'a str>, facts: &'a [&'a str]) -> Report<'a> {
    Report { id: id.to_owned(), publisher: "p", year, duplicate_of, facts }
}

#[tokio::test]
async fn reposts_do_not_count() {
    let context = warehouse(&[
        report("own", 2022, None, &["penalties 120件 yoy=20"]),
        report("repost", 2022, Some("own"), &["penalties 120件 yoy=20"]),
        report("last", 2021, None, &["penalties 100件"]),
        report("last-repost", 2021, Some("last"), &["penalties 300件"]),
        report("older", 2020, None, &["penalties 50件"]),
    ])
    .await;
    let sql = "SELECT concat_ws(' ', document_id, other_document_id, outcome) FROM indicator_checks";
    assert_eq!(texts(&context, sql).await, ["own last agrees"]);
}

#[tokio::test]
async fn a_row_says_what_it_compares() {
    let context = warehouse(&[
        report("a", 2022, None, &["norm_docs_kept 38件", "norm_docs_cleaned 40件", "norm_docs_repealed 12件"]),
        report("b", 2021, None, &["penalties 82件 yoy=-8.40", "reconsider_accepted 100件", "reconsider_closed 120件"]),
        report("c", 2020, None, &["penalties 100件"]),
        report(
            "d",
            2019,
            None,
            &["mediation_success 90件", "mediation_success_rate 90%", "mediation_cases 100件 as_of"],
        ),
    ])
    .await;
    let ends = "coalesce(CAST(CAST(expected_low AS DOUBLE) AS VARCHAR), '-'), coalesce(CAST(CAST(expected_high AS DOUBLE) AS VARCHAR), '-')";
    let sql = format!(
        "SELECT concat_ws('|', sentence, other_sentence, {ends}, detail) FROM indicator_checks
         WHERE check_id <> 'mediation_success' ORDER BY document_id, ordinal, other_ordinal"
    );
    let parts =
        "norm_docs_kept 38件, norm_docs_repealed 12件 together should not exceed norm_docs_cleaned 40件: it does not";
    let rate = "mediation_success_rate 90% should be the share of mediation_success 90件 of mediation_cases 100件: \
                unknown, one is a running total, the other of a year";
    assert_eq!(
        texts(&context, &sql).await,
        [
            &format!("norm_docs_kept38件。|norm_docs_cleaned40件。|-|28.0|{parts}"),
            &format!("norm_docs_repealed12件。|norm_docs_cleaned40件。|-|2.0|{parts}"),
            "penalties82件。|penalties100件。|91.55|91.65|penalties 82件 should follow from 100件 in 2020 with growth of -8.4%: it does not",
            "reconsider_closed120件。|reconsider_accepted100件。|-|100.0|reconsider_closed 120件 should not exceed reconsider_accepted 100件: \
             unknown, exceeded by no more than 30 per cent",
            &format!("mediation_success_rate90%。|mediation_success90件。|89.9|90.1|{rate}"),
            &format!("mediation_success_rate90%。|mediation_cases100件。|89.9|90.1|{rate}"),
        ]
    );
}

#[tokio::test]
async fn confidence_follows_the_checks() {
    let context = warehouse(&[
        report("a", 2022, None, &["reconsider_received 85件", "reconsider_accepted 70件", "reconsider_closed 95件"]),
        report("b", 2021, None, &["penalties 120件 yoy=20", "minor_exempt 9件 of=penalties", "petitions 5件"]),
        report("c", 2020, None, &["penalties 100件", "penalties 60件 rank=2"]),
        report("d", 2019, None, &["reconsider_accepted 60件", "reconsider_closed 70件"]),
    ])
    .await;
    let sql = "SELECT concat_ws(' ', document_id, indicator_id, rank, confidence, checks_agree, checks_disagree,
                                round(checked_confidence, 3))
               FROM indicator_confidence ORDER BY document_id, ordinal";
    assert_eq!(
        texts(&context, sql).await,
        [
            "a reconsider_received 1 0.8 1 0 0.84",
            // One bound holds, the other is broken.
            "a reconsider_accepted 1 0.8 1 1 0.4",
            "a reconsider_closed 1 0.8 0 1 0.4",
            "b penalties 1 0.8 2 0 0.9",
            "b minor_exempt 1 0.8 1 0 0.84",
            "b petitions 1 0.8 0 0 0.8",
            "c penalties 1 0.8 1 0 0.9",
            "c penalties 2 0.8 0 0 0.8",
            "d reconsider_accepted 1 0.8 0 0 0.8",
            "d reconsider_closed 1 0.8 0 0 0.8",
        ]
    );
}

/// From pages: the rules are in their table, and the facts that the parser finds are checked.
#[tokio::test]
async fn what_a_page_states_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let page = "<html><head><title>澄溪县2022年法治政府建设年度报告</title></head><body><h1>澄溪县2022年法治政府建设年度报告</h1>
        <div class=\"TRS_Editor\"><p>一、主要工作</p><p>全年收到行政复议申请70件，受理行政复议案件85件。</p>
        <p>二、下一步打算</p><p>继续抓好执法规范化建设。</p></div></body></html>";
    archive(folder.path(), "r1", 1, &[("http://127.0.0.1/1.html", page)]);
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM catalog_checks WHERE check_id = 'clean_up'").await, 3);
    let broken = "SELECT count(*) FROM indicator_checks WHERE outcome = 'disagrees' AND sentence LIKE '%85件%'";
    assert_eq!(count(&data, broken).await, 1);
    assert_eq!(
        count(&data, "SELECT count(*) FROM indicator_confidence WHERE checked_confidence < confidence").await,
        2
    );
}
