//! Progress on stderr: a bar on a terminal, plain lines otherwise.

use std::borrow::Cow;
use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::Level;

use crate::logging;

/// The progress of one stage.
pub struct Stage {
    name: Cow<'static, str>,
    bars: MultiProgress,
    bar: ProgressBar,
}

/// The progress of one part of a stage, such as a pipeline, beside the others.
pub struct Part {
    bars: MultiProgress,
    bar: ProgressBar,
}

impl Stage {
    /// Starts a stage of unknown size.
    pub fn start(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        let terminal = stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        let bar = bars.add(ProgressBar::new_spinner().with_message(name.clone()));
        if terminal {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { name, bars, bar }
    }

    /// A part that is shown until it is dropped.
    pub fn part(&self, name: impl Into<Cow<'static, str>>) -> Part {
        let bar = self.bars.add(ProgressBar::new_spinner().with_message(name));
        Part { bars: self.bars.clone(), bar }
    }

    /// So many more things are to be done.
    pub fn expect_more(&self, more: u64) {
        expect_more(&self.bar, more);
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

impl Part {
    /// So many more things are to be done.
    pub fn expect_more(&self, more: u64) {
        expect_more(&self.bar, more);
    }

    /// So many more are done.
    pub fn advance(&self, done: u64) {
        self.bar.inc(done);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.bars.remove(&self.bar);
    }
}

fn expect_more(bar: &ProgressBar, more: u64) {
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}").expect("the template is constant and valid");
    bar.set_style(style);
    bar.set_length(bar.length().unwrap_or(0) + more);
}
