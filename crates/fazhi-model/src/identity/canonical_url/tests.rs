use proptest::prelude::*;

use super::*;
use crate::DocumentId;

/// Addresses that are one; the first of each block is the canonical form.
const SAME: &str = "
    http://a.cn/
    http://a.cn
    HTTP://A.cn:80/
    http://a.cn./
    http://a.cn/?
    http://a.cn/?&
    http://a.cn/#top
    http://a.cn/./x/..

    https://a.cn/x/1.html
    https://a.cn:443/x/1.html
    https://a.cn//x///1.html
    https://a.cn/y/../x/1.html
    https://a.cn/y/%2e%2E/x/1.html
    https://a.cn/x/1.html;jsessionid=0A1B2C.node1
    https://a.cn/x/1.html;JSESSIONID=0a1b2c!-123
    https://a.cn/x/1.html;jsessionid=0A?utm_source=b&utm_medium=c
    https://a.cn/x/1.html?JSESSIONID=0A
    https://a.cn/x/1.html?from=timeline&isappinstalled=0
    https://a.cn/x/1.html?from=groupmessage
    https://a.cn/(S(lit3py55t21z5v55vlm25s55))/x/1.html
    https://a.cn/%78/1.html
    https://a.cn/x/1%2Ehtml
    https://a.cn/x/1.html?_=1700000000000
    https://a.cn/x/1.html?random=0.8437219653
    https://a.cn/x/1.html?spm=a1z0d.6639537.1997196601.4

    http://a.cn/x?id=2
    http://a.cn/x?id=2&utm_medium=w
    http://a.cn/x?&id=2&
    http://a.cn/x?utm_id=7&id=2&&PHPSESSID=8dk3
    http://a.cn/x?id=%32
    http://a.cn/x?id=2&sid=0123456789abcdef0123456789ABCDEF
    http://a.cn/x?id=2&CFID=12&CFTOKEN=34
    http://a.cn/x?ASPSESSIONIDQADRTBAC=ABCDEF&id=2
    http://a.cn/x?id=2&_t=1700000000000
    http://a.cn/x?rnd=1700000000000&id=2

    http://a.cn:8080/x
    http://a.cn:8080/x?

    http://a.cn/%E6%B3%95.html
    http://a.cn/%e6%b3%95.html
    http://a.cn/法.html

    http://xn--wvw1b.cn/x
    http://法治.cn/x

    http://a.cn/x?b=%E6%B3%95%26%3D%20+c
    http://a.cn/x?b=%e6%b3%95%26%3d%20+c
    http://a.cn/x?b=%e6%b3%95%26%3d%20+c&utm_source=d

    http://a.cn/x/t20240102_123.html
    http://a.cn/x/t20240102_123_wap.html

    http://a.cn/gkmlpt/content/5/5850/post_5850803.html
    http://a.cn/gkmlpt/content/5/5850/mpost_5850803.html
";

/// Addresses that stay as they are: what looks like noise there may choose the page.
const KEPT: &str = "
    http://a.cn/x?b=2&a=1
    http://a.cn/x?a=1&b=2
    http://a.cn/x?a=1&a=1
    http://a.cn/x?a
    http://a.cn/x?a=
    http://a.cn/x/
    http://a.cn/x
    http://a.cn/x/index.html
    http://a.cn/x/index_wap.html
    http://a.cn/x/_wap.html
    http://a.cn/x/1_wap.jsp
    http://a.cn/1_wap.html/x
    http://a.cn/content/mpost_.html
    http://a.cn/content/mpost_a1.html
    http://a.cn/mpost_1.html/x
    http://a.cn/post_1.html
    http://m.a.cn/x
    http://wap.a.cn/x
    https://a.cn/X/1.HTML
    http://a.cn/r/http://b.cn/x
    http://a.cn/x;type=1
    http://a.cn/x;jsessionid=0A;type=1
    http://a.cn/;jsessionid=0A
    http://a.cn/..;jsessionid=0A/x
    http://a.cn/(S(short))/x
    http://a.cn/a%2Fb
    http://a.cn/a%3Bjsessionid=0A
    http://a.cn/100%
    http://a.cn/%zz
    http://a.cn/x?a=%
    http://a.cn/x?a=%2
    http://a.cn/gkmlpt/api/all/0?page=2&sid=755001
    http://a.cn/x?sid=0123456789abcdef0123456789abcdef
    http://a.cn/x?id=2&sid=0123456789abcde
    http://a.cn/x?id=2&sid=0123456789abcdefg
    http://a.cn/x?cfid=12
    http://a.cn/x?cftoken=12
    http://a.cn/x?from=2
    http://a.cn/x?from=list
    http://a.cn/x?isappinstalled=2
    http://a.cn/x?spm=1
    http://a.cn/x?spm=a.b
    http://a.cn/x?_=2
    http://a.cn/x?_t=20240102
    http://a.cn/x?timestamp=1700000000000
    http://a.cn/x?rnd=1700000000
    http://a.cn/x?random=7
    http://a.cn/x?random=0.5
    http://a.cn/x?t=1700000000000
    http://a.cn/x?utm=1
    http://a.cn/x?aspsessionid=1
    http://a.cn/art/2024/1/29/art_1_2.html
    http://a.cn/module/download/downfile.jsp?classid=0&showname=%E6%8A%A5%E5%91%8A.pdf&filename=0a1b.pdf
    http://a.cn/site_0a/channel_0123456789abcdef01234567/doc_0123456789abcdef01234568.html
    http://127.0.0.1:8000/x
    http://[2001:db8::1]/x
    mailto:x@a.cn
    data:text/plain,//x;jsessionid=1
";

fn canonical(text: &str) -> String {
    text.parse::<CanonicalUrl>().unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

#[test]
fn addresses_that_are_one() {
    for block in SAME.trim().split("\n\n") {
        let addresses: Vec<&str> = block.lines().map(str::trim).collect();
        for address in &addresses {
            assert_eq!(canonical(address), addresses[0], "{address}");
        }
    }
}

#[test]
fn addresses_that_stay_as_they_are() {
    for address in KEPT.lines().map(str::trim).filter(|address| !address.is_empty()) {
        assert_eq!(canonical(address), address);
    }
}

#[test]
fn documents_keep_their_identity() {
    // Stored by earlier versions: another hash here would double every document.
    let of = |text: &str| DocumentId::of(&text.parse().unwrap()).as_str().to_owned();
    assert_eq!(of("http://www.a.gov.cn/zwgk/fdzdgknr/t20240102_123.html"), "89094e939f792b4309ac187e6678deb7");
    assert_eq!(of("https://a.gov.cn/x/list.jsp?b=2&a=%E6%B3%95#top"), "143db4bbfce058875f88073988112645");
}

proptest! {
    #[test]
    fn the_canonical_form_is_its_own(rest in r"([/a-z.%;?&=:_()#2eEsS法]|;jsessionid=|_wap\.html|mpost_1\.html|%2|//|sid=|utm_a=|/\.\./){0,24}") {
        let Ok(url) = Url::parse(&format!("http://a.cn/{rest}")) else { return Ok(()) };
        let once = CanonicalUrl::from_url(&url);
        prop_assert_eq!(canonical(once.as_str()), once.as_str());
    }

    #[test]
    fn any_address_has_a_form(text in r"[a-z]{1,5}:\PC{0,30}") {
        if let Ok(once) = text.parse::<CanonicalUrl>() {
            prop_assert!(once.as_str().contains(':'));
        }
    }
}
