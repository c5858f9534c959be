//! What a catalogue must fulfil beyond its form, so that every entry can find facts and no two say different things.

use std::collections::HashMap;

use super::merge::{Draft, DraftTopic};
use super::phrase::phrase;
use super::source::{At, Fault, nearest};
use super::{Entry, IndicatorKind, Terms};
use crate::quantity::is_unit;

/// The topic of each word that names one.
pub(super) fn topics(topics: &[DraftTopic], terms: &mut Terms) -> Result<HashMap<usize, usize>, Fault> {
    let mut topic_of = HashMap::new();
    for (number, topic) in topics.iter().enumerate() {
        for At { value, place } in &topic.words {
            for word in value.split('|') {
                if word.trim().is_empty() {
                    let hint = "there is one word on each side of a `|`";
                    return Err(Fault::new(*place, format!("topic `{}` has an empty word", topic.name), hint));
                }
                let other = topic_of.insert(terms.id(word), number).unwrap_or(number);
                if other != number {
                    let what = format!("`{word}` names the topics `{}` and `{}`", topics[other].name, topic.name);
                    return Err(Fault::new(*place, what, "remove it from one of them: a word names one topic"));
                }
            }
        }
    }
    Ok(topic_of)
}

/// Every whole is there, and nothing is a part of itself.
pub(super) fn wholes(entries: &[Draft]) -> Result<(), Fault> {
    let find = |id: &str| entries.iter().find(|entry| entry.id.value == id);
    let parts = || entries.iter().filter_map(|entry| Some((entry, entry.part_of.as_ref()?)));
    if let Some((part, whole)) = parts().find(|(_, whole)| find(&whole.value).is_none()) {
        return Err(unknown_whole(part, whole, entries));
    }
    for (part, whole) in parts() {
        // Up to the topmost whole, or around a circle that may also lie above the part.
        let above = std::iter::successors(Some(whole), |whole| find(&whole.value)?.part_of.as_ref());
        let above: Vec<&str> = above.take(entries.len()).map(|whole| whole.value.as_str()).collect();
        if let Some(again) = above.iter().position(|id| *id == part.id.value) {
            let path = format!("{} → {}", part.id.value, above[..=again].join(" → "));
            let what = format!("`{}` is part of itself: {path}", part.id.value);
            return Err(Fault::new(whole.place, what, "remove one of these `part_of`"));
        }
    }
    Ok(())
}

fn unknown_whole(entry: &Draft, whole: &At<String>, entries: &[Draft]) -> Fault {
    let hint = match nearest(&whole.value, entries.iter().map(|entry| entry.id.value.as_str())) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "name the id of an indicator, or remove `part_of`".to_owned(),
    };
    Fault::new(whole.place, format!("`{}` is part of `{}`, which is no indicator", entry.id.value, whole.value), hint)
}

/// One entry with its phrases.
pub(super) fn entry(draft: Draft, terms: &mut Terms, topics: &[&str]) -> Result<Entry, Fault> {
    id(&draft.id)?;
    names(&draft)?;
    units(&draft)?;
    kind(&draft)?;
    if draft.phrases.is_empty() {
        let hint = "add `[indicator.phrases]` with a line such as `a = \"受理|立案\"`";
        return Err(Fault::new(draft.id.place, format!("`{}` has no phrase", draft.id.value), hint));
    }
    let accepted_units = values(draft.accepted_units);
    let mut phrases = Vec::with_capacity(draft.phrases.len());
    for (name, written) in &draft.phrases {
        let mut phrase = phrase(written, terms, topics)?;
        if let Some(unit) = phrase.units.iter().find(|unit| !accepted_units.contains(unit)) {
            let what = format!("unit `{unit}` is not accepted by `{}`", draft.id.value);
            return Err(Fault::new(written.place, what, format!("add `{unit}` to `accepted_units`")));
        }
        phrase.rule = format!("{}.{name}", draft.id.value);
        phrases.push(phrase);
    }
    Ok(Entry {
        id: draft.id.value,
        name_zh: draft.name_zh.value,
        name_en: draft.name_en.value,
        unit: draft.unit.value,
        accepted_units,
        kept_units: values(draft.kept_units),
        area: draft.area,
        kind: draft.kind,
        description: draft.description.value,
        part_of: draft.part_of.map(|whole| whole.value),
        tally: draft.tally,
        phrases,
    })
}

fn values(list: Vec<At<String>>) -> Vec<String> {
    list.into_iter().map(|at| at.value).collect()
}

/// Identifiers are column values and parts of rules: `fines_amount`.
fn id(id: &At<String>) -> Result<(), Fault> {
    let is_snake_case = id.value.starts_with(|c: char| c.is_ascii_lowercase())
        && id.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_snake_case {
        return Ok(());
    }
    let hint = "an id is lower-case letters, digits and `_`, and begins with a letter: `fines_amount`";
    Err(Fault::new(id.place, format!("`{}` is no id", id.value), hint))
}

fn names(draft: &Draft) -> Result<(), Fault> {
    let texts = [("name_zh", &draft.name_zh), ("name_en", &draft.name_en), ("description", &draft.description)];
    match texts.into_iter().find(|(_, text)| text.value.trim().is_empty()) {
        None => Ok(()),
        Some((key, text)) => {
            let hint = "name it for those who read `indicator_catalog`";
            Err(Fault::new(text.place, format!("`{key}` of `{}` is empty", draft.id.value), hint))
        }
    }
}

fn units(draft: &Draft) -> Result<(), Fault> {
    let written = draft.accepted_units.iter().chain(&draft.kept_units).chain([&draft.unit]);
    if let Some(unit) = written.into_iter().find(|unit| !is_unit(&unit.value)) {
        let hint =
            "no amount is ever read in it; use a counter as it is written, such as `件`, `个`, `次`, or `%`, `元`";
        return Err(Fault::new(unit.place, format!("unit `{}` is not known", unit.value), hint));
    }
    let accepted = |unit: &At<String>| draft.accepted_units.iter().any(|other| other.value == unit.value);
    if let Some(unit) = [&draft.unit].into_iter().chain(&draft.kept_units).find(|unit| !accepted(unit)) {
        let what = format!("unit `{}` is not among the accepted units of `{}`", unit.value, draft.id.value);
        return Err(Fault::new(unit.place, what, format!("add `{}` to `accepted_units`", unit.value)));
    }
    Ok(())
}

/// Rates and growth are in per cent, amounts in 元, and nothing else is.
fn kind(draft: &Draft) -> Result<(), Fault> {
    let (kind, unit) = (draft.kind, draft.unit.value.as_str());
    let wanted = match kind {
        IndicatorKind::Rate | IndicatorKind::Yoy => Some("%"),
        IndicatorKind::Amount => Some("元"),
        IndicatorKind::Count => None,
    };
    let hint = match wanted {
        Some(wanted) if wanted != unit => format!("write `unit = \"{wanted}\"`, or `kind = \"count\"`"),
        None if unit == "%" => "write `kind = \"rate\"`, or `kind = \"yoy\"` for growth".to_owned(),
        None if unit == "元" => "write `kind = \"amount\"`".to_owned(),
        _ => return Ok(()),
    };
    let what = format!("`{}` is of kind `{}`, but its unit is `{unit}`", draft.id.value, kind.as_str());
    Err(Fault::new(draft.unit.place, what, hint))
}
