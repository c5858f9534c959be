//! Crash tests: ends the process, as `kill -9` would, at a named checkpoint.
//!
//! The libraries name the moments that matter for recovery as trace events of the target `fazhi::checkpoint`. When
//! `FAZHI_CRASH_AT` holds `point` or `point:n`, the n-th event of that name ends the process on the spot.

use std::env;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

const TARGET: &str = "fazhi::checkpoint";

/// A layer that waits for its checkpoint.
pub struct Crash {
    point: String,
    left: AtomicU32,
}

impl Crash {
    /// The crash that the environment asks for, if any. It hears of nothing but checkpoints, so that it does not slow down
    /// what it waits for.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> Option<impl Layer<S>> {
        let checkpoints = Targets::new().with_target(TARGET, LevelFilter::TRACE);
        Self::from_environment().map(|crash| crash.with_filter(checkpoints))
    }

    fn from_environment() -> Option<Self> {
        let wanted = env::var("FAZHI_CRASH_AT").ok().filter(|wanted| !wanted.is_empty())?;
        let (point, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some(Self { point: point.to_owned(), left: AtomicU32::new(count.parse().unwrap_or(1)) })
    }
}

impl<S: Subscriber> Layer<S> for Crash {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut point = Point::default();
        event.record(&mut point);
        if point.0 == self.point && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            kill_this_process();
        }
    }
}

/// SIGKILL runs no destructor and flushes no buffer, which is the point.
fn kill_this_process() {
    let killed = Command::new("kill").args(["-9", &std::process::id().to_string()]).stdin(Stdio::null()).status();
    debug_assert!(killed.is_ok(), "`kill` ends the process or cannot be started");
}

#[derive(Default)]
struct Point(String);

impl Visit for Point {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "point" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
