use super::*;

mod documented;
mod starters;

const GOOD: &str = r#"name = "qingshan"
title = "青山县人民政府"
verified = "2026-11-01"
[site]
start = ["https://www.a.gov.cn/fz/index.html"]
family = "auto"
contact = "mailto:data@example.org"
[list]
title = "法治政府"
reject = "要点|解读"
max-pages = 7
[politeness]
delay-ms = 1500
timeout-ms = 20000
"#;

#[test]
fn every_key_is_read() {
    let pipeline = Pipeline::parse("x.toml", GOOD).unwrap();
    assert_eq!(pipeline.name, "qingshan");
    assert_eq!(pipeline.title, "青山县人民政府");
    assert_eq!(pipeline.verified, Verified::On(NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()));
    assert_eq!(pipeline.start, [Url::parse("https://www.a.gov.cn/fz/index.html").unwrap()]);
    assert_eq!(pipeline.family, FamilyChoice::Auto);
    assert_eq!(pipeline.contact, Some("mailto:data@example.org".parse().unwrap()));
    assert_eq!(pipeline.reading.max_pages.get(), 7);
    assert_eq!((pipeline.politeness.pace.floor.as_millis(), pipeline.politeness.timeout.as_millis()), (1500, 20_000));
    assert_eq!(pipeline.titles.describe().as_deref(), Some("title `法治政府`, reject `要点|解读`"));
    assert!(pipeline.titles.selects("2023年法治 政府建设报告") && !pipeline.titles.selects("法治政府建设工作要点"));
}

#[test]
fn what_is_not_said_has_a_default() {
    let text = "name = \"a\"\n[site]\nstart = [\"http://127.0.0.1:8000/\"]\n";
    let pipeline = Pipeline::parse("x.toml", text).unwrap();
    assert_eq!((pipeline.title.as_str(), pipeline.verified), ("a", Verified::Never));
    assert_eq!(
        (
            pipeline.reading.max_pages.get(),
            pipeline.politeness.pace.floor.as_millis(),
            pipeline.politeness.timeout.as_millis()
        ),
        (50, 1000, 30_000)
    );
    assert!(pipeline.is_loopback() && pipeline.titles.selects("anything") && pipeline.titles.describe().is_none());
}

/// Replaces one line of the good file and compares the whole message.
#[track_caller]
fn check(line: &str, replacement: &str, message: &str) {
    assert!(GOOD.contains(line), "{line}");
    let error = Pipeline::parse("pipelines/x.toml", &GOOD.replace(line, replacement)).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn an_unknown_key_names_the_nearest() {
    check(
        "max-pages = 7",
        "max-page = 7",
        "pipelines/x.toml:11: unknown key `max-page` in `[list]`\n\nhint: did you mean `max-pages`?",
    );
    check(
        "delay-ms",
        "delay_ms",
        "pipelines/x.toml:13: unknown key `delay_ms` in `[politeness]`\n\nhint: did you mean `delay-ms`?",
    );
    check("verified", "verifed", "pipelines/x.toml:3: unknown key `verifed`\n\nhint: did you mean `verified`?");
    check("[list]", "[lists]", "pipelines/x.toml:8: unknown key `lists`\n\nhint: did you mean `list`?");
    check("max-pages = 7", "zzz = 7", "pipelines/x.toml:11: unknown key `zzz` in `[list]`");
}

#[test]
fn wrong_values_are_named() {
    check(
        "max-pages = 7",
        "max-pages = \"7\"",
        "pipelines/x.toml:11: invalid type: string \"7\", expected u32 at `\"7\"`",
    );
    check("max-pages = 7", "max-pages = 0", "pipelines/x.toml:11: `max-pages` must be at least 1");
    check(
        "title = \"法治政府\"",
        "title = \"法治(政府\"",
        "pipelines/x.toml:9: bad regular expression `法治(政府`: unclosed group",
    );
    check(
        "https://www.a.gov.cn/fz/index.html",
        "www.a.gov.cn/fz",
        "pipelines/x.toml:5: bad address `www.a.gov.cn/fz`: relative URL without a base",
    );
    check(
        "https://www.a.gov.cn/fz/index.html",
        "ftp://www.a.gov.cn/",
        "pipelines/x.toml:5: bad address `ftp://www.a.gov.cn/`: `ftp` is not http or https",
    );
    check("\"auto\"", "\"tsr\"", "pipelines/x.toml:6: unknown family `tsr`\n\nhint: did you mean `trs`?");
    check(
        "\"auto\"",
        "\"wordpress\"",
        "pipelines/x.toml:6: unknown family `wordpress`\n\nhint: one of auto, gkmlpt, hanweb-jpaas, hanweb-jpage, json, lonsun, rss, selectors, sitemap, static, trs, ucap, vsb, was5, webplus",
    );
    check("\"2026-11-01\"", "\"yes\"", "pipelines/x.toml:3: `yes` is neither a date (`2026-11-01`) nor `never`");
    check("timeout-ms = 20000", "timeout-ms = 0", "pipelines/x.toml:14: `timeout-ms` must be at least 1");
    check(
        "name = \"qingshan\"",
        "name = \"../x\"",
        "pipelines/x.toml:1: `../x` is no name for a pipeline\n\nhint: 1 to 64 ASCII letters, digits, `-` and `_`: it names the archive folder",
    );
}

/// Replaces the family and puts a table at the end of the good file.
fn with_selectors(family: &str, table: &str) -> Result<Pipeline, PipelineError> {
    let text = GOOD.replace("family = \"auto\"", &format!("family = \"{family}\""));
    Pipeline::parse("x.toml", &format!("{text}{table}"))
}

#[test]
fn selectors_are_read_with_their_family() {
    let table = "[list.selectors]\nitem = \"ul.list > li\"\ndate = \"span\"\n";
    let selectors = with_selectors("selectors", table).unwrap().selectors.unwrap();
    assert_eq!(selectors.item, Selectors::selector("ul.list > li").unwrap());
    assert_eq!(selectors.date, Some(Selectors::selector("span").unwrap()));
    assert!(selectors.link.is_none() && selectors.next.is_none());
    assert!(Pipeline::parse("x.toml", GOOD).unwrap().selectors.is_none());
}

#[test]
fn selectors_that_cannot_be_used_are_named() {
    let message = |family: &str, table: &str| with_selectors(family, table).unwrap_err().to_string();
    assert_eq!(
        message("selectors", ""),
        "x.toml:6: family `selectors` needs the table `[list.selectors]`\n\nhint: say where an entry stands: `item = \"ul.list > li\"`"
    );
    assert_eq!(
        message("trs", "[list.selectors]\nitem = \"li\"\n"),
        "x.toml:15: `[list.selectors]` is read by no family but `selectors`\n\nhint: set `family = \"selectors\"` in `[site]`"
    );
    assert_eq!(
        message("selectors", "[list.selectors]\nlink = \"a\"\n"),
        "x.toml:15: missing key `item` in `[list.selectors]`\n\nhint: say where an entry stands: `item = \"ul.list > li\"`"
    );
    assert_eq!(
        message("selectors", "[list.selectors]\nitem = \"li\"\nnexts = \"a\"\n"),
        "x.toml:17: unknown key `nexts` in `[list.selectors]`\n\nhint: did you mean `next`?"
    );
    let bad = message("selectors", "[list.selectors]\nitem = \"li\"\nlink = \"a >\"\n");
    assert!(bad.starts_with("x.toml:17: bad selector `a >`: "), "{bad}");
    assert!(bad.ends_with("\n\nhint: a CSS selector such as `ul.list > li` or `td:nth-child(2) a`"), "{bad}");
}

#[test]
fn what_is_missing_is_named() {
    check(
        "start = [\"https://www.a.gov.cn/fz/index.html\"]\n",
        "",
        "pipelines/x.toml:4: missing key `start` in `[site]`\n\nhint: give the first list page: `start = [\"https://…\"]`",
    );
    check(
        "mailto:data@example.org",
        "me",
        "pipelines/x.toml:7: `me` is no contact address\n\nhint: an address such as `mailto:data@example.org` or `https://example.org/crawler`",
    );
    check(
        "delay-ms = 1500",
        "delay-ms = 10",
        "pipelines/x.toml:13: `delay-ms = 10` is less than a second\n\nhint: only hosts on this machine may be asked so without a reason; give one: `reason = \"…\"`",
    );
}

#[test]
fn a_file_without_a_contact_reads_and_does_not_run() {
    let text = GOOD.replace("contact = \"mailto:data@example.org\"\n", "");
    let unsigned = Pipeline::parse("x.toml", &text).unwrap();
    assert_eq!(
        unsigned.clone().signed(None).unwrap_err().to_string(),
        "pipeline `qingshan` has no contact, and `www.a.gov.cn` is not on this machine\n\nhint: say whom its operator can \
         write to: `contact = \"mailto:…\"` in `[site]` of its file, or in `fazhi.toml` for every pipeline, or `--contact`"
    );
    let everybodys: Contact = "https://example.org/crawler".parse().unwrap();
    assert_eq!(unsigned.signed(Some(&everybodys)).unwrap().contact.as_ref(), Some(&everybodys));
    let own = Pipeline::parse("x.toml", GOOD).unwrap().signed(Some(&everybodys)).unwrap();
    assert_eq!(own.contact, Some("mailto:data@example.org".parse().unwrap()), "the file knows better");
}

#[test]
fn a_start_page_on_this_machine_excuses_no_other_host() {
    let text = |hosts: &str| format!("name = \"a\"\n[site]\nstart = [\"http://127.0.0.1:8000/\"]\nhosts = [{hosts}]\n");
    assert!(Pipeline::parse("x.toml", &text("")).unwrap().signed(None).is_ok());
    assert!(Pipeline::parse("x.toml", &text("\"127.0.0.2:8000\"")).unwrap().signed(None).is_ok());
    for host in ["www.a.gov.cn", "*.a.gov.cn"] {
        let text = text(&format!("{host:?}"));
        let refused = Pipeline::parse("x.toml", &text).unwrap().signed(None).unwrap_err();
        assert!(refused.to_string().contains(&format!("`{host}` is not on this machine")), "{refused}");
        let hasty = Pipeline::parse("x.toml", &format!("{text}[politeness]\ndelay-ms = 0\n")).unwrap_err();
        assert!(hasty.to_string().contains("is less than a second"), "{hasty}");
    }
}

#[test]
fn text_that_is_no_toml_names_the_line() {
    let error = Pipeline::parse("x.toml", "name = \"a\"\nnonsense\n").unwrap_err().to_string();
    assert!(error.starts_with("x.toml:2: "), "{error}");
}

#[test]
fn a_folder_is_read_in_order_and_refuses_two_of_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| format!("name = \"{name}\"\n[site]\nstart = [\"http://localhost/\"]\n");
    for (file, name) in [("2.toml", "a"), ("1.toml", "b"), ("notes.txt", "c")] {
        fs_err::write(folder.path().join(file), text(name)).unwrap();
    }
    let names: Vec<String> = load_folder(folder.path()).unwrap().into_iter().map(|pipeline| pipeline.name).collect();
    assert_eq!(names, ["a", "b"]);
    fs_err::write(folder.path().join("3.toml"), text("a")).unwrap();
    let error = load_folder(folder.path()).unwrap_err().to_string();
    let path = |file: &str| folder.path().join(file).display().to_string();
    assert_eq!(error, format!("pipelines `{}` and `{}` are both named `a`", path("2.toml"), path("3.toml")));
}
