//! Articles and lists as the pages of each family.

use std::fmt::Write as _;

use crate::article::{Article, Block};
use crate::chrome::{page_end, page_top};
use crate::date::{DateForm, write_date};
use crate::government::{Family, Government};
use crate::header::{byline_html, header_html, meta_html};

/// The page of an article.
pub fn article_page(government: &Government, layout: &Government, article: &Article, serial: u32) -> String {
    let meta = meta_html(government, &article.title, Some(&article.metadata));
    let day = write_date(crate::date::day(2026, 9, 1 + serial % 28), DateForm::Chinese);
    let mut html = page_top(government, &article.title, &meta, &day);
    let title = &article.title;
    let header = header_html(layout, &article.metadata);
    let byline = byline_html(layout, &article.metadata, serial);
    let body = container(government, &blocks_html(government.habits.family, &article.blocks));
    let _ = match government.habits.family {
        Family::Trs => {
            write!(html, "<div class=\"article\">\n{header}<h1 class=\"article_title\">{title}</h1>\n{byline}{body}")
        }
        Family::Hanweb => {
            write!(html, "<div class=\"article\"><div class=\"main-fl-tit\">{title}</div>\n{header}{byline}{body}")
        }
        Family::Vsb => {
            write!(
                html,
                "<div class=\"article\">{header}<form name=\"_newscontent_fromname\"><h1 align=\"center\">{title}</h1>\n{byline}{body}</form>\n"
            )
        }
        Family::Static => write!(html, "<div class=\"article\"><h2 class=\"tit\">{title}</h2>\n{header}{byline}{body}"),
    };
    let _ = write!(
        html,
        "<div class=\"pages\"><p>上一篇：<a href=\"#\">关于做好有关工作的通知</a></p><p>下一篇：没有了</p>\
         <div class=\"qr\"><p>扫一扫在手机打开当前页</p></div><p>【<a href=\"javascript:window.close()\">关闭窗口</a>】 分享到：微信 微博</p></div>\n</div>\n"
    );
    let end = page_end(government, html.len());
    html + &end
}

/// The element that holds the body in this family.
fn container(government: &Government, inner: &str) -> String {
    match government.habits.family {
        // Pasted twice through the editor, as happens.
        Family::Trs if government.ordinal % 8 == 4 => {
            format!(
                "<div class=\"view TRS_UEDITOR\"><div class=\"TRS_Editor\"><div class=\"TRS_Editor\">\n{inner}</div></div></div>\n"
            )
        }
        Family::Trs => format!("<div class=\"TRS_Editor\">\n{inner}</div>\n"),
        Family::Hanweb => format!(
            "<div class=\"bt_content\" id=\"zoom\"><!--ZJEG_RSS.content.begin--><meta name=\"ContentStart\">\n{inner}<meta name=\"ContentEnd\"><!--ZJEG_RSS.content.end--></div>\n"
        ),
        Family::Vsb => format!(
            "<div id=\"vsb_content_2\"><div class=\"v_news_content\">\n{inner}</div></div><div id=\"div_vote_id\"></div>\n"
        ),
        Family::Static => format!("<div class=\"pages_content\">\n<!-- 正文开始 -->\n{inner}<!-- 正文结束 --></div>\n"),
    }
}

fn blocks_html(family: Family, blocks: &[Block]) -> String {
    let mut html = String::new();
    for block in blocks {
        let text = runs(family, block.text());
        let _ = match (family, block) {
            (_, Block::Centered(_)) => writeln!(html, "<p style=\"text-align: center;\">{text}</p>"),
            (_, Block::Right(_)) => writeln!(html, "<p style=\"text-align: right;\">{text}</p>"),
            (Family::Trs, Block::Heading(_)) => {
                writeln!(html, "<p align=\"justify\">　　<font face=\"黑体\"><strong>{text}</strong></font></p>")
            }
            (Family::Vsb, Block::Heading(_)) => {
                writeln!(html, "<p style=\"text-indent:32px\"><span style=\"font-family:黑体\">{text}</span></p>")
            }
            (_, Block::Heading(_)) => writeln!(html, "<p><strong>　　{text}</strong></p>"),
            (Family::Trs, _) => writeln!(html, "<p align=\"justify\">　　{text}</p>"),
            (Family::Hanweb, _) => writeln!(html, "<p style=\"text-indent:2em;line-height:2\">{text}</p>"),
            (Family::Vsb, _) => {
                writeln!(html, "<p style=\"text-indent:32px\"><span style=\"font-size:21px\">{text}</span></p>")
            }
            (Family::Static, _) => writeln!(html, "<p>&nbsp;&nbsp;&nbsp;&nbsp;{text}</p>"),
        };
    }
    html
}

/// Text pasted from a word processor keeps runs of digits in elements of their own.
fn runs(family: Family, text: &str) -> String {
    if family != Family::Trs {
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
