//! What the rooms log, for people who look for a fault. Results never go this way.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, registry, util::SubscriberInitExt};

/// Writes iriskit's own events to standard error. Other crates stay silent: their requests would carry secrets.
pub fn start(least: LevelFilter, verbose: u8) {
    let level = match verbose {
        0 => least,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    if level == LevelFilter::OFF {
        return;
    }
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    // A second start, in tests, changes nothing.
    let _ = registry().with(lines).with(Targets::new().with_target("iriskit", level)).try_init();
}
