//! What `plenary sync` says: one line for each change of state, with the time.

use std::io::Write;

use plenary_client::now_ms;
use serde::Serialize;

use crate::times::clock_time;

/// The kinds of lines, as the JSON form names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Both sides are equal and stored.
    Saved,
    /// Changes wait for the connection.
    Waiting,
    /// The connection came or went.
    Connection,
    /// The file's edits went into the draft.
    TookIn,
    /// The draft's edits went into the file.
    Wrote,
    /// Something was kept aside.
    Kept,
    /// The relay or the file system said something.
    Notice,
}

#[derive(Serialize)]
struct Line<'a> {
    at_ms: i64,
    topic: Topic,
    message: &'a str,
}

/// Speaks on standard output and does not repeat itself.
#[derive(Debug)]
pub struct Voice {
    json: bool,
    last: Option<(Topic, String)>,
}

impl Voice {
    /// Speaks in lines for people, or in one JSON object for each line.
    pub fn new(json: bool) -> Self {
        Self { json, last: None }
    }

    /// Says it, unless it was the last thing said.
    pub fn say(&mut self, topic: Topic, message: impl Into<String>) {
        let said = (topic, message.into());
        if self.last.as_ref() == Some(&said) {
            return;
        }
        self.print(topic, &said.1);
        self.last = Some(said);
    }

    fn print(&self, topic: Topic, message: &str) {
        let at_ms = now_ms();
        let mut out = std::io::stdout().lock();
        let written = if self.json {
            let line = Line {
                at_ms,
                topic,
                message,
            };
            serde_json::to_string(&line)
                .map_err(std::io::Error::other)
                .and_then(|line| writeln!(out, "{line}"))
        } else {
            writeln!(out, "{} {message}", clock_time(at_ms))
        };
        // Nobody reads any more (a closed pipe): syncing goes on, which is what matters.
        let _ = written.and_then(|()| out.flush());
    }
}

/// "1 change", "3 changes".
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
