//! Other families of documents that stand in the same columns, and the template with placeholders.

use crate::article::{Article, Block, Metadata};
use crate::corpus::{DECOYS, lines};
use crate::date::day;
use crate::dice::Dice;
use crate::facts::Values;
use crate::government::{Government, HeaderLayout};
use crate::header::{document_number, metadata};
use crate::phrase::{Filling, render};
use crate::truth::TruthKind;

const FAMILIES: [&str; 6] = ["disclosure", "points", "interpretation", "meeting", "statistics", "review"];

/// The decoy number `place` (0, 1, 2 …) that was published in the year after `year`.
pub fn decoy(government: &Government, year: i32, place: usize, serial: u32) -> Article {
    let turn = usize::try_from(year).unwrap_or_default() * 3 + place;
    let family = FAMILIES[turn % FAMILIES.len()];
    let mut dice = Dice::new(&format!("decoy {} {year} {place}", government.slug));
    let published = day(year + 1, 1 + (serial * 5 + 1) % 12, 1 + serial * 11 % 28);
    let mut metadata = metadata(government, published, serial, &mut dice);
    if government.habits.header != HeaderLayout::Byline {
        metadata.written = Some(published);
        if family == "points" {
            metadata.document_number = Some(document_number(government, year + 1, serial));
        }
    }
    article(government, year + 1, (family, TruthKind::Other), metadata, &mut dice)
}

/// The model text, as document shops sell it. It bears no header whatever its site.
pub fn template(government: &Government) -> Article {
    let published = day(2023, 11, 6);
    let metadata = Metadata { published, source: Some("法治资料库".to_owned()), ..Metadata::default() };
    article(government, 2023, ("template", TruthKind::Template), metadata, &mut Dice::new("template"))
}

fn article(
    government: &Government,
    year: i32,
    (family, kind): (&str, TruthKind),
    metadata: Metadata,
    dice: &mut Dice,
) -> Article {
    let words = government.words.in_year(year);
    let values = Values::draw(government.size, dice);
    let numerals = government.habits.numerals;
    let title = *dice.pick(lines(&DECOYS, &format!("title {family}")));
    let mut fill = |line: &str| render(line, "", &mut Filling { words: &words, values: &values, numerals, dice }).text;
    let title = fill(title);
    let body = lines(&DECOYS, &format!("body {family}")).iter().map(|line| Block::Paragraph(fill(line))).collect();
    Article {
        kind,
        family: (kind == TruthKind::Other).then(|| family.to_owned()),
        title,
        report_year: None,
        issuer: None,
        metadata,
        signed: None,
        note: None,
        blocks: body,
        sections: Vec::new(),
        quantities: (kind == TruthKind::Template).then(Vec::new),
        indicators: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::province::government;

    #[test]
    fn every_family_appears_and_every_slot_is_filled() {
        let mut families = BTreeSet::new();
        for place in 0..36 {
            let decoy = decoy(&government(place % 8), 2018 + i32::try_from(place / 6).unwrap(), place, 3);
            families.extend(decoy.family.clone());
            for text in decoy.blocks.iter().map(Block::text).chain([decoy.title.as_str()]) {
                assert!(!text.contains(['{', '}']), "{text}");
            }
            assert_eq!((decoy.kind, decoy.quantities, decoy.indicators), (TruthKind::Other, None, Vec::new()));
        }
        assert_eq!(families.len(), FAMILIES.len());
    }
}
