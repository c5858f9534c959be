use std::process::Command;

use crate::harness::{Sample, stderr, stdout};

/// Python's `deltalake` counts the rows that SQL counts.
#[test]
fn python_deltalake_counts_the_same_rows() {
    let importable = Command::new("python3").args(["-c", "import deltalake, pyarrow"]).output();
    if !importable.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: python3 has no `deltalake` and `pyarrow`");
        return;
    }
    let sample = Sample::generate(4);
    sample.run();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients/count_rows.py");
    let output = Command::new("python3").arg(script).arg(sample.data()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = stdout(&output);
    let mut tables = 0;
    for line in lines.lines() {
        let (table, rows) = line.split_once(' ').unwrap();
        assert_eq!(sample.number(&format!("SELECT count(*) FROM {table}")).to_string(), rows, "{table}");
        tables += 1;
    }
    assert_eq!(tables, 10, "{lines}");
}
