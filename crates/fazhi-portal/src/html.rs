//! Articles and lists as the pages of each family.

use std::fmt::Write as _;

use crate::article::Block;
use crate::chrome::{page_end, page_top};
use crate::date::{DateForm, write_date};
use crate::government::{Family, Government};
use crate::header::{byline_html, header_html, meta_html};
use crate::site::Entry;

/// Page `part` (from 0) of an article, whose header is laid out as that of `layout`.
pub fn article_page(government: &Government, layout: &Government, entry: &Entry, part: usize) -> String {
    let Entry { article, serial, .. } = entry;
    let meta = meta_html(government, &article.title, Some(&article.metadata));
    let day = write_date(crate::date::day(2026, 9, 1 + serial % 28), DateForm::Chinese);
    let mut html = page_top(government, &article.title, &meta, &day);
    let title = &article.title;
    let header = header_html(layout, &article.metadata);
    let byline = byline_html(layout, &article.metadata, *serial);
    let blocks = blocks_html(government.family, entry.blocks_of(part));
    let body = container(government.family, *serial, &blocks) + &pager(entry, part);
    html.push_str("<div class=\"article\">");
    let _ = match government.family {
        Family::Trs | Family::Was5 => {
            write!(html, "\n{header}<h1 class=\"article_title\">{title}</h1>\n{byline}{body}")
        }
        Family::HanwebJpage => write!(html, "<div class=\"main-fl-tit\">{title}</div>\n{header}{byline}{body}"),
        Family::Vsb => write!(
            html,
            "{header}<form name=\"_newscontent_fromname\"><h1 align=\"center\">{title}</h1>\n{byline}{body}</form>\n"
        ),
        Family::Gkmlpt => {
            write!(html, "\n{header}<div class=\"content\"><h1 class=\"title\">{title}</h1>\n{byline}{body}</div>\n")
        }
        Family::HanwebJpaas | Family::Ucap => {
            write!(html, "<h1 class=\"title\">{title}</h1>\n{header}{byline}{body}")
        }
        Family::Lonsun => write!(html, "\n{header}<h1 class=\"newstitle\">{title}</h1>\n{byline}{body}"),
        Family::Webplus => {
            write!(html, "<h1 class=\"arti_title Article_Title\">{title}</h1>\n{header}{byline}{body}")
        }
        Family::Static | Family::Json | Family::Rss | Family::Sitemap | Family::Selectors => {
            write!(html, "<h2 class=\"tit\">{title}</h2>\n{header}{byline}{body}")
        }
    };
    let _ = write!(
        html,
        "<div class=\"pages\"><p>上一篇：<a href=\"#\">关于做好有关工作的通知</a></p><p>下一篇：没有了</p>\
         <div class=\"qr\"><p>扫一扫在手机打开当前页</p></div><p>【<a href=\"javascript:window.close()\">关闭窗口</a>】 分享到：微信 微博</p></div>\n</div>\n"
    );
    let end = page_end(government, html.len());
    html + &end
}

/// The script that leads from page to page of an article that has several.
fn pager(entry: &Entry, part: usize) -> String {
    let file = entry.path.rsplit('/').next().unwrap_or_default();
    match file.rsplit_once('.').filter(|_| entry.parts > 1) {
        Some((stem, extension)) => format!(
            "<div class=\"article_page\"><script language=\"JavaScript\">createPageHTML({}, {part}, \"{stem}\", \"{extension}\");</script></div>\n",
            entry.parts
        ),
        None => String::new(),
    }
}

/// The element that holds the body in this family.
fn container(family: Family, serial: u32, inner: &str) -> String {
    let (open, close) = match family {
        // Pasted twice through the editor, as happens.
        Family::Trs if serial.is_multiple_of(3) => (
            "<div class=\"view TRS_UEDITOR\"><div class=\"TRS_Editor\"><div class=\"TRS_Editor\">",
            "</div></div></div>",
        ),
        Family::Trs => ("<div class=\"TRS_Editor\">", "</div>"),
        Family::Was5 => ("<div class=\"trs_editor_view TRS_UEDITOR trs_paper_default\">", "</div>"),
        Family::HanwebJpage => (
            "<div class=\"bt_content\" id=\"zoom\"><!--ZJEG_RSS.content.begin--><meta name=\"ContentStart\">",
            "<meta name=\"ContentEnd\"><!--ZJEG_RSS.content.end--></div>",
        ),
        Family::HanwebJpaas => ("<div class=\"article_con\" id=\"zoom\">", "</div>"),
        Family::Vsb => {
            ("<div id=\"vsb_content_2\"><div class=\"v_news_content\">", "</div></div><div id=\"div_vote_id\"></div>")
        }
        Family::Static => ("<div class=\"pages_content\">\n<!-- 正文开始 -->", "<!-- 正文结束 --></div>"),
        Family::Gkmlpt => ("<div class=\"article-content\">", "</div>"),
        Family::Ucap => ("<div id=\"UCAP-CONTENT\">", "</div>"),
        Family::Lonsun => ("<div class=\"wzcon j-fontContent\" id=\"J_content\">", "</div>"),
        Family::Webplus => ("<div class='wp_articlecontent'>", "</div>"),
        Family::Json => ("<div class=\"news_cont_d_wrap\">", "</div>"),
        Family::Rss => ("<div class=\"info_content\">", "</div>"),
        Family::Sitemap => ("<article>", "</article>"),
        Family::Selectors => ("<div class=\"Article_zw\">", "</div>"),
    };
    [open, "\n", inner, close, "\n"].concat()
}

fn blocks_html(family: Family, blocks: &[Block]) -> String {
    let mut html = String::new();
    for block in blocks {
        let text = runs(family, block.text());
        let _ = match (family, block) {
            (_, Block::Centered(_)) => writeln!(html, "<p style=\"text-align: center;\">{text}</p>"),
            (_, Block::Right(_)) => writeln!(html, "<p style=\"text-align: right;\">{text}</p>"),
            (Family::Trs | Family::Was5, Block::Heading(_)) => {
                writeln!(html, "<p align=\"justify\">　　<font face=\"黑体\"><strong>{text}</strong></font></p>")
            }
            (Family::Vsb, Block::Heading(_)) => {
                writeln!(html, "<p style=\"text-indent:32px\"><span style=\"font-family:黑体\">{text}</span></p>")
            }
            (_, Block::Heading(_)) => writeln!(html, "<p><strong>　　{text}</strong></p>"),
            (Family::Trs | Family::Was5, _) => writeln!(html, "<p align=\"justify\">　　{text}</p>"),
            (Family::HanwebJpage | Family::Gkmlpt | Family::Webplus, _) => {
                writeln!(html, "<p style=\"text-indent:2em;line-height:2\">{text}</p>")
            }
            (Family::Vsb, _) => {
                writeln!(html, "<p style=\"text-indent:32px\"><span style=\"font-size:21px\">{text}</span></p>")
            }
            (Family::Lonsun, _) => {
                writeln!(html, "<section><span style=\"letter-spacing:0.5px\">{text}</span></section>")
            }
            _ => writeln!(html, "<p>&nbsp;&nbsp;&nbsp;&nbsp;{text}</p>"),
        };
    }
    html
}

/// Text pasted from a word processor keeps runs of digits in elements of their own.
fn runs(family: Family, text: &str) -> String {
    if !matches!(family, Family::Trs | Family::Was5) {
        return text.to_owned();
    }
    let mut html = String::with_capacity(text.len() * 2);
    let mut inside = false;
    for c in text.chars() {
        let digit = c.is_ascii_digit();
        if digit != inside {
            html.push_str(if digit { "<span lang=\"EN-US\">" } else { "</span>" });
            inside = digit;
        }
        html.push(c);
    }
    html.push_str(if inside { "</span>" } else { "" });
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_pasted_text_stand_in_spans() {
        assert_eq!(runs(Family::Trs, "办理126件"), "办理<span lang=\"EN-US\">126</span>件");
        assert_eq!(runs(Family::Trs, "第3"), "第<span lang=\"EN-US\">3</span>");
        assert_eq!(runs(Family::Vsb, "办理126件"), "办理126件");
    }
}
