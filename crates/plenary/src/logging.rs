//! What a server that runs writes to standard error.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

/// What is logged where `PLENARY_LOG` says nothing. Automerge opens a span for each column of each
/// change and writes the change's numbers into it: nobody reads them, and they cost a twentieth of
/// the processor time when many type.
const LOGGED: &str = "info,automerge=error";

/// Begins to log, panics included.
pub fn to_standard_error() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PLENARY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(LOGGED));
    // A second logger would only be refused.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
    std::panic::set_hook(Box::new(note_panic));
}

/// Says where a panic was, and not what it says: a slice out of its bounds quotes the text that was
/// to be sliced, and logs hold no text.
fn note_panic(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic
        .location()
        .map_or(("?", 0), |place| (place.file(), place.line()));
    tracing::error!(file, line, "a panic");
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_noted_without_the_text_that_it_quotes() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .finish();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(note_panic));
        tracing::subscriber::with_default(subscriber, || {
            let text = String::from("a sentence of the dräft");
            let sliced = std::panic::catch_unwind(|| text[..21].len());
            assert!(sliced.is_err(), "it is cut within a letter");
        });
        std::panic::set_hook(before);
        let lines = lines.0.lock().expect("not poisoned");
        let lines = String::from_utf8_lossy(&lines);
        assert!(lines.contains("logging.rs"), "{lines}");
        assert!(!lines.contains("sentence"), "{lines}");
    }
}
