//! Templates with typed placeholders: text and truth are rendered from the same data.

use crate::dice::Dice;
use crate::facts::{Values, fact};
use crate::number::{Mark, Numerals, Scale, Writing, plain, write, write_range};
use crate::truth::{TruthIndicator, TruthQuantity};
use crate::words::Words;

/// A stretch of text with the amounts and facts it states, in reading order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// The text.
    pub text: String,
    /// Every amount.
    pub quantities: Vec<TruthQuantity>,
    /// Every fact.
    pub indicators: Vec<TruthIndicator>,
}

impl Passage {
    /// Appends another passage.
    pub fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.quantities.extend(other.quantities);
        self.indicators.extend(other.indicators);
    }
}

/// What a template is filled with.
#[derive(Debug)]
pub struct Filling<'a> {
    /// Words for the named slots.
    pub words: &'a Words,
    /// Values of the facts.
    pub values: &'a Values,
    /// Digits that the body uses.
    pub numerals: Numerals,
    /// Choices that the template leaves open.
    pub dice: &'a mut Dice,
}

/// Ids of all facts that a phrase of the block `owner` states.
pub fn stated<'a>(template: &'a str, owner: &'a str) -> Vec<&'a str> {
    placeholders(template)
        .filter_map(|placeholder| match placeholder.split(' ').next() {
            Some("v") => Some(owner),
            Some(id) if fact(id).is_some() => Some(id),
            _ => None,
        })
        .collect()
}

fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(inner, _)| inner))
}

/// Fills a template. `owner` is the fact that `{v …}` stands for.
///
/// The templates are our own and built in; a placeholder that means nothing stays visible in the text, which the tests
/// of this crate refuse.
pub fn render(template: &str, owner: &str, filling: &mut Filling<'_>) -> Passage {
    let mut passage = Passage::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        passage.text.push_str(before);
        let (inner, tail) = after.split_once('}').unwrap_or((after, ""));
        place(inner, owner, filling, &mut passage);
        rest = tail;
    }
    passage.text.push_str(rest);
    passage
}

fn place(inner: &str, owner: &str, filling: &mut Filling<'_>, passage: &mut Passage) {
    if let Some(word) = filling.words.of(inner) {
        passage.text.push_str(&word);
        return;
    }
    let (source, flags) = inner.split_once(' ').unwrap_or((inner, ""));
    let id = if source == "v" { owner } else { source };
    if let Some(fact) = fact(id) {
        let quantity = write(filling.values.of(id), &writing(flags, filling));
        let period = if flags.contains("asof") { "as_of" } else { "annual" };
        passage.indicators.push(indicator(id, fact.unit, period, &quantity));
        push(passage, quantity);
    } else {
        place_other(source, flags, filling, passage);
    }
}

fn place_other(source: &str, flags: &str, filling: &mut Filling<'_>, passage: &mut Passage) {
    let (name, bounds) = source.split_once(':').unwrap_or((source, "0-0"));
    let (low, high) = bounds.split_once('-').unwrap_or((bounds, bounds));
    let (low, high): (i64, i64) = (low.parse().unwrap_or(1), high.parse().unwrap_or(1));
    match name {
        "yoy" => growth(filling, passage),
        "pp" => points(filling, passage),
        "part" => {
            let whole: i64 = passage.quantities.last().and_then(|q| q.value.parse().ok()).unwrap_or(10);
            let part = (whole * filling.dice.between(20, 60) / 100).max(1);
            push(passage, write(part * 100, &writing(flags, filling)));
        }
        "n" => {
            let drawn = filling.dice.between(low, high);
            let drawn = if flags.starts_with('元') { drawn / 1000 * 1000 } else { drawn };
            push(passage, write(drawn * 100, &writing(flags, filling)));
        }
        "range" => push(passage, write_range(low, high, flags, filling.numerals)),
        _ => passage.text.extend(["{", source, " ", flags, "}"]),
    }
}

fn push(passage: &mut Passage, quantity: TruthQuantity) {
    passage.text.push_str(&quantity.text);
    passage.quantities.push(quantity);
}

fn growth(filling: &mut Filling<'_>, passage: &mut Passage) {
    // Tenths of a per cent; two of seven fall.
    let change = filling.dice.between(11, 386) * 10;
    let (verb, sign) = *filling.dice.pick(&[
        ("增长", 1),
        ("增长", 1),
        ("上升", 1),
        ("增加", 1),
        ("增长", 1),
        ("下降", -1),
        ("减少", -1),
    ]);
    if let Some(last) = passage.indicators.last_mut() {
        last.yoy_pct = Some(plain(change * sign));
    }
    passage.text.push_str(verb);
    let rate = write(change, &writing("%", filling));
    if sign > 0 && passage.indicators.last().is_some_and(|last| last.id == GROWING) {
        passage.indicators.push(indicator("mediation_yoy", "%", "annual", &rate));
    }
    push(passage, rate);
}

/// The one count whose growth is an indicator of its own.
const GROWING: &str = "mediation_cases";

fn points(filling: &mut Filling<'_>, passage: &mut Passage) {
    let change = filling.dice.between(1, 38) * 10;
    let falls = passage.indicators.last().is_some_and(|last| last.id == "litigation_lost_rate");
    let (verb, sign) = if falls { ("下降", -1) } else { ("提高", 1) };
    if let Some(last) = passage.indicators.last_mut() {
        last.yoy_pp = Some(plain(change * sign));
    }
    passage.text.push_str(verb);
    push(passage, write(change, &writing("个百分点", filling)));
}

fn indicator(id: &str, unit: &str, period: &str, quantity: &TruthQuantity) -> TruthIndicator {
    TruthIndicator {
        id: id.to_owned(),
        value: quantity.value.clone(),
        max: quantity.max.clone(),
        unit: unit.to_owned(),
        precision: quantity.precision.clone(),
        period: period.to_owned(),
        yoy_pct: None,
        yoy_pp: None,
        text: quantity.text.clone(),
    }
}

fn writing(flags: &str, filling: &mut Filling<'_>) -> Writing {
    let mut words = flags.split(' ');
    let unit = words.next().unwrap_or_default().to_owned();
    let mut writing = Writing { unit, scale: Scale::One, mark: None, numerals: filling.numerals };
    for flag in words {
        match flag {
            "万" => writing.scale = Scale::TenThousand,
            "亿" => writing.scale = Scale::HundredMillion,
            "han" => writing.numerals = Numerals::Han,
            "approx" => {
                let mark: &&str = filling.dice.pick(&["余", "多", "近", "约", "余", "余"]);
                writing.mark = Mark::parse(mark);
            }
            flag => writing.mark = Mark::parse(flag).or(writing.mark),
        }
    }
    writing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{PHRASES, SENTENCES};
    use crate::facts::Size;

    fn words() -> Words {
        Words {
            tier: "县", own: "县", above: "市", issuer: "甲县人民政府".into(), place: "甲县".into(), year: 2021
        }
    }

    fn rendered(template: &str, owner: &str, seed: usize) -> Passage {
        let mut dice = Dice::new(&format!("{template} {seed}"));
        let values = Values::draw(Size::County, &mut dice);
        render(
            template,
            owner,
            &mut Filling { words: &words(), values: &values, numerals: Numerals::Half, dice: &mut dice },
        )
    }

    #[track_caller]
    fn check_in_order(passage: &Passage) {
        let mut rest = passage.text.as_str();
        for quantity in &passage.quantities {
            let at = rest.find(&quantity.text).unwrap_or_else(|| panic!("{} not in {rest}", quantity.text));
            rest = &rest[at + quantity.text.len()..];
        }
    }

    #[test]
    fn every_phrase_renders_and_states_its_fact() {
        for (id, phrases) in PHRASES.iter() {
            for phrase in phrases {
                for seed in 0..20 {
                    let passage = rendered(phrase, id, seed);
                    assert!(!passage.text.contains(['{', '}']), "{}", passage.text);
                    check_in_order(&passage);
                    // The growth of mediation is a fact that no placeholder names.
                    let ids = passage.indicators.iter().map(|i| i.id.as_str());
                    let stated_ids: Vec<_> = ids.filter(|id| *id != "mediation_yoy").collect();
                    assert_eq!(stated_ids, stated(phrase, id));
                    assert!(stated_ids.contains(id), "{phrase}");
                }
            }
        }
    }

    #[test]
    fn stocks_and_running_totals_are_marked_where_the_words_say_so() {
        let says_so = |phrase: &str| ["累计", "截至", "目前", "现有"].iter().any(|word| phrase.contains(word));
        for phrase in PHRASES.values().flatten() {
            assert_eq!(phrase.contains("asof"), says_so(phrase), "{phrase}");
        }
    }

    #[test]
    fn sentences_without_placeholders_for_amounts_hold_none() {
        for (block, sentences) in SENTENCES.iter() {
            for sentence in sentences {
                let passage = rendered(sentence, "", 1);
                assert!(!passage.text.contains(['{', '}']), "{}", passage.text);
                assert!(passage.indicators.is_empty());
                assert_eq!(!passage.quantities.is_empty(), block.ends_with("-numbers"), "{sentence}");
                check_in_order(&passage);
            }
        }
    }

    #[test]
    fn growth_belongs_to_the_fact_before_it() {
        let passage = rendered("收到申请{v 件}，同比{yoy}", "reconsider_received", 3);
        let fact = &passage.indicators[0];
        let rate = &passage.quantities[1];
        assert_eq!(fact.yoy_pct.as_deref().map(|growth| growth.trim_start_matches('-')), Some(&*rate.value));
        assert_eq!(passage.text, format!("收到申请{}，同比{}{}", fact.text, verb(fact), rate.text));
    }

    fn verb(fact: &TruthIndicator) -> String {
        let falls = fact.yoy_pct.as_deref().is_some_and(|growth| growth.starts_with('-'));
        let verbs = if falls { ["下降", "减少", "下降"] } else { ["增长", "上升", "增加"] };
        let passage = rendered("收到申请{v 件}，同比{yoy}", "reconsider_received", 3);
        verbs.into_iter().find(|verb| passage.text.contains(verb)).unwrap().to_owned()
    }
}
