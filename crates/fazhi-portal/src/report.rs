//! Composes an annual report.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::article::{Article, Block};
use crate::corpus::{HEADINGS, PHRASES, SENTENCES, lines};
use crate::date::{day, write_date};
use crate::dice::Dice;
use crate::facts::{Values, chosen, fact};
use crate::government::{Family, Government, HeaderLayout, Headings};
use crate::header::{document_number, metadata};
use crate::phrase::{Filling, Passage, render, stated};
use crate::truth::{TruthKind, TruthSection};
use crate::words::Words;

/// Counts how often each fact was told, so that all its phrases get their turn.
pub type Turns = BTreeMap<&'static str, usize>;

/// The report of a government about a year. `serial` numbers the articles of the site.
pub fn report(government: &Government, year: i32, serial: u32, turns: &mut Turns) -> Article {
    let mut dice = Dice::new(&format!("report {} {year}", government.slug));
    let published = publication(government, year, serial);
    let signed = signed_on(government, year, published);
    let words = government.words.in_year(year);
    let (title, issuer) = title(government, &words);
    let number = (government.ordinal != 5).then(|| document_number(government, year + 1, serial));
    let mut metadata = metadata(government, published, serial, &mut dice);
    if government.habits.header != HeaderLayout::Byline {
        metadata.written = Some(signed.unwrap_or(published));
        if year % 3 == 0 {
            metadata.written = published.checked_sub_days(Days::new(1));
        }
    }
    metadata.document_number = number;
    let values = Values::draw(government.size, &mut dice);
    let told = tellings(government, turns, &mut dice);
    let extras =
        dice.shuffled(lines(&SENTENCES, "result-numbers")).into_iter().map(|sentence| (sentence, "")).collect();
    let (blocks, sections) = (Vec::new(), Vec::new());
    let mut body = Body { government, words, values, dice, blocks, sections, told: Passage::default(), extras };
    body.opening(metadata.document_number.as_ref());
    body.results(&told);
    body.problems();
    body.duty(&told);
    body.plans();
    let note =
        matches!(government.habits.header, HeaderLayout::TableTwo | HeaderLayout::List).then_some("（此件主动公开）");
    body.closing(signed, note);
    Article {
        kind: TruthKind::Report,
        family: None,
        title,
        report_year: Some(year),
        issuer: Some(issuer),
        metadata,
        signed,
        note,
        blocks: body.blocks,
        sections: body.sections,
        quantities: Some(body.told.quantities),
        indicators: body.told.indicators,
    }
}

/// The first quarter of the next year; each body has its own day.
fn publication(government: &Government, year: i32, serial: u32) -> NaiveDate {
    let own = u32::try_from(government.ordinal % 97).unwrap_or_default();
    day(year + 1, 1 + (serial / 4 + own) % 3, 8 + (serial * 7 + own * 5) % 20)
}

/// Most reports are signed days before they are published; some bear no date.
fn signed_on(government: &Government, year: i32, published: NaiveDate) -> Option<NaiveDate> {
    let bears_date = (government.ordinal + usize::try_from(year).unwrap_or_default()) % 5 != 4;
    let days = Days::new(u64::try_from(year % 4).unwrap_or_default() * 2);
    bears_date.then(|| published.checked_sub_days(days)).flatten()
}

/// The title, and the body it names.
fn title(government: &Government, words: &Words) -> (String, String) {
    let (name, place, year) = (&words.issuer, &words.place, words.year);
    let with_field = government.habits.header != HeaderLayout::Byline;
    let form = usize::try_from(year).unwrap_or_default() + government.ordinal;
    let title = match form % 6 {
        0 => format!("{name}{year}年法治政府建设工作报告"),
        1 => format!("{name}关于{year}年度法治政府建设情况的报告"),
        2 if with_field => format!("{place}{year}年法治政府建设年度报告"),
        2 => format!("{name}{year}年法治政府建设年度报告"),
        3 => format!("{name}{year}年度法治政府建设工作情况报告"),
        4 if with_field || government.ordinal == 5 => format!("{year}年法治政府建设情况报告"),
        4 => format!("{name}{year}年法治政府建设情况"),
        _ => format!("{name}{year}年法治政府建设年度情况报告"),
    };
    (title, name.clone())
}

/// Phrases to use, each under the area of the fact that it is a phrase of. No fact is told twice.
fn tellings(government: &Government, turns: &mut Turns, dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let ids = chosen(government.size, dice);
    let mut told: Vec<&str> = Vec::new();
    let mut phrases = Vec::new();
    for id in ids {
        if told.contains(&id) {
            continue;
        }
        let ways = lines(&PHRASES, id);
        let turn = turns.entry(id).or_default();
        let open = (0..ways.len()).map(|step| ways[(*turn + step) % ways.len()]);
        let free = |phrase: &&str| stated(phrase, id).iter().all(|stated| !told.contains(stated));
        if let Some(phrase) = open.into_iter().find(free) {
            told.extend(stated(phrase, id));
            phrases.push((id, phrase));
        }
        *turn += 1;
    }
    phrases
}

const AREAS: [&str; 10] = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10"];
const FIRST: [&str; 4] = ["一", "二", "三", "四"];
const SECOND: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

/// A report in the making.
struct Body<'a> {
    government: &'a Government,
    words: Words,
    values: Values,
    dice: Dice,
    blocks: Vec<Block>,
    sections: Vec<TruthSection>,
    told: Passage,
    /// Sentences with amounts that are no facts; each is told once at most.
    extras: Vec<(&'static str, &'static str)>,
}

impl Body<'_> {
    fn opening(&mut self, number: Option<&(String, String)>) {
        // Without a header block the number stands on a line of its own.
        if let Some((written, _)) = number.filter(|_| self.government.habits.header == HeaderLayout::Byline) {
            self.blocks.push(Block::Centered(written.clone()));
        }
        if self.government.ordinal.is_multiple_of(3) {
            let address = self.pick("address");
            let address = self.fill(address, "");
            self.blocks.push(Block::Paragraph(address.text));
        }
        let intro = self.sentences("intro", 2);
        self.paragraph("", &intro, "。现将有关情况报告如下：");
    }

    fn results(&mut self, told: &[(&'static str, &'static str)]) {
        self.heading(0, "result", "result");
        let in_duty = self.facts_in_duty();
        let areas: Vec<_> = AREAS
            .into_iter()
            .filter(|area| *area == "A10" || told.iter().any(|(id, _)| area_of(id) == *area && !in_duty.contains(id)))
            .collect();
        for (place, area) in areas.into_iter().enumerate() {
            let phrases: Vec<_> =
                told.iter().filter(|(id, _)| area_of(id) == area && !in_duty.contains(id)).copied().collect();
            let lead = self.subheading(place, area);
            let texts = self.mixed(area, &phrases);
            self.paragraph_of(&lead, texts);
        }
    }

    /// In every second year the meetings are told where the heads give account of themselves.
    fn facts_in_duty(&self) -> &'static [&'static str] {
        if self.words.year % 2 == 0 { &["rol_meetings", "pre_meeting_study"] } else { &[] }
    }

    fn problems(&mut self) {
        self.heading(1, "problem", "problem");
        let mut sentences = self.sentences("problem", 4);
        let cause = self.sentences("problem-cause", 1);
        for (sentence, mark) in sentences.iter_mut().zip(["一是", "二是", "三是", "四是"]) {
            sentence.1 = mark;
        }
        self.paragraph("", &sentences, "。");
        self.paragraph("", &cause, "。");
    }

    fn duty(&mut self, told: &[(&'static str, &'static str)]) {
        self.heading(2, "duty", "responsibility");
        let in_duty = self.facts_in_duty();
        let phrases: Vec<_> = told.iter().filter(|(id, _)| in_duty.contains(id)).copied().collect();
        let texts = self.mixed("duty", &phrases);
        self.paragraph_of("", texts);
    }

    fn plans(&mut self) {
        self.heading(3, "plan", "plan");
        let mut sentences = self.sentences("plan", 3);
        sentences.extend(self.sentences("plan-numbers", 2));
        self.paragraph("", &sentences, "。");
    }

    fn closing(&mut self, signed: Option<NaiveDate>, note: Option<&'static str>) {
        if self.government.ordinal.is_multiple_of(2) {
            let close = self.pick("close");
            self.blocks.push(Block::Paragraph(close.to_owned()));
        }
        if let Some(signed) = signed {
            self.blocks.push(Block::Right(self.government.name.clone()));
            self.blocks.push(Block::Right(write_date(signed, self.government.habits.signed)));
        }
        self.blocks.extend(note.map(|note| Block::Paragraph(note.to_owned())));
    }

    /// Facts between sentences without any, and now and then an amount that is no fact.
    fn mixed(&mut self, area: &str, phrases: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        let mut fillers = self.sentences(area, 3);
        if area == "A10" && self.government.family == Family::Vsb {
            fillers.extend(self.sentences("A10-rare", 1));
        }
        if self.dice.below(3) == 0 && area != "duty" {
            fillers.extend(self.extras.pop());
        }
        let mut fillers = fillers.into_iter().map(|(sentence, _)| ("", sentence));
        let mut texts: Vec<_> = fillers.next().into_iter().collect();
        for pair in phrases.chunks(2) {
            texts.extend(pair);
            texts.extend(fillers.next());
        }
        texts.extend(fillers);
        texts
    }

    fn heading(&mut self, place: usize, block: &str, role: &str) {
        let label = format!("{}、", FIRST[place]);
        let heading = *self.dice.pick(lines(&HEADINGS, block));
        let heading = self.fill(heading, "").text;
        self.blocks.push(Block::Heading(format!("{label}{heading}")));
        self.sections.push(TruthSection { level: 1, label, heading, role: role.to_owned(), area: None });
    }

    /// Adds a heading of the second level; what is returned stands at the start of its paragraph.
    fn subheading(&mut self, place: usize, area: &str) -> String {
        let label = match self.government.ordinal % 2 {
            0 => format!("（{}）", SECOND[place]),
            _ => format!("({})", SECOND[place]),
        };
        let heading = (*self.dice.pick(lines(&HEADINGS, area))).to_owned();
        let line = format!("{label}{heading}");
        let (role, area) = ("result".to_owned(), Some(area.to_owned()));
        self.sections.push(TruthSection { level: 2, label, heading, role, area });
        match self.government.habits.headings {
            Headings::RunIn => format!("{line}。"),
            Headings::OwnLine => {
                self.blocks.push(Block::Heading(line));
                String::new()
            }
        }
    }

    fn paragraph_of(&mut self, lead: &str, texts: Vec<(&'static str, &'static str)>) {
        let mut text = lead.to_owned();
        for (owner, template) in texts {
            text.push_str(&self.tell(template, owner));
            text.push('。');
        }
        self.blocks.push(Block::Paragraph(text));
    }

    fn paragraph(&mut self, lead: &str, sentences: &[(&'static str, &'static str)], end: &str) {
        let texts: Vec<_> =
            sentences.iter().map(|(sentence, mark)| format!("{mark}{}", self.tell(sentence, ""))).collect();
        let between = if sentences.iter().any(|(_, mark)| !mark.is_empty()) { "；" } else { "。" };
        self.blocks.push(Block::Paragraph(format!("{lead}{}{end}", texts.join(between))));
    }

    fn tell(&mut self, template: &str, owner: &str) -> String {
        let passage = self.fill(template, owner);
        let text = passage.text.clone();
        self.told.append(passage);
        text
    }

    fn fill(&mut self, template: &str, owner: &str) -> Passage {
        let numerals = self.government.habits.numerals;
        let (words, values, dice) = (&self.words, &self.values, &mut self.dice);
        render(template, owner, &mut Filling { words, values, numerals, dice })
    }

    fn pick(&mut self, block: &str) -> &'static str {
        let sentence: &&str = self.dice.pick(lines(&SENTENCES, block));
        sentence
    }

    /// Sentences of a block in a new order, each with an empty mark in front.
    fn sentences(&mut self, block: &str, count: usize) -> Vec<(&'static str, &'static str)> {
        self.dice.shuffled(lines(&SENTENCES, block)).into_iter().take(count).map(|sentence| (sentence, "")).collect()
    }
}

fn area_of(id: &str) -> &'static str {
    fact(id).map_or("", |fact| fact.area)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::province::government;

    fn all() -> Vec<Article> {
        let mut turns = Turns::new();
        let years = |ordinal| (2018..=2023).map(move |year| (ordinal, year));
        (0..8).flat_map(years).map(|(ordinal, year)| report(&government(ordinal), year, 7, &mut turns)).collect()
    }

    #[test]
    fn reports_are_of_usual_length_and_state_twenty_four_to_forty_two_facts() {
        for article in all() {
            let characters: usize = article.blocks.iter().map(|block| block.text().chars().count()).sum();
            assert!((1500..=4000).contains(&characters), "{characters} in {}", article.title);
            assert!((24..=42).contains(&article.indicators.len()), "{} in {}", article.indicators.len(), article.title);
        }
    }

    #[test]
    fn no_fact_is_told_twice_and_all_facts_are_told_somewhere() {
        let mut seen = BTreeSet::new();
        for article in all() {
            let ids: BTreeSet<_> = article.indicators.iter().map(|fact| fact.id.clone()).collect();
            assert_eq!(ids.len(), article.indicators.len(), "{}", article.title);
            seen.extend(ids);
        }
        // The growth of mediation is a fact beside the drawn ones.
        assert!(seen.remove("mediation_yoy"));
        assert_eq!(seen.len(), crate::facts::FACTS.len());
    }

    #[test]
    fn every_amount_stands_in_the_text_in_reading_order() {
        for article in all() {
            let text: String = article.blocks.iter().map(Block::text).collect();
            let mut rest = text.as_str();
            for quantity in article.quantities.iter().flatten() {
                let at = rest.find(&quantity.text).unwrap_or_else(|| panic!("{} in {rest}", quantity.text));
                rest = &rest[at + quantity.text.len()..];
            }
        }
    }

    #[test]
    fn headings_stand_in_the_text() {
        for article in all() {
            let text: String = article.blocks.iter().map(Block::text).collect();
            let roles: Vec<_> = article.sections.iter().filter(|s| s.level == 1).map(|s| s.role.as_str()).collect();
            assert_eq!(roles, ["result", "problem", "responsibility", "plan"]);
            for section in &article.sections {
                assert!(text.contains(&format!("{}{}", section.label, section.heading)), "{section:?}");
            }
        }
    }
}
