use super::*;

mod captured;
mod damage;
mod fixtures;
mod harness;
mod hostile;
mod hosts;

/// Reads one page and compares everything it says: entries as `path title date`, and the next page.
#[track_caller]
fn check(family: Family, url: &str, text: &str, items: &[&str], next: Option<&str>) {
    let url = Url::parse(url).unwrap();
    assert_eq!(detect(&url, text).family, family);
    let listing = read_list(family, &ListPage::new(&url, text));
    let found: Vec<String> = listing.items.iter().map(describe).collect();
    assert_eq!(found, items);
    assert_eq!(listing.next.map(|next| next.url.to_string()).as_deref(), next);
}

fn describe(item: &ListItem) -> String {
    let date = item.date.map_or_else(|| "-".to_owned(), |date| date.to_string());
    format!("{} {} {date}", item.url.path(), item.title)
}

const NAVIGATION: &str = r#"<div class="menu"><ul><li><a href="/zwgk/index.html">政务公开首页栏目</a></li>
    <li><a href="/xwzx/202401/t20240101_9.html">新闻中心头条新闻</a> 2024-01-01</li></ul></div>"#;

#[test]
fn trs_counts_from_zero() {
    let text = format!(
        r#"{NAVIGATION}<ul class="list"><li><a href="./202401/t20240129_1234.html" title="全称法治报告">全称法…</a><span>2024-01-29</span></li>
        <li><a href="./202303/t20230301_1.shtml">第二条标题</a><span>03-01</span></li></ul>
        <script>function createPageHTML(_n, _c, _name, _ext) {{ document.write(_n); }} createPageHTML(3, 0,"index","html");</script>"#
    );
    check(
        Family::Trs,
        "http://a.cn/fzzfjs/",
        &text,
        &[
            "/fzzfjs/202401/t20240129_1234.html 全称法治报告 2024-01-29",
            "/fzzfjs/202303/t20230301_1.shtml 第二条标题 2023-03-01",
        ],
        Some("http://a.cn/fzzfjs/index_1.html"),
    );
}

#[track_caller]
fn check_next(url: &str, script: &str, next: Option<&str>) {
    let url = Url::parse(url).unwrap();
    let listing = read_list(Family::Trs, &ListPage::new(&url, script));
    assert_eq!(listing.next.map(|next| next.url.to_string()).as_deref(), next, "{script}");
}

#[test]
fn trs_pagers_in_every_spelling() {
    let index = "http://a.cn/x/index.html";
    check_next(index, "<script>createPageHTML('5','0','index','html');</script>", Some("http://a.cn/x/index_1.html"));
    check_next(
        index,
        "<script>var n = 4; var c=0; createPageHTML(n, c, \"index\", \"shtml\")</script>",
        Some("http://a.cn/x/index_1.shtml"),
    );
    check_next(index, "<script>var countPage = 56; var currentPage = 0;</script>", Some("http://a.cn/x/index_1.html"));
    check_next(index, "<script>createPageHTML(1, 0, \"index\", \"html\")</script>", None);
    check_next("http://a.cn/x/index_2.html", "<script>createPageHTML(3, 2, \"index\", \"html\")</script>", None);
    // A cached call of page 0 on page 1.
    check_next(
        "http://a.cn/x/index_1.html",
        "<script>createPageHTML(3, 0, \"index\", \"html\")</script>",
        Some("http://a.cn/x/index_2.html"),
    );
    // The form that counts from 1.
    check_next(
        "http://a.cn/c1/list.shtml",
        "<script>createPageHTML('page_div',3,1,'list','shtml',52)</script>",
        Some("http://a.cn/c1/list_2.shtml"),
    );
    check_next(
        "http://a.cn/c1/list_3.shtml",
        "<script>createPageHTML('page_div',3,3,'list','shtml',52)</script>",
        None,
    );
}

#[test]
fn hanweb_reads_the_block_in_the_page() {
    let text = r#"<html><body><div><script type="text/xml"><datastore><nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&webid=7&columnid=123"></a>]]></nextgroup>
        <recordset><record><![CDATA[<li><a href='/art/2024/1/29/art_123_4567.html' title='法治政府报告'>法治政府…</a><span>2024-01-29</span></li>]]></record>
        <record><![CDATA[<tr><td><a target="_blank" href="/art/2023/3/1/art_123_3.html">另一条</a></td><td>[2023-03-01]</td></tr>]]></record></recordset>
        <totalrecord>5</totalrecord><totalpage>3</totalpage></datastore></script></div></body></html>"#;
    check(
        Family::HanwebJpage,
        "http://a.cn/col/col123/index.html",
        text,
        &["/art/2024/1/29/art_123_4567.html 法治政府报告 2024-01-29", "/art/2023/3/1/art_123_3.html 另一条 2023-03-01"],
        Some(
            "http://a.cn/module/web/jpage/dataproxy.jsp?page=1&webid=7&columnid=123&startrecord=3&endrecord=4&perpage=2",
        ),
    );
}

#[test]
fn hanweb_goes_on_without_being_told() {
    let text = "<datastore><totalrecord>5</totalrecord><totalpage>3</totalpage><recordset><record>&lt;a href=\"/art/2024/1/2/art_1_2.html\"&gt;escaped title&lt;/a&gt;</record></recordset></datastore>";
    let proxy = "http://a.cn/module/web/jpage/dataproxy.jsp?page=2&columnid=1";
    let next = "http://a.cn/module/web/jpage/dataproxy.jsp?page=3&columnid=1";
    check(Family::HanwebJpage, proxy, text, &["/art/2024/1/2/art_1_2.html escaped title -"], Some(next));
    check(Family::HanwebJpage, next, text, &["/art/2024/1/2/art_1_2.html escaped title -"], None);
}

#[test]
fn vsb_follows_the_link_or_counts_down() {
    let row = r#"<ul><li id="line_u9_0"><span>2024/04/18</span><a href="/info/1437/2.htm" title="某区目录公告">某区目录公告</a></li></ul>"#;
    let items = ["/info/1437/2.htm 某区目录公告 2024-04-18"];
    let linked = format!("{row}<span class=\"p_next p_fun\"><a href=\"fz/2.htm\">下页</a></span>");
    check(Family::Vsb, "http://a.cn/zw/fz.htm", &linked, &items, Some("http://a.cn/zw/fz/2.htm"));
    let counted = format!("{row}<a href=\"javascript:_simple_list_gotopage_fun(31,'u9',1)\">转到</a>");
    check(Family::Vsb, "http://a.cn/zw/fz.htm", &counted, &items, Some("http://a.cn/zw/fz/30.htm"));
    check(Family::Vsb, "http://a.cn/zw/fz/2.htm", &counted, &items, Some("http://a.cn/zw/fz/1.htm"));
    check(Family::Vsb, "http://a.cn/zw/fz/1.htm", &counted, &items, None);
}

#[test]
fn plain_lists_of_every_build() {
    let expected = ["/x/content_12345.html 第一条长标题 2024-01-29", "/x/content_12346.html 第二条长标题 2024-01-28"];
    let url = "http://a.cn/x/index.html";
    let bodies = [
        "<div id=zw><ul><li><a href=content_12345.html>第一条长标题</a> [2024-01-29]</li><li><a href=content_12346.html>第二条长标题</a> [2024-01-28]</li></ul></div>",
        "<table><tr><td>1</td><td><a href=content_12345.html>第一条长标题</a></td><td>2024-01-29</td></tr><tr><td>2</td><td><a href=content_12346.html>第二条长标题</a></td><td>2024-01-28</td></tr></table>",
        "<div class=box><div class=r><a href=content_12345.html>第一条长标题</a><i>2024-01-29</i></div><div class=r><a href=content_12346.html>第二条长标题</a><i>2024-01-28</i></div></div>",
        "<dl><dd><a href=content_12345.html><b>第一条长标题</b><em>2024-01-29</em></a></dd><dd><a href=content_12346.html>第二条长标题<em>2024-01-28</em></a></dd></dl>",
        // A category before the title, and one entry per list.
        "<ul class=l><li><a href=/x/>通知</a><a href=content_12345.html>第一条长标题</a>2024-01-29</li></ul><ul class=l><li><a href=/x/>通知</a><a href=content_12346.html>第二条长标题</a>2024-01-28</li></ul>",
    ];
    for body in bodies {
        check(Family::Static, url, &format!("{NAVIGATION}{body}").replace("t20240101_9", "a"), &expected, None);
    }
}

#[test]
fn plain_pagers_of_every_build() {
    let url = Url::parse("http://a.cn/x/index.html").unwrap();
    let next = |pager: &str| {
        let listing = read_list(Family::Static, &ListPage::new(&url, pager));
        listing.next.map(|next| next.url.to_string())
    };
    let second = Some("http://a.cn/x/list_2.html".to_owned());
    assert_eq!(next("<a href=index.html>首页</a><a href=list_2.html>下一页 &gt;</a>"), second);
    assert_eq!(next("<div><span class=on>1</span><a href=list_2.html>2</a><a href=list_3.html>3</a></div>"), second);
    assert_eq!(next("<ul><li><a class=on>1</a></li><li><a href=list_2.html>2</a></li></ul>"), second);
    assert_eq!(next("<link rel=next href=list_2.html>"), second);
    assert_eq!(next("<a href='javascript:go(2)'>下一页</a>"), None);
    assert_eq!(next("<a href=index.html#>下一页</a>"), None);
    assert_eq!(next("<a href=http://b.cn/2.html>下一页</a>"), None);
}

#[test]
fn the_list_of_a_short_page_is_where_it_was_before() {
    let url = Url::parse("http://a.cn/x/list_2.html").unwrap();
    let side = "<div class=zx><ul><li><a href=/n/content_90001.html>最新消息之一</a>2024-05-01</li><li><a href=/n/content_90002.html>最新消息之二</a>2024-05-02</li></ul></div>";
    let page = |rows: &str| format!("{side}<div class=main><ul>{rows}</ul></div>");
    let row = |n: u32| format!("<li><a href=content_1000{n}.html>正文第{n}条标题</a>2024-01-0{n}</li>");
    let full = page(&(1..=5).map(row).collect::<String>());
    let first = read_list(Family::Static, &ListPage::new(&url, &full));
    assert_eq!(first.items.len(), 5);
    let short = page(&row(6));
    let second = ListPage { container: first.container.as_deref(), ..ListPage::new(&url, &short) };
    assert_eq!(
        read_list(Family::Static, &second).items.iter().map(describe).collect::<Vec<_>>(),
        ["/x/content_10006.html 正文第6条标题 2024-01-06"]
    );
}

#[test]
fn an_empty_list_has_no_entries() {
    let text = format!(
        "{NAVIGATION}<div class=main><ul class=list></ul><p>暂无信息</p></div><div class=foot><a href=/about/100001.html>关于我们网站</a></div>"
    );
    let url = Url::parse("http://a.cn/x/").unwrap();
    for family in [Family::Trs, Family::HanwebJpage, Family::Vsb, Family::Static] {
        let listing = read_list(family, &ListPage::new(&url, &text));
        assert_eq!(listing, Listing::default(), "{family:?}");
    }
}

#[test]
fn links_to_other_hosts_are_counted_and_not_followed() {
    let text = "<ul><li><a href=content_12345.html>第一条长标题</a>2024-01-29</li><li><a href=http://b.cn/content_1.html>外站的文章标题</a>2024-01-28</li></ul>";
    let url = Url::parse("http://a.cn/x/").unwrap();
    let listing = read_list(Family::Static, &ListPage::new(&url, text));
    assert_eq!((listing.items.len(), listing.foreign), (1, 1));
}
