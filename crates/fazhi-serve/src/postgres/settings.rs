//! The parameters of a session as `SET` and `SHOW` know them. None of them reaches the engine: they are what tools set when they
//! connect, and what they ask for.

use std::collections::BTreeMap;
use std::time::Duration;

/// PostgreSQL's version whose catalogue is shown.
pub const SERVER_VERSION: &str = "16.6";

/// A parameter.
struct Parameter {
    name: &'static str,
    default: &'static str,
    changes: Changes,
}

impl Parameter {
    fn change(&self) -> Change {
        if self.changes == Changes::Reported { Change::Reported(self.name) } else { Change::Silent }
    }
}

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

/// What a change means for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Silent,
    /// It is told the new value of the parameter of this name.
    Reported(&'static str),
}

/// The parameters of one session.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    set: BTreeMap<&'static str, String>,
    /// What parameters were before this transaction set them for itself.
    before: BTreeMap<&'static str, Option<String>>,
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
    pub fn set(&mut self, name: &str, value: &str) -> Result<Change, Refused> {
        let parameter = find(name).ok_or(Refused::Unknown)?;
        if parameter.changes == Changes::Never {
            // Setting what is so already is what some tools do.
            return if value.eq_ignore_ascii_case(parameter.default) {
                Ok(Change::Silent)
            } else {
                Err(Refused::Fixed)
            };
        }
        match parameter.name {
            "statement_timeout" => {
                let timeout = duration(value).ok_or(Refused::Invalid)?;
                self.set.insert(parameter.name, shown(timeout));
                return Ok(Change::Silent);
            }
            // Text goes out in UTF-8 whatever a client would like; the report says so.
            "client_encoding" => return Ok(Change::Reported(parameter.name)),
            // Leaving it switched off is no right to write.
            "default_transaction_read_only" => return Ok(Change::Silent),
            _ => {}
        }
        self.set.insert(parameter.name, value.to_owned());
        Ok(parameter.change())
    }

    /// Whether a parameter could be set so.
    ///
    /// # Errors
    /// Fails as [`Settings::set`] does.
    pub fn check(&self, name: &str, value: &str) -> Result<Change, Refused> {
        self.clone().set(name, value).map(|_| Change::Silent)
    }

    /// Sets a parameter until the transaction ends.
    ///
    /// # Errors
    /// Fails as [`Settings::set`] does.
    pub fn set_for_transaction(&mut self, name: &str, value: &str) -> Result<Change, Refused> {
        let parameter = find(name).ok_or(Refused::Unknown)?;
        let before = self.set.get(parameter.name).cloned();
        let change = self.set(name, value)?;
        self.before.entry(parameter.name).or_insert(before);
        Ok(change)
    }

    /// The transaction ends, and with it what was set for it. What comes back means something for the client.
    pub fn transaction_ends(&mut self) -> Vec<Change> {
        let before = std::mem::take(&mut self.before);
        before
            .into_iter()
            .map(|(name, value)| {
                match value {
                    Some(value) => self.set.insert(name, value),
                    None => self.set.remove(name),
                };
                find(name).map_or(Change::Silent, |parameter| parameter.change())
            })
            .collect()
    }

    /// Takes one parameter back to its default.
    ///
    /// # Errors
    /// Fails when there is none of this name.
    pub fn reset(&mut self, name: &str) -> Result<Change, Refused> {
        let parameter = find(name).ok_or(Refused::Unknown)?;
        self.set.remove(parameter.name);
        Ok(parameter.change())
    }

    /// Takes all parameters back to their defaults; the application keeps its name.
    pub fn reset_all(&mut self) {
        self.set.retain(|name, _| *name == "application_name");
        self.before.clear();
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
        "us" => number / 1_000,
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
    fn what_a_transaction_sets_for_itself_ends_with_it() {
        let mut settings = Settings::default();
        settings.set("statement_timeout", "3s").unwrap();
        for value in ["1s", "2s"] {
            settings.set_for_transaction("statement_timeout", value).unwrap();
        }
        settings.set_for_transaction("datestyle", "ISO, DMY").unwrap();
        assert_eq!(settings.set_for_transaction("datestyles", ""), Err(Refused::Unknown));
        assert_eq!(settings.statement_timeout(), Some(Duration::from_secs(2)));
        assert_eq!(settings.transaction_ends(), [Change::Reported("DateStyle"), Change::Silent]);
        assert_eq!(settings.statement_timeout(), Some(Duration::from_secs(3)));
        assert_eq!(settings.get("datestyle"), Some(("DateStyle", "ISO, MDY")));
        assert_eq!(settings.transaction_ends(), []);
    }

    #[test]
    fn names_are_found_in_any_case_and_fixed_ones_stay() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("datestyle", "ISO, DMY"), Ok(Change::Reported("DateStyle")));
        assert_eq!(settings.get("DATESTYLE"), Some(("DateStyle", "ISO, DMY")));
        assert_eq!(settings.set("server_version", "9"), Err(Refused::Fixed));
        assert_eq!(settings.set("datafusion.execution.batch_size", "1"), Err(Refused::Unknown));
        assert_eq!(settings.set("statement_timeout", "soon"), Err(Refused::Invalid));
        settings.set("statement_timeout", "3s").unwrap();
        assert_eq!(settings.statement_timeout(), Some(Duration::from_secs(3)));
        for (set, expected) in [("54321", "54321ms"), ("90s", "90s"), ("300000", "5min"), ("0", "0")] {
            settings.set("statement_timeout", set).unwrap();
            assert_eq!(settings.get("statement_timeout"), Some(("statement_timeout", expected)));
        }
        settings.reset_all();
        assert_eq!(settings.statement_timeout(), None);
        assert_eq!(settings.get("datestyle"), Some(("DateStyle", "ISO, MDY")));
    }
}
