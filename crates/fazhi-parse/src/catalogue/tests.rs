//! Catalogues of a few lines: what they come to, and what each fault is told as.

use super::*;

/// A catalogue of one entry that every fixture goes on from.
const BASE: &str = r#"[topics]
"复议" = "行政复议|复议"

[[indicator]]
id = "visits"
name_zh = "走访"
name_en = "Visits"
unit = "次"
accepted_units = ["次", "场"]
area = "A6"
kind = "count"
description = "Visits."
[indicator.phrases]
a = "走访|上门 !走访率"
"#;

const NEW: &str = r#"[[indicator]]
id = "seals"
name_zh = "印章"
name_en = "Seals"
unit = "枚"
accepted_units = ["枚"]
area = "A1"
kind = "count"
description = "Seals."
phrases = { a = "印章" }
"#;

fn read(extension: &str) -> Result<Catalogue, CatalogueError> {
    Catalogue::parse(&[Source { name: "base.toml", text: BASE }, Source { name: "my.toml", text: extension }])
}

/// The file is refused with this message and this hint.
#[track_caller]
fn refused(extension: &str, message: &str, hint: &str) {
    let error = read(extension).expect_err("the fixture is faulty");
    assert_eq!((error.to_string().as_str(), error.hint.as_str()), (message, hint));
}

/// [`NEW`] with one line replaced.
#[track_caller]
fn refused_with(line: &str, by: &str, message: &str, hint: &str) {
    assert!(NEW.contains(line), "{line}");
    refused(&NEW.replace(line, by), message, hint);
}

#[test]
fn an_extension_adds_entries_units_phrases_and_topics() {
    let extension = format!(
        "{}\n{NEW}\n[[extend]]\nid = \"visits\"\naccepted_units = [\"人次\", \"场\"]\nphrases = {{ door = \"入户 #纠纷\" }}\n",
        "[topics]\n\"复议\" = \"复议案件\"\n\"纠纷\" = \"纠纷\"\n"
    );
    let catalogue = read(&extension).unwrap_or_else(|error| panic!("{error}"));
    let ids: Vec<&str> = catalogue.entries().iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["visits", "seals"]);
    let visits = catalogue.entry("visits").expect("it is in the base");
    assert_eq!(visits.accepted_units, ["次", "场", "人次"]);
    assert_eq!(visits.phrases().collect::<Vec<_>>(), [("a", "走访|上门 !走访率"), ("door", "入户 #纠纷")]);
    let rules: Vec<&str> = visits.phrases.iter().map(|phrase| phrase.rule.as_str()).collect();
    assert_eq!(rules, ["visits.a", "visits.door"]);
    let topic = |word: &str| catalogue.topic_of(catalogue.terms.ids[word]);
    assert_eq!(topic("复议案件"), topic("行政复议"));
    assert_ne!(topic("纠纷"), topic("复议"));
}

#[test]
fn an_extension_may_extend_what_it_or_another_one_adds() {
    let more = "[[extend]]\nid = \"seals\"\nphrases = { b = \"公章\" }\n";
    let sources = [("base.toml", BASE), ("a.toml", NEW), ("b.toml", more)].map(|(name, text)| Source { name, text });
    let catalogue = Catalogue::parse(&sources).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(catalogue.entry("seals").map(|entry| entry.phrases().len()), Some(2));
    assert!(read(&format!("{NEW}{more}")).is_ok());
}

#[test]
fn the_embedded_catalogue_is_whole() {
    let source = Source { name: "catalogue.toml", text: include_str!("../../data/catalogue.toml") };
    let catalogue = Catalogue::parse(&[source]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(catalogue.entries().len(), 90);
}

#[test]
fn what_is_no_catalogue_is_refused_with_its_line() {
    let entry = "an indicator needs `id`, `name_zh`, `name_en`, `unit`, `accepted_units`, `area`, `kind`, `description`, \
                 `phrases`; `kept_units`, `tally`, `part_of` may be left out";
    let toml = "check quotes, brackets and `=`: the file is TOML";
    refused("\nid = \"a\n", "my.toml:2: invalid basic string, expected `\"`", toml);
    refused("a = 1\na = 2\n", "my.toml:2: duplicate key", toml);
    refused("[[indicators]]\n", "my.toml:1: unknown key `indicators`", "did you mean `indicator`?");
    refused("version = 3\n", "my.toml:1: unknown key `version`", "the keys are `topics`, `indicator`, `extend`");
    refused_with(
        "accepted_units",
        "acepted_units",
        "my.toml:6: unknown key `acepted_units` in `[[indicator]]`",
        "did you mean `accepted_units`?",
    );
    refused_with("name_en = \"Seals\"\n", "", "my.toml:1: missing field `name_en`", entry);
    refused_with(
        "\"count\"",
        "\"sum\"",
        "my.toml:8: unknown variant `sum`, expected one of `count`, `rate`, `amount`, `yoy`",
        entry,
    );
    refused_with("\"枚\"\n", "7\n", "my.toml:5: invalid type: integer `7`, expected a string", entry);
    refused(
        "[[extend]]\nid = \"visits\"\nunit = \"次\"\n",
        "my.toml:3: unknown key `unit` in `[[extend]]`",
        "the keys are `id`, `accepted_units`, `phrases`",
    );
}

#[test]
fn identities_are_unique_and_written_alike() {
    refused(
        &NEW.replace("\"seals\"", "\"visits\""),
        "my.toml:2: indicator `visits` stands twice",
        "choose another id, or add to the one at base.toml:5 with `[[extend]]`",
    );
    let hint = "an id is lower-case letters, digits and `_`, and begins with a letter: `fines_amount`";
    for id in ["E-Seals", "Seals", "2_seals", "印章", "", "e seals"] {
        let message = format!("my.toml:2: `{id}` is no id");
        refused_with("\"seals\"", &format!("\"{id}\""), &message, hint);
    }
    for (key, line) in [("name_zh", "\"印章\"\n"), ("name_en", "\"Seals\"\n"), ("description", "\"Seals.\"\n")] {
        let number = NEW.lines().position(|written| written.starts_with(key)).expect("each key has a line") + 1;
        refused_with(
            &format!("{key} = {line}"),
            &format!("{key} = \" \"\n"),
            &format!("my.toml:{number}: `{key}` of `seals` is empty"),
            "name it for those who read `indicator_catalog`",
        );
    }
}

#[test]
fn a_whole_is_there_and_holds_itself_in_no_way() {
    let part = |whole: &str| NEW.replace("area", &format!("part_of = \"{whole}\"\narea"));
    assert!(read(&part("visits")).is_ok());
    refused(&part("visit"), "my.toml:7: `seals` is part of `visit`, which is no indicator", "did you mean `visits`?");
    refused(
        &part("cases"),
        "my.toml:7: `seals` is part of `cases`, which is no indicator",
        "name the id of an indicator, or remove `part_of`",
    );
    let below = NEW.replace("seals", "stamps").replace("area", "part_of = \"seals\"\narea");
    refused(
        &format!("{below}{}", part("cases")),
        "my.toml:18: `seals` is part of `cases`, which is no indicator",
        "name the id of an indicator, or remove `part_of`",
    );
    refused(&part("seals"), "my.toml:7: `seals` is part of itself: seals → seals", "remove one of these `part_of`");
    let other = NEW.replace("seals", "stamps").replace("area", "part_of = \"seals\"\narea");
    let third = NEW.replace("seals", "inks").replace("area", "part_of = \"seals\"\narea");
    refused(
        &format!("{third}{}{other}", part("stamps")),
        "my.toml:18: `seals` is part of itself: seals → stamps → seals",
        "remove one of these `part_of`",
    );
}

#[test]
fn units_are_those_that_amounts_are_read_in() {
    let unread = "no amount is ever read in it; use a counter as it is written, such as `件`, `个`, `次`, or `%`, `元`";
    refused_with("[\"枚\"]", "[\"枚\", \"桶\"]", "my.toml:6: unit `桶` is not known", unread);
    refused_with("unit = \"枚\"\nacc", "unit = \"万元\"\nacc", "my.toml:5: unit `万元` is not known", unread);
    refused_with(
        "[\"枚\"]",
        "[\"个\"]",
        "my.toml:5: unit `枚` is not among the accepted units of `seals`",
        "add `枚` to `accepted_units`",
    );
    refused_with(
        "area",
        "kept_units = [\"套\"]\narea",
        "my.toml:7: unit `套` is not among the accepted units of `seals`",
        "add `套` to `accepted_units`",
    );
    refused_with(
        "[\"枚\"]",
        "[]",
        "my.toml:5: unit `枚` is not among the accepted units of `seals`",
        "add `枚` to `accepted_units`",
    );
    refused("[[extend]]\nid = \"visits\"\naccepted_units = [\"桶\"]\n", "my.toml:3: unit `桶` is not known", unread);
}

#[test]
fn a_kind_has_its_unit() {
    let of = |kind: &str, unit: &str| NEW.replace("\"count\"", &format!("\"{kind}\"")).replace('枚', unit);
    for (kind, unit, wanted) in [("rate", "件", "%"), ("yoy", "个", "%"), ("amount", "件", "元")] {
        let message = format!("my.toml:5: `seals` is of kind `{kind}`, but its unit is `{unit}`");
        refused(&of(kind, unit), &message, &format!("write `unit = \"{wanted}\"`, or `kind = \"count\"`"));
        assert!(read(&of(kind, wanted)).is_ok());
    }
    refused(
        &of("count", "%"),
        "my.toml:5: `seals` is of kind `count`, but its unit is `%`",
        "write `kind = \"rate\"`, or `kind = \"yoy\"` for growth",
    );
    refused(
        &of("count", "元"),
        "my.toml:5: `seals` is of kind `count`, but its unit is `元`",
        "write `kind = \"amount\"`",
    );
}

#[test]
fn a_phrase_can_be_fulfilled() {
    let empty = "there is one word on each side of a `|`, without blanks";
    let cases = [
        ("印章 =个", "unit `个` is not accepted by `seals`", "add `个` to `accepted_units`"),
        ("印章 =", "unit `` is not accepted by `seals`", "add `` to `accepted_units`"),
        ("印章 #复仪", "topic `复仪` is not in `[topics]`", "did you mean `#复议`? else name its words in `[topics]`"),
        (
            "印章 #盖章机",
            "topic `盖章机` is not in `[topics]`",
            "name its words in `[topics]`: `\"盖章机\" = \"盖章机|…\"`",
        ),
        ("印章||公章", "`印章||公章` has an empty word", empty),
        ("印章 !", "`!` has an empty word", empty),
        ("印章| 公章", "`印章|` has an empty word", empty),
        ("印章 <$", "`<$` has an empty word", empty),
        (
            "<印章 !公章",
            "`<印章 !公章` has no word near the number",
            "begin it with a word that stands beside the number, e.g. `受理|立案`",
        ),
        ("", "`` has no word near the number", "begin it with a word that stands beside the number, e.g. `受理|立案`"),
        (
            "印章|公章 !销毁|公章",
            "`公章` is demanded and forbidden near the number",
            "remove it from one of the two: with it the phrase never holds",
        ),
        (
            "印章$ !<印章",
            "`印章` is demanded and forbidden near the number",
            "remove it from one of the two: with it the phrase never holds",
        ),
        (
            "印章 ！销毁｜公章",
            "`！销毁｜公章` is written in full-width characters",
            "texts are compared in half-width form: write `!销毁|公章`",
        ),
    ];
    for (phrase, what, hint) in cases {
        refused_with("\"印章\" }", &format!("\"{phrase}\" }}"), &format!("my.toml:10: {what}"), hint);
    }
    refused_with(
        "{ a = \"印章\" }",
        "{}",
        "my.toml:2: `seals` has no phrase",
        "add `[indicator.phrases]` with a line such as `a = \"受理|立案\"`",
    );
}

#[test]
fn topics_have_words_of_their_own() {
    refused(
        "[topics]\n\"审计\" = \"审计|\"\n",
        "my.toml:2: topic `审计` has an empty word",
        "there is one word on each side of a `|`",
    );
    refused(
        "[topics]\n\"审计\" = \"审计|复议\"\n",
        "my.toml:2: `复议` names the topics `复议` and `审计`",
        "remove it from one of them: a word names one topic",
    );
}

#[test]
fn an_extension_adds_and_replaces_nothing() {
    refused(
        "[[extend]]\nid = \"visit\"\nphrases = { b = \"登门\" }\n",
        "my.toml:2: there is no indicator `visit` to extend",
        "did you mean `visits`?",
    );
    refused(
        "[[extend]]\nid = \"cases\"\nphrases = { b = \"登门\" }\n",
        "my.toml:2: there is no indicator `cases` to extend",
        "`[[extend]]` adds to an indicator that is there, `[[indicator]]` adds a new one",
    );
    refused(
        "[[extend]]\nid = \"visits\"\n[extend.phrases]\na = \"登门\"\n",
        "my.toml:4: `visits` has a phrase `a` already",
        "choose another name: an extension replaces nothing",
    );
    refused(
        "[[extend]]\nid = \"visits\"\n",
        "my.toml:2: `[[extend]]` adds nothing to `visits`",
        "give it `accepted_units` or `phrases`, or remove it",
    );
}
