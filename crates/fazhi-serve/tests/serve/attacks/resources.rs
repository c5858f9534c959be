//! Ways to take all memory, all stack, or all time. What is refused says which limit it met; what is not, ends by the limit of time.

use std::fmt::Write as _;
use std::time::Duration;

use super::Besieged;
use super::besieged::CUT_OFF;
use super::raw::{self, Raw};
use crate::harness::{forget_peak, memory, peak_memory};

const TIME: Duration = Duration::from_secs(2);
/// Bytes by which the process may grow: of several queries at once, each with what its limits allow.
const GROWTH: u64 = 1 << 30;

/// Time, memory, spill, size: the limits. The rest says that the statement makes no sense or is not supported.
const LIMITS: &[&str] = &["57014", "53200", "53100", "54000", "22003", "42000", "42601", "0A000", "42883", CUT_OFF];

async fn limited() -> Besieged {
    Besieged::start_with(|config| {
        config.limits.time = TIME;
        config.limits.query_memory = 64 << 20;
        config.limits.query_spill = 32 << 20;
        config.limits.rows = 1_000_000;
    })
    .await
}

/// A table joined to itself, so many times in all.
fn joins(tables: usize) -> String {
    let mut sql = "SELECT count(*) FROM reports t0".to_owned();
    for n in 1..tables {
        write!(sql, " JOIN reports t{n} ON t{n}.document_id = t{}.document_id", n - 1).unwrap();
    }
    sql
}

/// `WITH c0 AS (first), c1 AS (next over c0), …`: nested as deep as it is long, without a parenthesis in another.
fn chain(first: &str, next: &str, length: usize) -> String {
    let mut sql = format!("WITH c0 AS ({first})");
    for number in 1..length {
        let query = next.replace("{}", &format!("c{}", number - 1)).replace("{n}", &number.to_string());
        write!(sql, ",c{number} AS ({query})").unwrap();
    }
    write!(sql, " SELECT count(*) FROM c{}", length - 1).unwrap();
    sql
}

/// What would take memory without end; all of it is refused.
#[expect(clippy::too_many_lines, reason = "a table")]
fn bombs() -> Vec<(&'static str, String)> {
    let twice = |expression: &str| {
        chain("SELECT repeat('x', 1000000) AS x", &format!("SELECT {expression} AS x FROM {{}}"), 40)
            .replace("count(*)", "length(CAST(x AS varchar))")
    };
    let lists = |expression: &str| {
        chain("SELECT range(1000000) AS x", &format!("SELECT {expression} AS x FROM {{}}"), 40)
            .replace("count(*)", "cardinality(x)")
    };
    let of = |sql: &str| sql.to_owned();
    vec![
        ("repeat", of("SELECT repeat('x', 2000000000)")),
        ("repeat of repeat", of("SELECT length(repeat(repeat('x', 60000), 60000))")),
        (
            "repeat for every row",
            of("SELECT max(length(repeat('x', CAST(value AS int)))) FROM generate_series(1, 100000)"),
        ),
        ("lpad", of("SELECT lpad('x', 2000000000)")),
        ("rpad", of("SELECT rpad('x', 2000000000, 'yz')")),
        ("replace", of("SELECT length(replace(repeat('x', 60000), 'x', repeat('y', 60000)))")),
        ("regexp_replace", of("SELECT length(regexp_replace(repeat('x', 60000), 'x', repeat('y', 60000), 'g'))")),
        ("array_repeat", of("SELECT array_repeat('x', 2000000000)")),
        (
            "array_repeat of array_repeat",
            of("SELECT cardinality(array_repeat(array_repeat(array_repeat(1, 10000), 10000), 10000))"),
        ),
        ("array_resize", of("SELECT array_resize([1], 2000000000, 0)")),
        ("range", of("SELECT range(0, 9000000000000)")),
        ("generate_series as a list", of("SELECT generate_series(0, 9000000000000)")),
        (
            "generate_series of days",
            of("SELECT generate_series(DATE '0001-01-01', DATE '9999-12-31', INTERVAL '1' SECOND)"),
        ),
        ("array_to_string", of("SELECT length(array_to_string(array_repeat('x', 60000), repeat('y', 60000)))")),
        ("doubling by ||", twice("x || x")),
        ("doubling by concat", twice("concat(x, x)")),
        ("doubling by concat_ws", twice("concat_ws('', x, x)")),
        ("doubling by encode", twice("encode(CAST(x AS bytea), 'hex')")),
        ("doubling by large strings", twice("arrow_cast(x, 'LargeUtf8') || arrow_cast(x, 'LargeUtf8')")),
        ("doubling of lists", lists("array_concat(x, x)")),
        ("doubling of lists by ||", lists("x || x")),
        (
            "doubling by make_array",
            chain("SELECT range(1000000) AS x", "SELECT flatten(make_array(x, x)) AS x FROM {}", 40)
                .replace("count(*)", "cardinality(x)"),
        ),
        (
            "doubling by string_agg",
            chain(
                "SELECT repeat('x', 1000000) AS x",
                "SELECT string_agg(x, ',') AS x FROM (SELECT x FROM {} UNION ALL SELECT x FROM {}) AS two",
                40,
            )
            .replace("count(*)", "length(x)"),
        ),
        (
            "concat of many",
            format!(
                "SELECT length(concat({})) FROM (SELECT repeat('x', 60000000) AS x) AS long",
                vec!["x"; 2_000].join(",")
            ),
        ),
        (
            "a type as wide as memory",
            of("SELECT arrow_cast(NULL, 'FixedSizeBinary(2147483647)') FROM generate_series(1, 2048)"),
        ),
        (
            "texts without the bound of 32 bits",
            of("SELECT arrow_cast(repeat('x', 4000000), 'LargeUtf8') FROM generate_series(1, 2048)"),
        ),
        ("a long separator", format!("SELECT length(concat_ws(repeat('x', 4000000){}))", ",'a'".repeat(1_000))),
        (
            "a long text for null",
            of("SELECT length(array_to_string(array_repeat(CAST(NULL AS varchar), 900), '', repeat('y', 4000000)))"),
        ),
        ("a long fill", of("SELECT array_resize(['a'], 100000, repeat('y', 4000000))")),
        ("a long replacement", of("SELECT array_replace_all(array_repeat('a', 100000), 'a', repeat('y', 4000000))")),
        ("doubling by overlay", twice("overlay(x placing x from 1 for 0)")),
        (
            "series of moments of a column",
            of(
                "SELECT max(cardinality(generate_series(t, t + INTERVAL '365' DAY, INTERVAL '1' MICROSECOND))) FROM (SELECT min(fetched_at) AS t FROM captures) AS c",
            ),
        ),
        ("rows beyond the limit", of("SELECT * FROM generate_series(1, 100000000)")),
        (
            "a sort of everything",
            of(
                "SELECT a.value, b.value FROM generate_series(1, 3000) AS a, generate_series(1, 3000) AS b ORDER BY a.value * b.value, b.value LIMIT 1000000 OFFSET 5000000",
            ),
        ),
        (
            "a group for every row",
            of(
                "SELECT count(*) FROM (SELECT value, max(repeat('x', 100) || CAST(value AS varchar)) FROM generate_series(1, 20000000) GROUP BY value) AS grouped",
            ),
        ),
        (
            "array_agg of everything",
            of("SELECT cardinality(array_agg(CAST(value AS varchar))) FROM generate_series(1, 100000000)"),
        ),
        (
            "distinct of everything",
            of("SELECT count(DISTINCT repeat('x', 100) || CAST(value AS varchar)) FROM generate_series(1, 20000000)"),
        ),
        ("a regex of repetitions", of("SELECT regexp_like('x', '((((((x{100}){100}){100}){100}){100}){100})')")),
    ]
}

/// What would take time without end.
fn loops() -> Vec<(&'static str, String)> {
    let of = |sql: &str| sql.to_owned();
    vec![
        ("a series of 10^12", of("SELECT count(*) FROM generate_series(1, 1000000000000)")),
        (
            "a recursion without end",
            of("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r) SELECT count(*) FROM r"),
        ),
        (
            "a recursion that doubles",
            of(
                "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT a.n FROM r AS a CROSS JOIN generate_series(1, 2)) SELECT count(*) FROM r",
            ),
        ),
        (
            "a cross join of four",
            of(
                "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c, generate_series(1, 100000) d",
            ),
        ),
        (
            "a sum of cross joins",
            of("SELECT sum(a.value * b.value) FROM generate_series(1, 10000000) a, generate_series(1, 10000000) b"),
        ),
        ("analysis of a loop", of("EXPLAIN ANALYZE SELECT count(*) FROM generate_series(1, 1000000000000)")),
    ]
}

/// Statements that are nested deeper than stacks are, or grow while they are planned.
fn towers() -> Vec<(&'static str, String)> {
    let around = |before: &str, middle: &str, after: &str, times: usize| {
        format!("SELECT {}{middle}{}", before.repeat(times), after.repeat(times))
    };
    let doubled = |length| chain("SELECT 1 AS x", "SELECT a.x FROM {} AS a CROSS JOIN {} AS b", length);
    vec![
        ("parentheses", around("(", "1", ")", 100_000)),
        ("parentheses that do not close", around("(", "1", "", 100_000)),
        ("subqueries", around("(SELECT ", "1", ")", 10_000)),
        ("NOT", around("NOT ", "true", "", 50_000)),
        ("minus", around("- ", "1", "", 100_000)),
        ("plus", format!("SELECT {}1", "1+".repeat(100_000))),
        ("and", format!("SELECT {}true", "true AND ".repeat(25_000))),
        ("concatenation", format!("SELECT {}''", "''||".repeat(50_000))),
        ("casts", format!("SELECT 1{}", "::int".repeat(50_000))),
        ("subscripts", format!("SELECT [1]{}", "[1]".repeat(50_000))),
        ("CASE", around("CASE WHEN true THEN ", "1", " END", 10_000)),
        ("lists", around("[", "1", "]", 100_000)),
        ("calls", around("abs(", "1", ")", 50_000)),
        ("calls of keywords that break off", around("floor(", "1 1", ")", 45)),
        ("casts that break off", around("cast(", "1 1", " AS int)", 45)),
        ("trims that break off", around("substring(", "1 1", ")", 45)),
        ("NOT that breaks off", around("NOT(", "1 1", ")", 45)),
        (
            "tables in parentheses that break off",
            format!("SELECT * FROM {}1 1{}", "((SELECT * FROM ".repeat(24), "))".repeat(24)),
        ),
        ("fields", format!("SELECT (r){} FROM reports AS r", ".a".repeat(120_000))),
        ("fields of a struct", format!("SELECT named_struct('a', 1){}", ".a".repeat(120_000))),
        ("fields of a column", format!("SELECT report_year{} FROM reports", ".a".repeat(120_000))),
        ("a chain of queries", chain("SELECT 1 AS x", "SELECT x FROM {}", 8_000)),
        ("a chain of sums", chain("SELECT 1 AS x", "SELECT x+x AS x FROM {}", 3_000)),
        ("doubled 20 times", doubled(20)),
        ("doubled 60 times", doubled(60)),
        (
            "doubled 60 times beside names in quotes",
            chain(
                "SELECT 1 AS x), \"C0\" AS (SELECT 1 AS x",
                "SELECT a.x FROM {} AS a CROSS JOIN {} AS b), \"C{n}\" AS (SELECT 1 AS x",
                60,
            ),
        ),
        ("doubled 60 times by UNION", chain("SELECT 1 AS x", "SELECT x FROM {} UNION ALL SELECT x FROM {}", 60)),
        ("sums doubled 60 times", chain("SELECT 1 AS x", "SELECT x+x+x+x AS x FROM {}", 60).replace("count(*)", "x")),
        (
            "a cross join of thousands",
            format!(
                "SELECT count(*) FROM {}",
                (0..15_000).map(|n| format!("reports t{n}")).collect::<Vec<_>>().join(",")
            ),
        ),
        (
            "a cross join of thousands of queries",
            format!(
                "SELECT count(*) FROM {}",
                (0..12_000).map(|n| format!("(SELECT 1)a{n}")).collect::<Vec<_>>().join(",")
            ),
        ),
        ("a join of 60 tables", joins(60)),
        ("a join of 1000 tables", joins(1_000)),
        ("a union of thousands", format!("SELECT 1{}", " UNION SELECT 1".repeat(3_900))),
        ("many subqueries", format!("SELECT {}1", "(SELECT max(report_year) FROM reports),".repeat(1_000))),
        (
            "a grouping of 2^40 sets",
            format!(
                "SELECT count(*) FROM reports GROUP BY CUBE ({})",
                (0..40).map(|n| format!("report_year+{n}")).collect::<Vec<_>>().join(",")
            ),
        ),
        (
            "a grouping of many expressions in many sets",
            format!(
                "SELECT count(*) FROM reports GROUP BY ROLLUP ({})",
                (0..4_000).map(|n| format!("report_year+{n}")).collect::<Vec<_>>().join(",")
            ),
        ),
        ("a long name", format!("SELECT \"{}\"", "n".repeat(200_000))),
        ("a long alias", format!("SELECT 1 AS \"{}\"", "n".repeat(200_000))),
        ("too long a text", format!("SELECT '{}'", "x".repeat(300_000))),
        ("explained", format!("EXPLAIN SELECT {}true", "1=1 AND ".repeat(1_900))),
        ("EXPLAIN of EXPLAIN", format!("{}SELECT 1", "EXPLAIN ".repeat(20_000))),
        ("a setting of sums", format!("SET application_name = {}1", "1+".repeat(3_900))),
        ("a cursor over sums", format!("BEGIN; DECLARE c CURSOR FOR SELECT {}1; FETCH ALL c", "1+".repeat(3_900))),
        ("two sums", format!("SELECT {0}1; SELECT {0}1", "1+".repeat(1_900))),
        ("a sum that is stored", format!("INSERT INTO reports SELECT {}1", "1+".repeat(3_900))),
        ("sums as long as allowed", format!("SELECT {}1", "1+".repeat(3_990))),
        ("sums of parameters", format!("SELECT {}1", "$1+".repeat(3_990))),
        ("sums of sums of a catalogue", format!("SELECT {}pg_backend_pid()", "1+".repeat(3_900))),
    ]
}

/// Each is answered or refused within a while; none is a defect (`XX000`), and the server stays as it was.
async fn survive(attacks: Vec<(&'static str, String)>) {
    let besieged = limited().await;
    for (name, sql) in attacks {
        for (front, ended) in besieged.everywhere(&sql).await {
            if let Err(code) = ended {
                let known = LIMITS.contains(&code.as_str())
                    // What HTTP says of a text that it did not read to its end.
                    || code == "HTTP/1.1 413 Payload Too Large"
                    || ["42703", "42P01", "25006", "08P01", "54023", "22P02"].contains(&code.as_str());
                assert!(known, "{front}: {name} ended with {code}");
            }
        }
        besieged.at_rest().await;
    }
    besieged.unharmed("resources").await;
}

#[tokio::test]
async fn memory_is_bounded() {
    let before = memory();
    let besieged = limited().await;
    for (name, sql) in bombs() {
        let started = memory();
        forget_peak();
        besieged.refused_everywhere(&sql, LIMITS).await;
        let grown = peak_memory().saturating_sub(started);
        assert!(grown < GROWTH, "{name} took {} MB", grown >> 20);
    }
    besieged.at_rest().await;
    besieged.unharmed("bombs").await;
    let grown = memory().saturating_sub(before);
    assert!(grown < GROWTH, "{} MB", grown >> 20);
}

#[tokio::test]
async fn loops_end_by_the_limit_of_time() {
    let besieged = limited().await;
    for (name, sql) in loops() {
        for (front, ended) in besieged.everywhere(&sql).await {
            let code = ended.expect_err(name);
            assert!(["57014", "53200"].contains(&code.as_str()), "{front}: {name} ended with {code}");
        }
    }
    besieged.at_rest().await;
    besieged.unharmed("loops").await;
}

/// A join without an equation comes to no pause before it has looked through one side for a batch of the other. Its client is
/// told in time all the same, and others are answered meanwhile.
#[tokio::test]
async fn what_cannot_be_stopped_is_answered_in_time() {
    let besieged = limited().await;
    let sql =
        "SELECT count(*) FROM generate_series(1, 20000) a(x) JOIN generate_series(1, 100000) b(y) ON a.x + b.y < 0";
    for (front, ended) in besieged.everywhere(sql).await {
        assert_eq!(ended, Err("57014".to_owned()), "{front}");
    }
    besieged.at_rest().await;
    besieged.unharmed("joins").await;
}

#[tokio::test]
async fn towers_do_not_fall_on_the_server() {
    survive(towers()).await;
}

/// What tools do send: long lists and long chains of conditions.
#[tokio::test]
async fn long_statements_that_are_sane_work() {
    let besieged = Besieged::start().await;
    let list = (0..20_000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    for sql in [
        format!("SELECT count(*) FROM reports WHERE report_year IN ({list})"),
        format!("SELECT count(*) FROM reports WHERE report_year IN ({list}) AND report_year NOT IN (1, 2, 3)"),
        format!("SELECT count(*) FROM reports WHERE {}report_year > 0", "report_year = 1 OR ".repeat(900)),
        format!("SELECT count(*) FROM reports WHERE coalesce({}report_year) > 0", "report_year,".repeat(2_000)),
        "SELECT count(*) FROM reports WHERE floor(ceil(abs(cast(trim(cast(report_year AS varchar)) AS double)))) > 0".to_owned(),
        "SELECT count(*) FROM reports WHERE '' IN ('') AND title NOT LIKE '%jpg_%'".to_owned(),
        "SELECT count(*) FROM reports WHERE cardinality(generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-02', INTERVAL '1' HOUR)) = 25".to_owned(),
        "SELECT count(*) FROM reports WHERE to_char(DATE '2024-02-29', 'YYYY-MM-DD') = '2024-02-29' AND title <> 'a.jpg_1'".to_owned(),
        "SELECT count(*) FROM (SELECT title || '-' || title, concat(title, title), replace(title, '县', '市') FROM reports) AS t".to_owned(),
    ] {
        for (front, ended) in besieged.everywhere(&sql).await {
            let shown: String = sql.chars().take(80).collect();
            assert_eq!(ended.as_deref(), Ok("6"), "{front}: {shown}");
        }
    }
}

/// A constant is copied into every row of a batch: a long one into few rows at a time.
#[tokio::test]
async fn long_constants_stand_beside_few_rows() {
    let besieged = Besieged::start().await;
    let sql = "SELECT CAST(max(length(concat(long, value))) AS bigint) FROM (SELECT value, repeat('x', 1000000) AS long FROM generate_series(1, 999)) AS t";
    let started = memory();
    forget_peak();
    for (front, ended) in besieged.everywhere(sql).await {
        assert_eq!(ended.as_deref(), Ok("1000003"), "{front}");
    }
    let grown = peak_memory().saturating_sub(started);
    assert!(grown < GROWTH, "{} MB", grown >> 20);
}

/// A client that asks for everything and reads nothing holds its own connection, and no turn beyond the limit of time.
#[tokio::test]
async fn a_client_that_never_reads_holds_up_nobody() {
    let besieged = limited().await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut session = Raw::session(besieged.served.postgres()).await;
        session.send(&raw::query("SELECT value, repeat('x', 10000) FROM generate_series(1, 900000)")).await;
        silent.push(session);
    }
    let address = besieged.served.http();
    for _ in 0..8 {
        let mut raw = Raw::connect(address).await;
        let sql = "SELECT value, repeat('x', 10000) FROM generate_series(1, 900000)";
        let head = format!(
            "POST /sql HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{sql}",
            sql.len()
        );
        raw.send(head.as_bytes()).await;
        silent.push(raw);
    }
    // All are one user here, and share the turns of one, until the limit of time gives them back.
    let metrics = besieged.served.server.engine().metrics();
    while metrics.queries_running() == 0 {
        tokio::task::yield_now().await;
    }
    besieged.at_rest().await;
    besieged.unharmed("clients that never read").await;
    drop(silent);
    besieged.unharmed("clients that are gone").await;
}

/// The same statement, prepared as often as is allowed: plans are larger than their texts.
#[tokio::test]
async fn prepared_statements_are_bounded_by_what_they_hold() {
    let besieged = Besieged::start().await;
    let before = memory();
    let list = (0..30_000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let sql = format!("SELECT count(*) FROM reports WHERE report_year IN ({list})");
    let mut session = Raw::session(besieged.served.postgres()).await;
    let mut prepared = 0;
    for number in 0..40 {
        session.send(&[raw::parse(&format!("s{number}"), &sql), raw::sync()].concat()).await;
        match raw::code(&session.until_ready().await) {
            None => prepared += 1,
            Some(code) => assert_eq!(code, "54000"),
        }
    }
    assert!((1..40).contains(&prepared), "{prepared} statements of {} KB each are held", sql.len() >> 10);
    let grown = memory().saturating_sub(before);
    assert!(grown < GROWTH, "{} MB", grown >> 20);
    besieged.unharmed("prepared statements").await;
}
