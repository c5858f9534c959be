//! `pipelines/` holds starting points for real portals, and nobody has run them.

use std::collections::{BTreeSet, HashSet};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines")
}

#[test]
fn starters_load_say_that_nobody_ran_them_and_name_a_family() {
    let starters = load_folder(&folder()).unwrap();
    let families: BTreeSet<&str> = starters
        .iter()
        .map(|pipeline| {
            assert_eq!(pipeline.verified, Verified::Never, "{}", pipeline.name);
            match pipeline.family {
                FamilyChoice::Fixed(family) => family.as_str(),
                FamilyChoice::Auto => panic!("{} names no family", pipeline.name),
            }
        })
        .collect();
    assert!(starters.len() >= 14 && families.len() >= 6, "{} over {families:?}", starters.len());
}

#[test]
fn starters_ask_for_different_lists_of_public_hosts_at_the_usual_pace() {
    let mut starts = HashSet::new();
    for pipeline in load_folder(&folder()).unwrap() {
        assert!(pipeline.start.iter().all(|start| starts.insert(start.clone())), "{}", pipeline.name);
        assert!(pipeline.start.iter().all(|url| url.host_str().is_some_and(|host| host.ends_with(".gov.cn"))));
        assert_eq!(pipeline.politeness.reason, None, "{}", pipeline.name);
        assert!(pipeline.titles.accept.is_some() && pipeline.titles.reject.is_some(), "{}", pipeline.name);
    }
}

#[test]
fn a_starter_is_named_as_its_file_and_tells_where_its_address_is_from() {
    for entry in fs_err::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let (pipeline, text) = (Pipeline::load(&path).unwrap(), fs_err::read_to_string(&path).unwrap());
        assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(pipeline.name.as_str()));
        let comments = text.lines().take_while(|line| line.starts_with("# ")).count();
        assert!(comments >= 2 && text.starts_with("# A starting point that nobody has run yet"), "{}", path.display());
        let refused = pipeline.signed(None).unwrap_err().to_string();
        assert!(refused.contains("has no contact"), "{refused}");
    }
}
