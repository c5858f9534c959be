use std::path::Path;
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

/// Clients of PostgreSQL's protocol and of Flight SQL find in `fazhi serve` what they look for; `tests/clients/run.py` says which.
#[test]
fn clients_read_what_is_served() {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients/run.py");
    let clients = Command::new("python3").arg(&run).arg("--installed").output();
    let Some(python) = clients.ok().filter(|output| output.status.success()) else {
        eprintln!("skipped: python3 has no `psycopg`, and `make test-clients` was not run here");
        return;
    };
    let output = Command::new("python3")
        .arg(&run)
        .args(["--once", "--binary", env!("CARGO_BIN_EXE_fazhi"), "--python", stdout(&python).trim()])
        .output()
        .unwrap();
    eprintln!("{}", stdout(&output));
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}
