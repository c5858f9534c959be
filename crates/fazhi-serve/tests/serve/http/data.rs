use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::{get, send, sql};
use crate::harness::Served;

/// Follows the links from one page to the next, and gives the pages.
async fn pages(served: &Served, first: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut target = Some(first.to_owned());
    while let Some(asked) = target {
        let reply = get(served.http(), &asked).await;
        assert_eq!(reply.status, 200, "{asked}: {}", reply.text());
        let body = reply.json();
        pages.push(body["rows"].as_array().unwrap().clone());
        target = body["next"].as_str().map(str::to_owned);
        let link = reply.header("link").map(str::to_owned);
        assert_eq!(link, target.as_ref().map(|next| format!("<{next}>; rel=\"next\"")), "{asked}");
    }
    pages
}

#[tokio::test]
async fn tables_and_views_are_listed_with_their_columns() {
    let served = Served::start().await;
    let reply = get(served.http(), "/tables").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    let listed = reply.json();
    let of =
        |name: &str| listed["tables"].as_array().unwrap().iter().find(|table| table["name"] == name).cloned().unwrap();
    let reports = of("reports");
    assert_eq!(reports["kind"], "view");
    assert!(reports["description"].as_str().unwrap().starts_with("One row per annual report"), "{reports}");
    let columns = reports["columns"].as_array().unwrap();
    for column in [
        json!({"name": "report_year", "type": "integer"}),
        json!({"name": "topics", "type": "text[]"}),
        json!({"name": "published_on", "type": "date"}),
    ] {
        assert!(columns.contains(&column), "{column}");
    }
    let indicators = of("indicators");
    assert_eq!(indicators["kind"], "table");
    assert!(indicators["columns"].as_array().unwrap().contains(&json!({"name": "value", "type": "numeric(28,6)"})));
}

#[tokio::test]
async fn pages_of_every_relation_hold_every_row_once() {
    let served = Served::start().await;
    let listed = get(served.http(), "/tables").await.json();
    let names: Vec<&str> =
        listed["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 18);
    for name in names {
        let all = sql(served.http(), "*/*", &format!("SELECT * FROM {name}")).await.json();
        let mut all = all["rows"].as_array().unwrap().clone();
        // Three pages or so of each, the last of them not full.
        let limit = (all.len() / 3 + 1).min(10_000);
        let parts = pages(&served, &format!("/tables/{name}?limit={limit}")).await;
        assert_eq!(parts.len(), all.len().div_ceil(limit).max(1), "{name}: {} rows", all.len());
        let mut paged = parts.concat();
        for rows in [&mut all, &mut paged] {
            rows.sort_by_cached_key(Value::to_string);
        }
        assert!(paged == all, "{name}");
    }
}

#[tokio::test]
async fn reports_are_filtered_by_year_region_and_publisher() {
    let served = Served::start().await;
    let count = async |query: &str| {
        let reply = get(served.http(), &format!("/reports{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        reply.json()["rows"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 6);
    assert_eq!(count("?year=2021").await, 2);
    let stone_spring = "%E7%9F%B3%E6%B3%89%E5%8E%BF%E4%BA%BA%E6%B0%91%E6%94%BF%E5%BA%9C";
    assert_eq!(count(&format!("?publisher={stone_spring}")).await, 3);
    assert_eq!(count(&format!("?publisher={stone_spring}&year=2020")).await, 1);
    assert_eq!(count("?region=999999").await, 0);
    // What is bound is a value, whatever it looks like.
    assert_eq!(count("?publisher=%27%20OR%20%271%27%3D%271").await, 0);
    let years: Vec<i64> = pages(&served, "/reports?limit=4")
        .await
        .concat()
        .iter()
        .map(|row| row["report_year"].as_i64().unwrap())
        .collect();
    assert_eq!(years, [2022, 2022, 2021, 2021, 2020, 2020]);
}

#[tokio::test]
async fn an_indicator_has_values_and_a_value_has_evidence() {
    let served = Served::start().await;
    let catalogue = pages(&served, "/indicators?limit=10").await.concat();
    let ids: BTreeSet<&str> = catalogue.iter().map(|row| row["indicator_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), catalogue.len());
    assert!(ids.contains("reconsider_accepted"), "{ids:?}");

    let values = get(served.http(), "/indicators/reconsider_accepted?year=2022").await.json();
    let mut found: Vec<&str> =
        values["rows"].as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["33.000000", "43.000000"]);
    let none = get(served.http(), "/indicators/reconsider_accepted?year=1999").await;
    assert_eq!((none.status, none.json()["rows"].clone()), (200, json!([])));
    let problem = get(served.http(), "/indicators/dragons_slain").await.problem(404);
    assert_eq!(problem["detail"], "there is no indicator `dragons_slain`");

    let document = values["rows"][0]["document_id"].as_str().unwrap();
    let evidence = get(served.http(), &format!("/evidence/{document}/reconsider_accepted")).await.json();
    let sentence = evidence["rows"][0]["sentence"].as_str().unwrap();
    assert!(sentence.contains("受理行政复议案件"), "{sentence}");
    assert!(evidence["rows"][0]["warc_file"].is_string());
    get(served.http(), &format!("/evidence/{document}/dragons_slain")).await.problem(404);
    get(served.http(), "/evidence/nobody/reconsider_accepted").await.problem(404);
}

#[tokio::test]
async fn a_report_comes_with_its_indicators_and_on_request_its_text() {
    let served = Served::start().await;
    let reports = get(served.http(), "/reports").await.json();
    let document = reports["rows"][0]["document_id"].as_str().unwrap();
    let report = get(served.http(), &format!("/reports/{document}")).await.json();
    assert_eq!(report["report"], reports["rows"][0]);
    assert!(report.get("text").is_none());
    let facts = report["indicators"].as_array().unwrap();
    assert!(facts.iter().any(|fact| fact["indicator_id"] == "reconsider_accepted"), "{facts:?}");

    let with_text = get(served.http(), &format!("/reports/{document}?text=include")).await.json();
    let text: Vec<char> = with_text["text"].as_str().unwrap().chars().collect();
    for fact in with_text["indicators"].as_array().unwrap() {
        let place = |name: &str| usize::try_from(fact[name].as_u64().unwrap()).unwrap();
        let stated: String = text[place("char_start")..place("char_end")].iter().collect();
        assert_eq!(fact["text"], stated);
    }
    get(served.http(), "/reports/nobody").await.problem(404);
    get(served.http(), &format!("/reports/{document}?text=yes")).await.problem(400);
    send(served.http(), "GET", &format!("/reports/{document}"), &[("Accept", "text/csv")], b"").await.problem(406);
}

#[tokio::test]
async fn a_load_is_seen_by_the_next_request() {
    let served = Served::start().await;
    served.load("云溪县", 2023, 55).await;
    let reply = get(served.http(), "/indicators/reconsider_accepted?year=2023").await.json();
    assert_eq!(reply["rows"][0]["value"], "55.000000");
}

#[tokio::test]
async fn what_is_not_known_is_refused_with_a_hint() {
    let served = Served::start().await;
    for target in [
        "/reports?yaer=2021",
        "/reports?year=2021&year=2022",
        "/reports?year=twenty",
        "/reports?limit=0",
        "/reports?limit=10001",
        "/reports?offset=-1",
        "/tables?limit=1",
        "/tables/reports?year=2021",
        "/indicators?limit=1&limit=2",
    ] {
        let problem = get(served.http(), target).await.problem(400);
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{target}: {problem}");
    }
    for target in
        ["/tables/nothing", "/tables/pg_class", "/tables/reports%22%3B--", "/nothing", "/reports/a/b", "//", "/tables/"]
    {
        let problem = get(served.http(), target).await.problem(404);
        assert!(problem["hint"].is_string(), "{target}: {problem}");
    }
    get(served.http(), "/tables/%FF").await.problem(400);
    send(served.http(), "DELETE", "/reports", &[], b"").await.problem(405);
    send(served.http(), "GET", "/sql", &[], b"").await.problem(405);
}

#[tokio::test]
async fn the_server_tells_of_itself() {
    let served = Served::start().await;
    assert_eq!(get(served.http(), "/health").await.json(), json!({"status": "ok"}));
    assert_eq!(get(served.http(), "/ready").await.json(), json!({"status": "ready"}));
    let index = get(served.http(), "/").await.json();
    for (_, link) in index["links"].as_object().unwrap() {
        let reply = get(served.http(), link.as_str().unwrap()).await;
        assert!(matches!(reply.status, 200 | 405), "{link}: {}", reply.status);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    let metrics = get(served.http(), "/metrics").await;
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    assert!(metrics.text().contains("fazhi_queries_total{protocol=\"http\",outcome=\"ok\"}"), "{}", metrics.text());
    assert!(metrics.text().ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_warehouse_that_is_gone_is_not_ready_and_the_process_lives() {
    let served = Served::start().await;
    fs_err::remove_dir_all(served.data().tables()).unwrap();
    let problem = get(served.http(), "/ready").await.problem(503);
    assert!(problem["detail"].as_str().unwrap().contains("no warehouse"), "{problem}");
    assert_eq!(get(served.http(), "/health").await.status, 200);
}
