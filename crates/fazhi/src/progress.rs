//! Progress on stderr: a bar on a terminal, plain lines otherwise.

use std::borrow::Cow;
use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::Level;

use crate::logging;

/// The progress of one stage.
pub struct Stage {
    name: Cow<'static, str>,
    bar: ProgressBar,
}

impl Stage {
    /// Starts a stage of unknown size.
    pub fn start(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        let bar = ProgressBar::new_spinner().with_message(name.clone());
        if stderr().is_terminal() {
            bar.enable_steady_tick(Duration::from_millis(120));
        } else {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { name, bar }
    }

    /// So many more things are to be done.
    pub fn expect_more(&self, more: u64) {
        let style =
            ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}").expect("the template is constant and valid");
        self.bar.set_style(style);
        self.bar.set_length(self.bar.length().unwrap_or(0) + more);
    }

    /// So many more are done.
    pub fn advance(&self, done: u64) {
        self.bar.inc(done);
    }

    /// Ends the stage with one countable line.
    pub fn finish(self, summary: &str) {
        self.bar.finish_and_clear();
        logging::say(Level::INFO, &self.name, summary);
    }
}
