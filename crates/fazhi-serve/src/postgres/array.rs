//! Arrays as text (PostgreSQL's manual, 8.15.6): `{a,"b, c",NULL}`.

use std::iter::Peekable;
use std::str::Chars;

use arrow::array::{ListArray, ListBuilder, StringBuilder};

/// Gives each item of an array of one dimension, in order; those that are null are none. Nothing if the text is no such array.
pub fn each(text: &str, mut give: impl FnMut(Option<&str>)) -> Option<()> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut characters = inner.chars().peekable();
    skip_space(&mut characters);
    if characters.peek().is_none() {
        return Some(());
    }
    let mut item = String::new();
    loop {
        item.clear();
        skip_space(&mut characters);
        let is_quoted = characters.next_if_eq(&'"').is_some();
        let read = if is_quoted { quoted(&mut characters, &mut item) } else { plain(&mut characters, &mut item) };
        read?;
        give(Some(item.as_str()).filter(|item| is_quoted || !item.eq_ignore_ascii_case("null")));
        skip_space(&mut characters);
        match characters.next() {
            Some(',') => {}
            None => return Some(()),
            Some(_) => return None,
        }
    }
}

/// The texts of an array as a list; nothing if the text is no such array.
pub fn list(text: &str) -> Option<ListArray> {
    let mut lists = ListBuilder::new(StringBuilder::new());
    each(text, |item| lists.values().append_option(item))?;
    lists.append(true);
    Some(lists.finish())
}

fn skip_space(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(char::is_ascii_whitespace).is_some() {}
}

/// What is in quotes is a value, also if it is empty or `NULL`.
fn quoted(characters: &mut Peekable<Chars<'_>>, item: &mut String) -> Option<()> {
    loop {
        match characters.next()? {
            '"' => return Some(()),
            '\\' => item.push(characters.next()?),
            character => item.push(character),
        }
    }
}

/// What is in no quotes ends at a comma, and is not empty.
fn plain(characters: &mut Peekable<Chars<'_>>, item: &mut String) -> Option<()> {
    // How much of the item has to stay: a space at its end goes, unless a backslash stands before it.
    let mut kept = 0;
    while let Some(character) = characters.next_if(|character| *character != ',') {
        match character {
            '{' | '}' | '"' => return None,
            '\\' => item.push(characters.next()?),
            character => item.push(character),
        }
        if character == '\\' || !character.is_ascii_whitespace() {
            kept = item.len();
        }
    }
    item.truncate(kept);
    (!item.is_empty()).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, proptest};
    use proptest::{collection, option};

    use super::each;

    fn items(text: &str) -> Option<Vec<Option<String>>> {
        let mut items = Vec::new();
        each(text, |item| items.push(item.map(str::to_owned)))?;
        Some(items)
    }

    #[test]
    fn arrays_are_read_as_postgresql_reads_them() {
        let some = |items: &[&str]| Some(items.iter().map(|item| Some((*item).to_owned())).collect::<Vec<_>>());
        for (text, expected) in [
            ("{}", some(&[])),
            (" { } ", some(&[])),
            ("{r,\"v\", m }", some(&["r", "v", "m"])),
            ("{甲,\"乙,丙\",\"a\\\"b\",\"\",\"NULL\"}", some(&["甲", "乙,丙", "a\"b", "", "NULL"])),
            ("{a b\\ }", some(&["a b "])),
            ("{null,NULL}", Some(vec![None, None])),
            ("", None),
            ("{a,}", None),
            ("{,}", None),
            ("{\"a}", None),
            ("{\"a\"b}", None),
            ("{{a},{b}}", None),
            ("{a", None),
            ("a}", None),
        ] {
            assert_eq!(items(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(list in collection::vec(option::of(".{0,8}".prop_map(String::from)), 0..6)) {
            let written = list.iter().map(|item| match item {
                Some(item) => format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")),
                None => "NULL".to_owned(),
            });
            let text = format!("{{{}}}", written.collect::<Vec<_>>().join(","));
            assert_eq!(items(&text), Some(list));
        }

        #[test]
        fn no_text_does_harm(text in "[{},\"\\\\ a-c甲]{0,20}") {
            let _ = items(&text);
        }
    }
}
