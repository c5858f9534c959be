//! `pipelines/sample` is what the portal writes for port 8080.
#![allow(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

use std::collections::BTreeMap;
use std::path::Path;

use fazhi_portal::{Portal, PortalOptions, pipelines};

#[test]
fn the_files_of_the_sample_are_those_that_the_portal_writes() {
    let portal = Portal::generate(&PortalOptions { reports: 84, ..PortalOptions::default() });
    let written = pipelines("http://127.0.0.1:8080", &portal);
    let written: BTreeMap<String, String> =
        written.into_iter().map(|pipeline| (format!("{}.toml", pipeline.name), pipeline.toml)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/sample");
    let kept = fs_err::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap().to_owned();
        (name, fs_err::read_to_string(path).unwrap())
    });
    let kept: BTreeMap<String, String> = kept.collect();
    assert_eq!(kept, written, "write them anew, see pipelines/README.md");
}
