//! Bytes per second of amounts alone and of amounts with indicators, on text made here, with catalogues of two sizes.

use std::fmt::Write as _;

use divan::{Bencher, black_box, counter::BytesCount};
use fazhi_parse::Rules;
use fazhi_parse::catalogue::Source;
use fazhi_parse::indicator::{Context, find};
use fazhi_parse::quantity::scan;

fn main() {
    divan::main();
}

/// About 200 KB as reports read: an amount every thirty characters, and clauses that hold none.
fn text() -> String {
    let mut text = String::new();
    for n in 1..=450_u32 {
        let (penalties, growth, disputes, people) = (n * 37, n % 9, n * 11, n * 23);
        writeln!(
            text,
            "({n})坚持依法履职尽责，不断健全工作机制，持续规范行政执法行为，着力提升执法质效。全年办理行政处罚案件{penalties}件，\
             同比增长{growth}.5%；坚持和发展新时代“枫桥经验”，依法化解各类社会矛盾，调解矛盾纠纷{disputes}件，调解成功率98%以上，\
             组织法治培训{n}场，培训执法人员{people}人次，群众的法治意识和依法维权能力进一步增强。"
        )
        .expect("a string takes any text");
    }
    text
}

/// The embedded catalogue, and one of ten times as many entries whose words occur in the text as often.
fn rules(entries: usize) -> Rules {
    let mut extension = String::new();
    for n in 90..entries {
        let (noun, verb) = (NOUNS[n % NOUNS.len()], VERBS[n / NOUNS.len() % VERBS.len()]);
        writeln!(
            extension,
            "[[indicator]]\nid = \"made_up_{n}\"\nname_zh = \"指标{n}\"\nname_en = \"Indicator {n}\"\nunit = \"件\"\n\
             accepted_units = [\"件\"]\narea = \"A4\"\nkind = \"count\"\ndescription = \"Made up.\"\n\
             [indicator.phrases]\na = \"{noun}{n}|{noun}事项{n} {verb} !复议{n}\""
        )
        .expect("a string takes any text");
    }
    Rules::extended(&[Source { name: "made-up.toml", text: &extension }]).expect("the made-up catalogue is consistent")
}

const NOUNS: [&str; 9] = ["执法", "案件", "监督", "审查", "许可", "调解", "培训", "宣传", "公开"];
const VERBS: [&str; 6] = ["办理", "开展", "组织", "完成", "提升", "依法"];

#[divan::bench]
fn quantities(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| scan(black_box(&text)));
}

#[divan::bench(args = [90, 900])]
fn quantities_and_indicators(bencher: Bencher, entries: usize) {
    let (text, rules) = (text(), rules(entries));
    let context = Context::default();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| find(black_box(&text), &[], &scan(&text), &context, rules.catalogue()));
}
