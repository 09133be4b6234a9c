//! `plenary`: the one binary. It reads the command line, runs one command, and turns what went
//! wrong into words and an exit code; everything else lives in the crates below.

mod bundle;
mod cli;
mod commands;
mod draft_text;
mod exit;
mod folders;
mod logging;
mod output;
mod progress;
mod render;
mod runtime;
mod signals;
mod sync;
mod templates;
mod times;
mod word;

use std::process::ExitCode;

use clap::Parser;

/// The system's allocator keeps what a crowd of rooms once needed; this one gives it back, so a
/// document that nobody has open costs no memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::from(exit::Exit::Success.code()),
        Err(error) => {
            // Both are best effort: without a standard error there is nobody to tell.
            eprintln!("plenary: {}", one_message(&error));
            ExitCode::from(exit::exit_of(&error).code())
        }
    }
}

/// The error with its causes as one line: what happened first, why last.
fn one_message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let words = cause.to_string();
        // Some errors repeat their cause in their own words.
        if message.contains(&words) {
            continue;
        }
        if !message.is_empty() {
            message.push_str(": ");
        }
        message.push_str(&words);
    }
    message
}
