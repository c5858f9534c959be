//! JSON as portals answer it: wrapped in a call, with raw line breaks inside strings, cut, or an error with status 200.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:/\*\*/)?\s*[A-Za-z_$][0-9A-Za-z_.$]{0,80}\s*\(\s*").expect("the pattern is fixed")
});

/// More values than a page of a list has; beyond, reading them costs more memory than a page may.
const MOST_VALUES: usize = 400_000;

/// The damage of an answer that ends too early.
pub(super) const CUT: &str = "the JSON is cut: only its complete records were read";
/// The damage of an answer that is no list.
pub(super) const BROKEN: &str = "the JSON cannot be read";
/// The damage of an answer that is an error, whatever its status.
pub(super) const REFUSED: &str = "the answer is an error message";

/// How JSON is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    Bare,
    /// The argument of a call (JSONP).
    Call,
}

/// An answer, as far as it can be read.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) value: Value,
    pub(super) damage: Option<&'static str>,
}

/// Where JSON begins in a text that is JSON.
pub(super) fn body(text: &str) -> Option<(Wrapping, &str)> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let (wrapping, body) = match CALLED.find(text) {
        Some(call) => (Wrapping::Call, &text[call.end()..]),
        None => (Wrapping::Bare, text),
    };
    let mut inner = body.get(1..).unwrap_or_default().trim_start().chars();
    let fits = match (body.chars().next()?, inner.next()) {
        ('{', first) => matches!(first, None | Some('"' | '}')),
        ('[', first) => matches!(first, None | Some('{' | '[' | ']')),
        _ => false,
    };
    fits.then_some((wrapping, body))
}

/// Reads the JSON of a text; `None` if the text is none.
pub(super) fn read(text: &str) -> Option<Answer> {
    let (_, body) = body(text)?;
    if body.bytes().filter(|byte| *byte == b',').count() > MOST_VALUES {
        return Some(Answer { value: Value::Null, damage: Some(BROKEN) });
    }
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        let damage = is_error(&value).then_some(REFUSED);
        return Some(Answer { value, damage });
    }
    let mended = mend(body);
    let damage = mended.cut.then_some(CUT);
    Some(match serde_json::from_str::<Value>(&mended.text) {
        Ok(value) => Answer { damage: damage.or_else(|| is_error(&value).then_some(REFUSED)), value },
        Err(_) => Answer { value: Value::Null, damage: damage.or(Some(BROKEN)) },
    })
}

/// Whether the answer says that there is none.
fn is_error(value: &Value) -> bool {
    let Value::Object(answer) = value else { return false };
    let says = |key: &str, told: bool| answer.get(key).and_then(Value::as_bool) == Some(told);
    says("success", false)
        || says("error", true)
        || (answer.get("data") == Some(&Value::Null)
            && answer.get("code").and_then(count).is_some_and(|code| code > 200))
        || ["errcode", "errorCode"].iter().any(|key| answer.get(*key).and_then(Value::as_i64).is_some_and(|n| n != 0))
}

/// The text of a value; nothing for an empty one and for a `null` that was printed.
pub(super) fn stated(value: &Value) -> Option<&str> {
    let text = value.as_str()?.trim();
    (!text.is_empty() && !matches!(text, "null" | "undefined" | "None")).then_some(text)
}

/// A count, written as a number or as a text.
pub(super) fn count(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

struct Mended {
    text: String,
    cut: bool,
}

/// An array or object that has begun.
struct Open {
    bracket: char,
    /// Length of the output after the bracket.
    start: usize,
    /// Length of the output after the last complete object or array in it.
    complete: Option<usize>,
}

/// The first JSON value of a text with what commonly ails it put right: raw line breaks and unknown escapes in strings,
/// commas before a closing bracket, a missing end.
fn mend(body: &str) -> Mended {
    let mut out = String::with_capacity(body.len());
    let mut open: Vec<Open> = Vec::new();
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                if mend_string(&mut chars, &mut out) == StringEnd::Missing {
                    break;
                }
            }
            '{' | '[' => {
                out.push(c);
                open.push(Open { bracket: c, start: out.len(), complete: None });
            }
            '}' | ']' => {
                if out.ends_with(',') {
                    out.pop();
                }
                out.push(c);
                open.pop();
                match open.last_mut() {
                    None => return Mended { text: out, cut: false },
                    Some(around) => around.complete = Some(out.len()),
                }
            }
            _ if c.is_whitespace() || c.is_control() => {}
            _ => out.push(c),
        }
    }
    close(&mut out, &open);
    Mended { text: out, cut: true }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StringEnd {
    Found,
    Missing,
}

/// Copies a string whose opening quote has been read; ends it where the text ends.
fn mend_string(chars: &mut std::str::Chars<'_>, out: &mut String) -> StringEnd {
    out.push('"');
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push('"');
                return StringEnd::Found;
            }
            '\\' => mend_escape(chars, out),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if c.is_control() => out.push(' '),
            _ => out.push(c),
        }
    }
    out.push('"');
    StringEnd::Missing
}

fn mend_escape(chars: &mut std::str::Chars<'_>, out: &mut String) {
    let Some(escaped) = chars.next() else { return };
    let hex = || chars.as_str().bytes().take(4).filter(u8::is_ascii_hexdigit).count() == 4;
    match escaped {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => out.extend(['\\', escaped]),
        'u' if hex() => out.push_str("\\u"),
        _ if escaped.is_control() => out.push(' '),
        _ => out.push(escaped),
    }
}

/// Ends a text that is cut after the last complete record of the array it is cut in, so that no half record is read.
fn close(out: &mut String, open: &[Open]) {
    let array = open.iter().position(|open| open.bracket == '[');
    if let Some(index) = array {
        out.truncate(open[index].complete.unwrap_or(open[index].start));
    }
    let around = array.map_or(open, |index| &open[..=index]);
    out.extend(around.iter().rev().map(|open| if open.bracket == '[' { ']' } else { '}' }));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, value: &Value, damage: Option<&str>) {
        let answer = read(text).unwrap();
        assert_eq!((&answer.value, answer.damage), (value, damage), "{text}");
    }

    #[test]
    fn what_ails_answers_is_put_right() {
        check("\u{feff} {\"a\":[1,2]}", &json!({"a": [1, 2]}), None);
        check("/**/ cb.x1({\"a\": 1});", &json!({"a": 1}), None);
        check("{\"a\":\"x\ny\tz\\'\",}", &json!({"a": "x\ny\tz'"}), None);
        check("[{\"a\":1},]", &json!([{"a": 1}]), None);
        check("{\"a\":\"\\u4e2d\\uzz\"}", &json!({"a": "中uzz"}), None);
        check("{\"a\" 1}", &Value::Null, Some(BROKEN));
        check("{\"code\":500,\"data\":null}", &json!({"code": 500, "data": null}), Some(REFUSED));
        check("{\"success\":false,\"data\":null}", &json!({"success": false, "data": null}), Some(REFUSED));
        assert_eq!(read("<html>{\"a\":1}"), None);
        assert_eq!(read("if (a) { b }"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn half_a_record_is_none() {
        let text = r#"{"n":{"list":[{"t":"一","m":[{"k":1}]},{"t":"二","m":[{"k":1},{"k":2}],"u":"x"}]}}"#;
        for end in (15..text.len() - 3).filter(|end| text.is_char_boundary(*end)) {
            let answer = read(&text[..end]).unwrap();
            assert_eq!(answer.damage, Some(CUT), "{}", &text[..end]);
            let records = answer.value["n"]["list"].as_array().map_or(0, Vec::len);
            let expected = [text.find(",{\"t\":\"二").unwrap(), text.len() - 3].iter().filter(|at| end >= **at).count();
            assert_eq!(records, expected, "{}", &text[..end]);
        }
    }
}
