//! What surrounds the text of a government page: navigation, side bars, foot. Real pages weigh 40 to 60 KB of it.

use std::fmt::Write as _;

use crate::government::{Family, Government};

/// Bytes of UTF-8 up to which an article page is filled; GB18030 takes two bytes where UTF-8 takes three.
fn weight(family: Family) -> usize {
    if family == Family::Vsb { 58_000 } else { 44_000 }
}

const COLUMNS: [&str; 24] = [
    "首页",
    "走进本地",
    "新闻中心",
    "政务公开",
    "政务服务",
    "互动交流",
    "专题专栏",
    "数据开放",
    "领导之窗",
    "机构设置",
    "政策文件",
    "规划计划",
    "财政预决算",
    "重点领域",
    "行政执法公示",
    "法治政府建设",
    "建议提案",
    "公共资源配置",
    "社会公益",
    "乡镇之窗",
    "网上办事",
    "便民服务",
    "政府公报",
    "无障碍浏览",
];

const TOPICS: [&str; 20] = [
    "深入学习贯彻全会精神",
    "优化营商环境在行动",
    "乡村全面振兴",
    "生态环境保护督察",
    "安全生产专项整治",
    "防汛抗旱工作动态",
    "基层减负进行时",
    "惠企政策汇编",
    "就业创业服务",
    "教育资助政策",
    "医疗保障服务指南",
    "社会救助公示",
    "住房保障信息",
    "食品安全监督抽检",
    "招商引资项目推介",
    "文明城市创建",
    "全民健身活动",
    "农产品质量安全",
    "森林防火宣传",
    "政府网站年度报表",
];

/// Everything before the main part of a page. `day` stands in the banner clock.
pub fn page_top(government: &Government, title: &str, meta: &str, day: &str) -> String {
    let (name, prefix) = (government.site_name(), &government.slug);
    let charset = if government.family == Family::Vsb { "gb2312" } else { "utf-8" };
    let mut html = String::with_capacity(16_384);
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset={charset}\">\n\
         <title>{title}_{name}</title>\n{meta}<style type=\"text/css\">\n{}</style>\n{}</head>\n<body>\n",
        style(),
        scripts(government.family)
    );
    let _ = write!(
        html,
        "<div class=\"top\"><div class=\"w1200\"><span class=\"clock\">今天是：{day}</span> <a href=\"#\">设为首页</a> <a href=\"#\">加入收藏</a> \
         <a href=\"/{prefix}/rss/\">RSS订阅</a> <a href=\"/{prefix}/wza/\">无障碍</a></div></div>\n<div class=\"logo\"><h2>{name}</h2>\
         <form action=\"/{prefix}/search/\"><input name=\"q\" value=\"请输入关键字\"><input type=\"submit\" value=\"搜索\"></form></div>\n<div class=\"nav\"><ul>\n"
    );
    for (place, column) in COLUMNS.iter().enumerate() {
        let _ =
            write!(html, "<li class=\"nav_item\"><a href=\"/{prefix}/lm{place}/\" title=\"{column}\">{column}</a><dl>");
        for topic in TOPICS.iter().skip(place % 12).take(4) {
            let _ = write!(html, "<dd><a href=\"/{prefix}/lm{place}/zt/\">{topic}</a></dd>");
        }
        html.push_str("</dl></li>\n");
    }
    let _ = write!(
        html,
        "</ul></div>\n<div class=\"position\">当前位置：<a href=\"/{prefix}/\">首页</a> &gt; <a href=\"/{prefix}/lm3/\">政务公开</a> &gt; 法治政府建设年度报告</div>\n"
    );
    html
}

fn style() -> String {
    let blocks = [
        "top", "logo", "nav", "nav_item", "position", "side", "list", "article", "foot", "friend", "banner", "pages",
        "tab", "qr",
    ];
    let mut style = String::new();
    for (place, block) in blocks.iter().enumerate() {
        let _ = write!(
            style,
            ".{block}{{margin:0 auto;padding:{place}px 10px;font-family:\"Microsoft YaHei\",SimSun;line-height:28px;color:#333;background:#fff}}\n\
             .{block} a{{color:#06c;text-decoration:none}}\n.{block} a:hover{{color:#c00;text-decoration:underline}}\n\
             .{block} ul li{{list-style:none;float:left;width:{}px;height:36px;overflow:hidden}}\n",
            80 + place * 6
        );
    }
    style
}

fn scripts(family: Family) -> String {
    let signature = match family {
        Family::Trs => "<script src=\"/images/trs/createPage.js\"></script>\n",
        Family::HanwebJpage => "<!-- 大汉版通发布系统 --><script src=\"/script/jpage/jpage.js\"></script>\n",
        Family::Gkmlpt => "<link rel=\"stylesheet\" href=\"/gkmlpt/css/web.css\">\n",
        Family::Lonsun => "<script src=\"/assets/script/ls.js\"></script>\n",
        Family::Webplus => "<link rel=\"stylesheet\" href=\"/_css/_system/system.css\">\n",
        Family::Vsb => {
            "<script src=\"/system/resource/js/counter.js\"></script><script src=\"/system/resource/js/dynclicks.js\"></script>\n"
        }
        _ => "<script src=\"/js/site.js\"></script>\n",
    };
    format!(
        "{signature}<script type=\"text/javascript\">\nfunction doZoom(size){{var z=document.getElementById('zoom');if(z){{z.style.fontSize=size+'px';}}}}\n\
         function setTab(name,cursel,n){{for(var i=1;i<=n;i++){{var m=document.getElementById(name+i);if(m){{m.className=i==cursel?'hover':'';}}}}}}\n\
         var siteConfig={{perpage:15,total:1024,version:'4.2.1',day:['日','一','二','三','四','五','六']}};\n</script>\n"
    )
}

/// Everything behind the main part. Side bars are filled until the page has its usual weight.
pub fn page_end(government: &Government, so_far: usize) -> String {
    let prefix = &government.slug;
    let mut html = String::from("<div class=\"side\"><h3>相关链接</h3><ul class=\"side_list\">\n");
    let foot = foot(government);
    let mut place = 0;
    while so_far + html.len() + foot.len() < weight(government.family) && place < 2_000 {
        let (column, topic) = (COLUMNS[place % COLUMNS.len()], TOPICS[place * 7 % TOPICS.len()]);
        let _ = writeln!(
            html,
            "<li><a href=\"/{prefix}/zt/z{place}/\" target=\"_blank\" title=\"{topic}\">{topic}（{column}）</a></li>"
        );
        place += 1;
    }
    html.push_str("</ul></div>\n");
    html.push_str(&foot);
    html
}

fn foot(government: &Government) -> String {
    let (name, site, ordinal) = (&government.name, government.site_code(), government.ordinal);
    format!(
        "<div class=\"foot\"><p>主办：{name}　承办：{name}办公室</p>\n<p>网站标识码：{site}　政府网站标识码：{site}</p>\n\
         <p>青ICP备{:08}号　<a href=\"/beian/\">青公网安备 {}020{:05}号</a></p>\n<p>版权所有：{name}　联系电话：0000-{}</p>\n\
         <p>建议使用1920*1080分辨率浏览　您是第{}位访问者</p></div>\n</body>\n</html>\n",
        5_003_049 + ordinal,
        government.region,
        101 + ordinal,
        6_123_400 + ordinal,
        1_204_518 + ordinal * 977
    )
}
