//! The parameters of a session as `SET` and `SHOW` know them. None of them reaches the engine: they are what tools set when they
//! connect, and what they ask for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::postgres::command::Lasts;

/// PostgreSQL's version whose catalogue is shown.
pub const SERVER_VERSION: &str = "16.6";

/// A parameter.
struct Parameter {
    name: &'static str,
    default: &'static str,
    changes: Changes,
}

impl Parameter {
    /// What is kept of a value; nothing where it is none of the client's business but no error either.
    fn value(&self, value: &str) -> Result<Option<String>, Refused> {
        match (self.name, self.changes) {
            // Setting what is so already is what some tools do.
            (_, Changes::Never) if value.eq_ignore_ascii_case(self.default) => Ok(None),
            (_, Changes::Never) => Err(Refused::Fixed),
            ("statement_timeout", _) => Ok(Some(shown(duration(value).ok_or(Refused::Invalid)?))),
            // Text comes and goes in UTF-8; another encoding would be read as something else.
            ("client_encoding", _) if UTF8.iter().any(|name| value.trim().eq_ignore_ascii_case(name)) => Ok(None),
            ("client_encoding", _) => Err(Refused::Invalid),
            // Leaving it switched off is no right to write.
            ("default_transaction_read_only", _) => Ok(None),
            _ => Ok(Some(value.to_owned())),
        }
    }

    fn change(&self) -> Change {
        if self.changes == Changes::Reported { Change::Reported(self.name) } else { Change::Silent }
    }
}

/// Names of the encoding of all text; the last one leaves text as it comes.
const UTF8: [&str; 5] = ["utf8", "utf-8", "unicode", "sql_ascii", "default"];

/// What becomes of a value that is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Changes {
    /// It is fixed.
    Never,
    /// It is shown again; nothing else depends on it here.
    Kept,
    /// It is shown again, and the client is told (`ParameterStatus`).
    Reported,
}

const PARAMETERS: &[Parameter] = &[
    fixed("block_size", "8192"),
    fixed("data_checksums", "on"),
    fixed("integer_datetimes", "on"),
    fixed("is_superuser", "off"),
    fixed("lc_collate", "C"),
    fixed("lc_ctype", "C.UTF-8"),
    fixed("max_connections", "256"),
    fixed("max_identifier_length", "63"),
    fixed("max_index_keys", "32"),
    fixed("password_encryption", "scram-sha-256"),
    fixed("server_encoding", "UTF8"),
    fixed("server_version", SERVER_VERSION),
    fixed("server_version_num", "160006"),
    fixed("ssl", "on"),
    fixed("transaction_read_only", "on"),
    fixed("in_hot_standby", "off"),
    reported("application_name", ""),
    reported("client_encoding", "UTF8"),
    reported("DateStyle", "ISO, MDY"),
    reported("default_transaction_read_only", "on"),
    reported("IntervalStyle", "postgres"),
    reported("standard_conforming_strings", "on"),
    reported("TimeZone", "UTC"),
    reported("search_path", "public"),
    kept("backslash_quote", "safe_encoding"),
    kept("bytea_output", "hex"),
    kept("check_function_bodies", "on"),
    kept("client_min_messages", "notice"),
    kept("constraint_exclusion", "partition"),
    kept("cursor_tuple_fraction", "0.1"),
    kept("default_transaction_deferrable", "off"),
    kept("default_transaction_isolation", "repeatable read"),
    kept("enable_bitmapscan", "on"),
    kept("enable_hashjoin", "on"),
    kept("enable_mergejoin", "on"),
    kept("enable_nestloop", "on"),
    kept("enable_seqscan", "on"),
    kept("escape_string_warning", "on"),
    kept("extra_float_digits", "1"),
    kept("geqo", "on"),
    kept("idle_in_transaction_session_timeout", "0"),
    kept("idle_session_timeout", "0"),
    kept("jit", "off"),
    kept("lc_messages", "C"),
    kept("lc_monetary", "C"),
    kept("lc_numeric", "C"),
    kept("lc_time", "C"),
    kept("lock_timeout", "0"),
    kept("quote_all_identifiers", "off"),
    kept("role", "none"),
    kept("row_security", "on"),
    kept("statement_timeout", "0"),
    kept("synchronize_seqscans", "on"),
    kept("transaction_isolation", "repeatable read"),
    kept("transaction_timeout", "0"),
    kept("work_mem", "4MB"),
    kept("xmloption", "content"),
];

const fn fixed(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default, changes: Changes::Never }
}

const fn kept(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default, changes: Changes::Kept }
}

const fn reported(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default, changes: Changes::Reported }
}

/// A value that cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such parameter.
    Unknown,
    /// It is fixed.
    Fixed,
    /// It has no such value.
    Invalid,
}

impl Refused {
    /// What to do about it, where that is more than to leave it.
    pub fn hint(&self, name: &str) -> Option<&'static str> {
        let is_encoding = *self == Self::Invalid && name.eq_ignore_ascii_case("client_encoding");
        is_encoding.then_some(ONLY_UTF8)
    }
}

/// What a client with another encoding has to do.
pub const ONLY_UTF8: &str = "this server speaks UTF-8 alone: PGCLIENTENCODING=UTF8";

/// What a change means for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Silent,
    /// It is told the new value of the parameter of this name.
    Reported(&'static str),
}

/// Values that differ from the defaults.
type Values = BTreeMap<&'static str, String>;

/// The parameters of one session.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    set: Values,
    /// In a transaction: what is left of it.
    left: Option<Left>,
}

/// What a transaction leaves.
#[derive(Debug, Clone)]
struct Left {
    committed: Values,
    rolled_back: Values,
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// What it set stays.
    Commit,
    /// All is as it was before.
    Rollback,
}

impl Settings {
    /// What a client is told when a session starts.
    pub fn reported(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let also = ["server_version", "server_encoding", "integer_datetimes", "is_superuser", "in_hot_standby"];
        PARAMETERS
            .iter()
            .filter(move |parameter| parameter.changes == Changes::Reported || also.contains(&parameter.name))
            .map(|parameter| (parameter.name, self.of(parameter)))
    }

    /// The name as PostgreSQL writes it, and the value; the name is found in any case.
    pub fn get(&self, name: &str) -> Option<(&'static str, &str)> {
        let parameter = find(name)?;
        Some((parameter.name, self.of(parameter)))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        PARAMETERS.iter().map(|parameter| (parameter.name, self.of(parameter)))
    }

    fn of(&self, parameter: &Parameter) -> &str {
        self.set.get(parameter.name).map_or(parameter.default, String::as_str)
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// Fails when there is none of this name, or it cannot have this value.
    pub fn set(&mut self, name: &str, value: &str, lasts: Lasts) -> Result<Change, Refused> {
        let parameter = find(name).ok_or(Refused::Unknown)?;
        let Some(value) = parameter.value(value)? else { return Ok(parameter.change()) };
        match (lasts, &mut self.left) {
            // Outside of a transaction it ends as soon as it begins.
            (Lasts::Transaction, None) => return Ok(Change::Silent),
            (Lasts::Session, Some(left)) => drop(left.committed.insert(parameter.name, value.clone())),
            _ => {}
        }
        self.set.insert(parameter.name, value);
        Ok(parameter.change())
    }

    /// Takes one parameter back to its default.
    ///
    /// # Errors
    /// Fails when there is none of this name.
    pub fn reset(&mut self, name: &str) -> Result<Change, Refused> {
        let parameter = find(name).ok_or(Refused::Unknown)?;
        self.set.remove(parameter.name);
        if let Some(left) = &mut self.left {
            left.committed.remove(parameter.name);
        }
        Ok(parameter.change())
    }

    /// Takes all parameters back to their defaults; the application keeps its name. What comes back means something for the client.
    pub fn reset_all(&mut self) -> Vec<Change> {
        let mut kept = self.set.clone();
        kept.retain(|name, _| *name == "application_name");
        if let Some(left) = &mut self.left {
            left.committed.clone_from(&kept);
        }
        self.becomes(kept)
    }

    /// A transaction begins.
    pub fn transaction_begins(&mut self) {
        self.left = Some(Left { committed: self.set.clone(), rolled_back: self.set.clone() });
    }

    /// A transaction ends. What comes back means something for the client.
    pub fn transaction_ends(&mut self, ending: Ending) -> Vec<Change> {
        match (self.left.take(), ending) {
            (None, _) => Vec::new(),
            (Some(left), Ending::Commit) => self.becomes(left.committed),
            (Some(left), Ending::Rollback) => self.becomes(left.rolled_back),
        }
    }

    fn becomes(&mut self, values: Values) -> Vec<Change> {
        let before = std::mem::replace(&mut self.set, values);
        let differs = |parameter: &&Parameter| before.get(parameter.name) != self.set.get(parameter.name);
        PARAMETERS.iter().filter(differs).map(Parameter::change).filter(|change| *change != Change::Silent).collect()
    }

    /// The client's own limit of time for one statement.
    pub fn statement_timeout(&self) -> Option<Duration> {
        duration(self.set.get("statement_timeout")?).flatten()
    }
}

fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

/// A time as PostgreSQL reads it: a number of milliseconds, or with a unit; 0 is none.
#[expect(clippy::option_option, reason = "no limit is a time that can be set, and some texts are none")]
fn duration(text: &str) -> Option<Option<Duration>> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..unit].parse().ok()?;
    let milliseconds = match text[unit..].trim() {
        "" | "ms" => number,
        "us" => number.div_ceil(1_000),
        "s" => number.checked_mul(1_000)?,
        "min" => number.checked_mul(60_000)?,
        "h" => number.checked_mul(3_600_000)?,
        "d" => number.checked_mul(86_400_000)?,
        _ => return None,
    };
    Some((milliseconds > 0).then(|| Duration::from_millis(milliseconds)))
}

/// A time in the largest unit that it is a whole number of, as PostgreSQL shows it.
fn shown(time: Option<Duration>) -> String {
    let Some(milliseconds) = time.map(|time| time.as_millis()) else { return "0".to_owned() };
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
    let unit = units.into_iter().find(|(size, _)| milliseconds.is_multiple_of(*size));
    unit.map_or_else(String::new, |(size, name)| format!("{}{name}", milliseconds / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        for (text, expected) in [
            ("0", Some(None)),
            ("1500", Some(Some(1_500))),
            ("1500ms", Some(Some(1_500))),
            ("2s", Some(Some(2_000))),
            ("2 min", Some(Some(120_000))),
            ("1h", Some(Some(3_600_000))),
            ("", None),
            ("fast", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("9999999999999999999min", None),
        ] {
            assert_eq!(duration(text), expected.map(|inner| inner.map(Duration::from_millis)), "{text}");
        }
    }

    #[test]
    fn a_transaction_leaves_what_it_set_only_if_it_is_committed() {
        use Lasts::{Session, Transaction};
        let timeout = |settings: &Settings| settings.get("statement_timeout").unwrap().1.to_owned();
        let mut settings = Settings::default();
        settings.set("statement_timeout", "3s", Session).unwrap();
        settings.set("statement_timeout", "1s", Transaction).unwrap();
        assert_eq!(timeout(&settings), "3s", "outside of a transaction");
        for (ending, expected, date_style) in [
            (Ending::Rollback, "3s", "ISO, MDY"),
            (Ending::Commit, "9s", "ISO, DMY"),
            (Ending::Rollback, "9s", "ISO, DMY"),
        ] {
            settings.transaction_begins();
            settings.set("datestyle", "ISO, DMY", Session).unwrap();
            settings.set("statement_timeout", "1s", Transaction).unwrap();
            settings.set("statement_timeout", "9s", Session).unwrap();
            settings.set("statement_timeout", "2s", Transaction).unwrap();
            assert_eq!(timeout(&settings), "2s");
            settings.transaction_ends(ending);
            assert_eq!((timeout(&settings).as_str(), settings.get("datestyle").unwrap().1), (expected, date_style));
        }
        assert_eq!(settings.transaction_ends(Ending::Commit), [], "there was none");
    }

    #[test]
    fn a_client_is_told_what_changes_with_the_end_of_a_transaction() {
        let mut settings = Settings::default();
        settings.transaction_begins();
        settings.set("datestyle", "ISO, DMY", Lasts::Transaction).unwrap();
        settings.set("lock_timeout", "5", Lasts::Transaction).unwrap();
        assert_eq!(settings.transaction_ends(Ending::Commit), [Change::Reported("DateStyle")]);
        settings.set("TimeZone", "Asia/Shanghai", Lasts::Session).unwrap();
        settings.set("application_name", "x", Lasts::Session).unwrap();
        assert_eq!(settings.reset_all(), [Change::Reported("TimeZone")]);
        assert_eq!(settings.get("application_name"), Some(("application_name", "x")));
    }

    #[test]
    fn text_is_utf_8() {
        let mut settings = Settings::default();
        for (encoding, expected) in [
            ("utf-8", Ok(Change::Reported("client_encoding"))),
            ("UNICODE", Ok(Change::Reported("client_encoding"))),
            ("GBK", Err(Refused::Invalid)),
            ("WIN936", Err(Refused::Invalid)),
        ] {
            assert_eq!(settings.set("client_encoding", encoding, Lasts::Session), expected, "{encoding}");
        }
        assert_eq!(settings.get("client_encoding"), Some(("client_encoding", "UTF8")));
    }

    #[test]
    fn names_are_found_in_any_case_and_fixed_ones_stay() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("datestyle", "ISO, DMY", Lasts::Session), Ok(Change::Reported("DateStyle")));
        assert_eq!(settings.get("DATESTYLE"), Some(("DateStyle", "ISO, DMY")));
        assert_eq!(settings.set("server_version", "9", Lasts::Session), Err(Refused::Fixed));
        assert_eq!(settings.set("datafusion.execution.batch_size", "1", Lasts::Session), Err(Refused::Unknown));
        assert_eq!(settings.set("statement_timeout", "soon", Lasts::Session), Err(Refused::Invalid));
        settings.set("statement_timeout", "3s", Lasts::Session).unwrap();
        assert_eq!(settings.statement_timeout(), Some(Duration::from_secs(3)));
        for (set, expected) in [("54321", "54321ms"), ("90s", "90s"), ("300000", "5min"), ("0", "0")] {
            settings.set("statement_timeout", set, Lasts::Session).unwrap();
            assert_eq!(settings.get("statement_timeout"), Some(("statement_timeout", expected)));
        }
        settings.reset_all();
        assert_eq!(settings.statement_timeout(), None);
        assert_eq!(settings.get("datestyle"), Some(("DateStyle", "ISO, MDY")));
    }
}
