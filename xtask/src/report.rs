//! The list at the end: what ran, how it ended, how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// How many tests passed and failed, and how long each took where the runner said so.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// (seconds, name) of each test whose runner prints its time.
    pub timings: Vec<(f64, String)>,
}

impl Counts {
    /// One thing that passed, for steps which are not test runners.
    pub fn one() -> Self {
        Self {
            passed: 1,
            ..Self::default()
        }
    }

    /// Reads one line of a test runner's output, without colours.
    pub fn read_line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result:") {
            // libtest: `test result: ok. 3 passed; 0 failed; 0 ignored; …`
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
        } else if let Some(rest) = line.strip_prefix("Tests  ") {
            // vitest: `Tests  1 failed | 11 passed (12)`
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
        } else if let Some(rest) = line.strip_prefix("Summary [") {
            // nextest: `Summary [   1.234s] 12 tests run: 11 passed (1 slow), 1 failed, 0 skipped`
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed") + number_before(rest, " timed out");
        } else if let Some(count) = node_count(line, "pass") {
            self.passed += count;
        } else if let Some(count) = node_count(line, "fail") {
            self.failed += count;
        } else if let Some(timing) = nextest_timing(line).or_else(|| node_timing(line)) {
            self.timings.push(timing);
        }
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.timings.extend_from_slice(&other.timings);
    }
}

/// The whole number that stands right before `word`, or zero.
fn number_before(text: &str, word: &str) -> u64 {
    let Some(end) = text.find(word) else { return 0 };
    let digits: String = text[..end]
        .chars()
        .rev()
        .take_while(char::is_ascii_digit)
        .collect();
    digits
        .chars()
        .rev()
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}

/// node --test prints `ℹ pass 5` (spec) or `# pass 5` (tap).
fn node_count(line: &str, word: &str) -> Option<u64> {
    let rest = line
        .strip_prefix('\u{2139}')
        .or_else(|| line.strip_prefix('#'))?;
    rest.trim_start().strip_prefix(word)?.trim().parse().ok()
}

/// nextest prints `PASS [   0.004s] (12/34) plenary-draft ids::tests::round_trip`.
fn nextest_timing(line: &str) -> Option<(f64, String)> {
    let rest = line
        .strip_prefix("PASS [")
        .or_else(|| line.strip_prefix("FAIL ["))?;
    let (seconds, name) = rest.split_once("s]")?;
    let name = name.trim();
    let name = name
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map_or(name, |(_, name)| name.trim());
    Some((seconds.trim().parse().ok()?, name.to_owned()))
}

/// node's spec reporter prints `✔ opens a draft (123.4ms)`.
fn node_timing(line: &str) -> Option<(f64, String)> {
    let rest = line
        .strip_prefix('\u{2714}')
        .or_else(|| line.strip_prefix('\u{2716}'))?;
    let (name, time) = rest.trim().rsplit_once(" (")?;
    let milliseconds: f64 = time.strip_suffix("ms)")?.parse().ok()?;
    Some((milliseconds / 1000.0, name.to_owned()))
}

enum Ending {
    Ran(Counts),
    Broke,
    LeftOut(String),
}

struct Entry {
    name: String,
    took: Duration,
    ending: Ending,
}

/// That a report closed with failures, which it has printed.
#[derive(Debug)]
pub struct SomethingFailed;

impl std::fmt::Display for SomethingFailed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("something failed; the list above names it")
    }
}

impl std::error::Error for SomethingFailed {}

/// What ran so far. Steps after a failed one still run, so that one look shows everything.
#[derive(Default)]
pub struct Report {
    entries: Vec<Entry>,
}

impl Report {
    /// Runs one step under a name; an error is a failure of that step, not of the whole run.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Counts>) {
        println!("\n== {name}");
        let begun = Instant::now();
        let ending = match work() {
            Ok(counts) => Ending::Ran(counts),
            Err(error) => {
                println!("{name}: {error:#}");
                Ending::Broke
            }
        };
        self.entries.push(Entry {
            name: name.to_owned(),
            took: begun.elapsed(),
            ending,
        });
    }

    /// Notes a step that does not run here, with the reason and what would make it run.
    pub fn left_out(&mut self, name: &str, reason: &str) {
        println!("\n== {name}: left out: {reason}");
        self.entries.push(Entry {
            name: name.to_owned(),
            took: Duration::ZERO,
            ending: Ending::LeftOut(reason.to_owned()),
        });
    }

    /// Prints the list and the closing line; an error when anything failed.
    pub fn close(self) -> Result<()> {
        let mut total = Counts::default();
        println!(
            "\n{:<44} {:>9} {:>7} {:>7}",
            "step", "seconds", "passed", "failed"
        );
        for entry in &self.entries {
            let seconds = format!("{:.1}", entry.took.as_secs_f64());
            match &entry.ending {
                Ending::Ran(counts) => {
                    total.add(counts);
                    println!(
                        "{:<44} {seconds:>9} {:>7} {:>7}",
                        entry.name, counts.passed, counts.failed
                    );
                }
                Ending::Broke => {
                    total.failed += 1;
                    println!(
                        "{:<44} {seconds:>9} {:>7} {:>7}  see above",
                        entry.name, 0, 1
                    );
                }
                Ending::LeftOut(reason) => {
                    println!("{:<44} {:>9} left out: {reason}", entry.name, "-")
                }
            }
        }
        print_slowest(&mut total.timings);
        println!("\n{} passed, {} failed", total.passed, total.failed);
        if total.failed > 0 {
            return Err(SomethingFailed.into());
        }
        Ok(())
    }
}

fn print_slowest(timings: &mut [(f64, String)]) {
    const SHOWN: usize = 20;
    if timings.is_empty() {
        return;
    }
    timings.sort_by(|left, right| right.0.total_cmp(&left.0));
    println!(
        "\n{:>9}  the {} slowest of {} timed tests",
        "seconds",
        SHOWN.min(timings.len()),
        timings.len()
    );
    for (seconds, name) in timings.iter().take(SHOWN) {
        println!("{seconds:>9.2}  {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn check(lines: &str, passed: u64, failed: u64, timed: usize) {
        let mut counts = Counts::default();
        lines.lines().for_each(|line| counts.read_line(line));
        assert_eq!(
            (counts.passed, counts.failed, counts.timings.len()),
            (passed, failed, timed),
            "{lines}"
        );
    }

    #[test]
    fn every_runner_is_counted() {
        check(
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured",
            3,
            0,
            0,
        );
        check(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored",
            3,
            2,
            0,
        );
        check(
            "     Summary [   1.234s] 12 tests run: 11 passed (1 slow), 1 failed, 0 skipped",
            11,
            1,
            0,
        );
        check(
            "     Summary [   9.0s] 4/9 tests run: 3 passed, 1 timed out, 0 skipped",
            3,
            1,
            0,
        );
        check("      Tests  1 failed | 11 passed (12)", 11, 1, 0);
        check("\u{2139} pass 5\n\u{2139} fail 1", 5, 1, 0);
        check("# pass 7\n# fail 0", 7, 0, 0);
        check(
            "        PASS [   0.004s] ( 1/34) plenary-draft ids::tests::round_trip",
            0,
            0,
            1,
        );
        check("\u{2714} opens a draft (123.4ms)", 0, 0, 1);
        check("this line counts nothing", 0, 0, 0);
    }
}
