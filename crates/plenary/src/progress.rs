//! Progress on standard error, and only when that is a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Short work shows nothing: the bar appears only for work that takes longer than this.
const TICK: Duration = Duration::from_millis(120);

/// A bar for work of unknown length. Hidden when nobody would see it.
pub fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_draw_target(target());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

/// A bar for an upload of `bytes` bytes, which then waits for the server's answer. Hidden when
/// nobody would see it.
pub fn upload(what: &str, bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    bar.set_draw_target(target());
    if let Ok(style) = ProgressStyle::with_template(
        "{spinner} {msg} {bar:30} {bytes} of {total_bytes} ({elapsed}, {eta} left)",
    ) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}
