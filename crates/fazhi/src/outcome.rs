//! How a command ends.

use std::process::ExitCode;

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
        Self { error: error.into(), hint: None, cause: Cause::Failed }
    }
}
