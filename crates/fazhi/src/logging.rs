//! Log lines on stderr. `RUST_LOG` chooses what is logged; warnings and errors by default.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;

use serde_json::json;
use tracing::Level;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::checkpoint::Crash;
use crate::cli::LogFormat;

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Says something to the user on stderr, in the form that was asked for; `subject` is the stage or the kind of message.
#[expect(clippy::print_stderr, reason = "the one place that talks")]
pub fn say(level: Level, subject: &str, message: &str) {
    match FORMAT.get() {
        Some(LogFormat::Json) => {
            let timestamp = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            let fields = json!({ "message": message, "subject": subject });
            eprintln!(
                "{}",
                json!({ "timestamp": timestamp, "level": level.as_str(), "fields": fields, "target": "fazhi" })
            );
        }
        _ => eprintln!("{subject}: {message}"),
    }
}

/// Sends log lines to stderr in the wanted form.
pub fn install(format: LogFormat) {
    FORMAT.get_or_init(|| format);
    // The engine warns of things that only its developers can act on, and Delta's kernel reports every table that is not
    // there yet as an error; what fails for good comes back as an error of ours.
    let default = "warn,deltalake_core=error,datafusion=error,buoyant_kernel=off,html5ever=error";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines = match format {
        LogFormat::Text => {
            fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).with_target(false).boxed()
        }
        LogFormat::Json => fmt::layer().json().with_writer(io::stderr).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(Crash::layer()).init();
}
