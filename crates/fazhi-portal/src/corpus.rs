//! The texts under `data/`, built into the program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Lines of text by the name of their block.
pub type Blocks = BTreeMap<&'static str, Vec<&'static str>>;

/// Ways to state each indicator, by its id.
pub static PHRASES: LazyLock<Blocks> = LazyLock::new(|| {
    let mut phrases = blocks(include_str!("../data/phrases_government.txt"));
    phrases.append(&mut blocks(include_str!("../data/phrases_society.txt")));
    phrases
});

/// Sentences around the facts, by the part of a report they belong to.
pub static SENTENCES: LazyLock<Blocks> = LazyLock::new(|| blocks(include_str!("../data/sentences.txt")));

/// Headings, by what stands under them.
pub static HEADINGS: LazyLock<Blocks> = LazyLock::new(|| blocks(include_str!("../data/headings.txt")));

/// Titles and bodies of other families of documents.
pub static DECOYS: LazyLock<Blocks> = LazyLock::new(|| blocks(include_str!("../data/decoys.txt")));

/// The lines of a block that the texts must hold.
pub fn lines<'a>(blocks: &'a Blocks, name: &str) -> &'a [&'static str] {
    blocks.get(name).map_or(&[], Vec::as_slice)
}

fn blocks(text: &'static str) -> Blocks {
    let mut blocks = Blocks::new();
    let mut name = "";
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(opened) => name = opened,
            None => blocks.entry(name).or_default().push(line),
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_lines_in_order() {
        let read = blocks("# note\n[a]\none\n\ntwo\n[b]\nthree\n");
        assert_eq!(read, Blocks::from([("a", vec!["one", "two"]), ("b", vec!["three"])]));
    }
}
