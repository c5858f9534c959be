//! How a command ends.

use std::process::ExitCode;

use fazhi_warehouse::WarehouseError;

/// The end of a command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to complain of.
    Clean,
    /// Done, with issues of severity warning or above.
    Issues,
}

impl Outcome {
    /// The name in `runs.outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Issues => "issues",
        }
    }

    /// The end of a stage that met so many issues of severity warning or above.
    pub const fn of_issues(issues: u64) -> Self {
        if issues > 0 { Self::Issues } else { Self::Clean }
    }

    /// The worse of two ends.
    pub fn and(self, other: Self) -> Self {
        if self == Self::Issues { self } else { other }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Issues => Self::from(1),
        }
    }
}

/// What stopped a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Failed,
    Locked,
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// What failed and why.
    pub error: anyhow::Error,
    /// What to do about it.
    pub hint: Option<String>,
    cause: Cause,
}

impl Failure {
    /// Another run holds the lock.
    pub fn locked(error: anyhow::Error) -> Self {
        let hint = Some("wait for the other run to end, or give this one another `--data` folder".to_owned());
        Self { error, hint, cause: Cause::Locked }
    }

    /// A failure with a way out.
    pub fn hinted(error: anyhow::Error, hint: impl Into<String>) -> Self {
        Self { error, hint: Some(hint.into()), cause: Cause::Failed }
    }

    /// The exit code.
    pub const fn code(&self) -> u8 {
        match self.cause {
            Cause::Failed => 2,
            Cause::Locked => 3,
        }
    }

    /// Whether the reader of our output went away, as `head` does.
    pub fn is_closed_pipe(&self) -> bool {
        let kind = |cause: &(dyn std::error::Error + 'static)| {
            cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
        };
        self.error.chain().filter_map(kind).any(|kind| kind == std::io::ErrorKind::BrokenPipe)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let hint = error.downcast_ref::<WarehouseError>().and_then(way_out).map(str::to_owned);
        Self { error, hint, cause: Cause::Failed }
    }
}

fn way_out(error: &WarehouseError) -> Option<&'static str> {
    match error {
        WarehouseError::NoWarehouse { .. } => Some("check `--data`, or fill it with `fazhi run`"),
        WarehouseError::Io(_) | WarehouseError::Staging { .. } | WarehouseError::Table { .. } => {
            Some("is the disk full or read-only? what was stored is kept, and the command can be repeated")
        }
        WarehouseError::Folder { .. } | WarehouseError::Query(_) => None,
    }
}
