//! Progress on standard error, and only when that is a terminal.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

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

/// A bar for a download whose length nobody knows: it says how many bytes `received` says. Hidden
/// when nobody would see it.
pub fn download(
    what: &str,
    received: impl Fn() -> u64 + Clone + Send + Sync + 'static,
) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_draw_target(target());
    let said = move |_: &ProgressState, out: &mut dyn Write| {
        // Writing into a text cannot fail.
        let _ = out.write_str(&received_words(received()));
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({received}{elapsed})") {
        bar.set_style(style.with_key("received", said));
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

fn received_words(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        bytes => format!("{} received, ", HumanBytes(bytes)),
    }
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

#[cfg(test)]
mod tests {
    use super::received_words;

    #[test]
    fn a_download_says_how_much_has_arrived() {
        assert_eq!(received_words(0), "");
        assert_eq!(received_words(3 << 20), "3.00 MiB received, ");
    }
}
