//! Faults that stand in the place of a page: challenges, firewalls, and "not found" under success.

use super::pages::missing;
use super::redirect::NOT_FOUND;
use super::request::Asked;
use super::script::Script;
use super::{Fault, pages};
use crate::faults;

/// What is sent, for faults of this kind.
pub fn script(fault: Fault, _: &Asked<'_>) -> Option<Script> {
    Some(match fault {
        Fault::River412 => river(412),
        Fault::River202 => river(202),
        Fault::Jiasule521 => {
            let cookie =
                ("Set-Cookie", "__jsluid_h=0f1e2d3c4b5a69788796a5b4c3d2e1f0; max-age=31536000; path=/; HttpOnly");
            Script::html(521, &[cookie], JIASULE)
        }
        Fault::Wzws200 => Script::html(200, &[("Set-Cookie", "wzws_sessionid=gDEyNy4wLjAuMYA=; path=/")], WZWS),
        Fault::Wzws491 => Script::answer(491, &[("wzws-ray", "1-2-3")], ""),
        Fault::Yunsuo200 => {
            Script::html(200, &[("Set-Cookie", "yunsuo_session_verify=5d41402abc4b2a76; path=/; HttpOnly")], YUNSUO)
        }
        Fault::Firewall418 => Script::html(418, &[], &firewall("您的请求疑似攻击行为", "事件ID：7a-10-3f")),
        Fault::Firewall200 => Script::html(200, &[], &firewall("您当前的访问行为存在异常，请稍后重试", "")),
        Fault::Firewall403 => {
            Script::html(403, &[], &firewall("您的请求已被拦截", "如果您是网站管理员，请登录安全狗查看详情"))
        }
        Fault::Captcha => Script::html(200, &[], CAPTCHA),
        Fault::SoftNotFound => Script::html(200, &[], pages::missing()),
        Fault::SoftNotFoundScript => Script::html(200, &[], &to_not_found()),
        _ => return None,
    })
}

/// A script puzzle under this status.
pub fn river(status: u16) -> Script {
    Script::html(status, &[("Set-Cookie", faults::CHALLENGE_COOKIE)], faults::challenge())
}

/// "Not found" under 200.
pub fn not_found() -> Script {
    Script::html(200, &[], missing())
}

const JIASULE: &str = "<script>document.cookie=('_')+('_')+('j')+('s')+('l')+('=')+(1)+';max-age=3600;path=/';location.href=location.pathname+location.search</script>";

const WZWS: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body><noscript>请开启JavaScript并刷新该页.</noscript>\
    <script type=\"text/javascript\">var dynamicurl=\"/WZWSRELx3d=\";var wzwsquestion=\"k2uT\";var wzwsfactor=\"4253\";var wzwschallenge=\"RANDOMSTR\";</script></body></html>";

const YUNSUO: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><script type=\"text/javascript\">\
    function stringToHex(s){var v=\"\";for(var i=0;i<s.length;i++)v+=s.charCodeAt(i).toString(16);return v;}\
    function YunSuoAutoJump(){var size=screen.width+\",\"+screen.height;self.location=\"/?security_verify_data=\"+stringToHex(size);}</script>\
    <script>setTimeout(\"YunSuoAutoJump()\",50);</script></head><body></body></html>";

const CAPTCHA: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>安全验证</title></head>\
    <body><p>您的访问过于频繁，请输入验证码后继续访问</p><img src=\"/captcha.png\"><input name=\"code\"></body></html>";

fn firewall(words: &str, more: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>提示</title></head><body><h1>{words}</h1><p>{more}</p></body></html>"
    )
}

fn to_not_found() -> String {
    format!("<html><head><script>window.location.href='{NOT_FOUND}'</script></head><body></body></html>")
}
