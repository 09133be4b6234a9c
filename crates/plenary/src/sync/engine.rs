//! Keeps one file and one draft equal.
//!
//! Everything happens in one task, in this order whenever something may have changed: the file's
//! edit goes into the draft and is stored with its new base; only then may the connection send;
//! then, if the draft has more than the file, the file is replaced. So there is one truth about
//! what the file is known to have (the base), and no moment in which a crash could lose an edit
//! or take it for another's.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use plenary_client::{Copy, DraftClient, DraftPart, LocalStore, fresh_rng, now_ms, random_text};

use super::file::{LocalFile, Replaced, Seen, after_crash};
use super::merge::{count_changed_words, three_way};
use super::state::{Notes, Writing};
use super::voice::{Topic, Voice, count};
use crate::draft_text;
use crate::exit::{Exit, Failure};
use crate::times::file_stamp;

/// How long a missing or emptied file is given to come back: editors delete and truncate before
/// they write.
const SECOND_LOOK_AFTER: Duration = Duration::from_millis(1500);
/// How often the file is looked at meanwhile.
const SECOND_LOOK_EVERY: Duration = Duration::from_millis(50);
/// An edit that removes more than this share of a long text is kept in a copy, in percent.
const LARGE_REMOVAL_PERCENT: usize = 50;
/// Texts shorter than this many words are not worth that copy.
const LONG_TEXT_WORDS: usize = 50;
/// How many rounds one reconciliation may take before it lets others have their turn.
const ROUNDS: usize = 8;
/// The time that changes say they were made at: none. Somebody may ask for their identity to be
/// withheld while the file is edited offline, and when somebody works can tell who they are. The
/// relay knows when it received a change, and that is what history tells.
const NO_TIME: i64 = 0;

/// Which side counts when file and draft differ at their first contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstContact {
    /// Neither: say so and end.
    Ask,
    /// The file.
    Ours,
    /// The draft.
    Theirs,
}

/// The file, the draft, and what is known of both.
pub struct Engine {
    pub(super) client: DraftClient,
    pub(super) file: LocalFile,
    pub(super) voice: Voice,
    store: LocalStore,
    notes: Notes,
    first_contact: FirstContact,
    /// The documents have changed since they were stored.
    unsaved: bool,
    /// The last trouble with the file, so that it is said once.
    trouble: Option<String>,
    /// How long the last save took; large drafts are saved less often.
    save_took: Duration,
}

/// What a look at the file found.
enum Found {
    /// The file with this content.
    Content(Vec<u8>),
    /// It is not there, and did not come back.
    Missing,
}

impl Engine {
    /// Puts the parts together. `copy` is what `store` held.
    pub fn new(
        client: DraftClient,
        store: LocalStore,
        copy: Option<&Copy>,
        file: LocalFile,
        first_contact: FirstContact,
        voice: Voice,
    ) -> Result<Self, Failure> {
        let notes = copy.map(Notes::of).transpose()?.unwrap_or_default();
        Ok(Self {
            client,
            file,
            voice,
            store,
            notes,
            first_contact,
            unsaved: false,
            trouble: None,
            save_took: Duration::ZERO,
        })
    }

    /// The draft's text as bytes of a file; `None` while it has not arrived.
    pub(super) fn draft_source(&self) -> anyhow::Result<Option<Vec<u8>>> {
        self.client
            .document(DraftPart::Text)
            .map(draft_text::source)
            .transpose()
    }

    /// Whether the file is known to have what the draft has.
    pub fn file_is_current(&self) -> anyhow::Result<bool> {
        let draft = self.draft_source()?;
        Ok(draft.is_some() && draft == self.notes.base && self.trouble.is_none())
    }

    /// The last trouble with the file, for those who ask why the sides are not equal.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// How long to wait after a remote change before the file is written: others type, and the
    /// more a save costs the more of it one save should cover.
    pub fn patience(&self) -> Duration {
        (self.save_took * 4).clamp(Duration::from_millis(150), Duration::from_secs(5))
    }

    /// Notes that documents changed, to be stored with the next save.
    pub fn mark_unsaved(&mut self) {
        self.unsaved = true;
    }

    /// Stores the documents and the notes if anything is new.
    pub fn save_if_needed(&mut self) -> Result<(), Failure> {
        if self.unsaved { self.save() } else { Ok(()) }
    }

    /// Stores the documents and the notes in one durable step.
    fn save(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        let mut copy = self.client.copy();
        self.notes.put(&mut copy, self.file.path());
        self.store.save(&copy).map_err(|error| {
            Failure::new(
                Exit::Failed,
                format!(
                    "{error}. Nothing was sent that is not stored; your words are in {}",
                    self.file.path().display()
                ),
            )
        })?;
        self.unsaved = false;
        self.save_took = began.elapsed();
        Ok(())
    }

    /// Keeps a text in a file of its own beside the state and returns its path.
    pub(super) fn keep(&self, what: &str, content: &[u8]) -> Result<PathBuf, Failure> {
        let name = format!("{what}-{}.md", file_stamp(now_ms()));
        Ok(self.store.keep(&name, content)?)
    }

    /// The folder of the state, for what is kept beside it.
    pub(super) fn store(&self) -> &LocalStore {
        &self.store
    }

    /// Forgets what the file had: file and draft meet anew.
    pub(super) fn forget_base(&mut self) -> Result<(), Failure> {
        self.notes = Notes::default();
        self.save()
    }

    /// Sorts out a write that was interrupted, by a crash or an error. Needs the draft's text.
    pub fn recover(&mut self) -> anyhow::Result<()> {
        if self.client.document(DraftPart::Text).is_none() {
            return Ok(());
        }
        let Some(writing) = self.notes.writing.take() else {
            return Ok(());
        };
        let base = self.notes.base.clone().unwrap_or_default();
        let (happened, displaced) = after_crash(&writing.names, &base, &writing.content);
        if happened {
            self.notes.base = Some(writing.content);
        }
        if let Some(edit) = displaced {
            self.take_in(&base, &edit)?;
        }
        self.save()?;
        self.file.forget(&writing.names);
        Ok(())
    }

    /// Takes in the file's edits, then brings the file up to date. Trouble with the file is said
    /// and tried again at the next look; an error means that nothing can go on.
    pub async fn reconcile(&mut self) -> anyhow::Result<()> {
        match self.reconcile_rounds().await {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    self.voice.say(Topic::Notice, "The file can be used again");
                }
                Ok(())
            }
            Err(error) => match error.downcast::<io::Error>() {
                Ok(trouble) => {
                    self.say_trouble(&trouble.to_string());
                    Ok(())
                }
                Err(error) => Err(error),
            },
        }
    }

    fn say_trouble(&mut self, reason: &str) {
        let message = format!(
            "{} is left alone: {reason}. It is tried again when it changes",
            self.file.path().display()
        );
        self.voice.say(Topic::Notice, message);
        self.trouble = Some(reason.to_owned());
    }

    async fn reconcile_rounds(&mut self) -> anyhow::Result<()> {
        // A write that ended in an error may or may not have happened.
        self.recover()?;
        for _ in 0..ROUNDS {
            self.take_late_writes()?;
            let Some(draft) = self.draft_source()? else {
                // Nothing of the text is here yet; the file keeps its edits meanwhile.
                return Ok(());
            };
            let found = self.look(&draft).await?;
            let Some(base) = self.notes.base.clone() else {
                self.meet(found, draft).await?;
                continue;
            };
            match found {
                Found::Content(content) => {
                    self.trouble_if_unusable(&content)?;
                    if content != base {
                        self.take_in_file(&base, content)?;
                    }
                }
                Found::Missing => {
                    self.restore(&draft).await?;
                    continue;
                }
            }
            let draft = self.draft_source()?.unwrap_or(draft);
            if Some(&draft) == self.notes.base.as_ref() {
                return Ok(());
            }
            self.write(draft).await?;
        }
        Ok(())
    }

    /// A content that no draft can take is trouble with the file, not a reason to end.
    fn trouble_if_unusable(&self, content: &[u8]) -> io::Result<()> {
        draft_text::check(content)
            .map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))
    }

    /// Reads the file at rest. A file that is missing, or empty while it should not be, is given
    /// time for the second half of an editor's save.
    async fn look(&mut self, draft: &[u8]) -> anyhow::Result<Found> {
        let began = Instant::now();
        loop {
            let seen = self.file.read_at_rest().await?;
            let known = self.notes.base.as_deref().unwrap_or(draft);
            let suspicious = match &seen {
                Seen::Missing => self.notes.base.is_some(),
                Seen::Content(content) => content.is_empty() && !known.is_empty(),
            };
            if !suspicious || began.elapsed() >= SECOND_LOOK_AFTER {
                return Ok(match seen {
                    Seen::Missing => Found::Missing,
                    Seen::Content(content) => Found::Content(content),
                });
            }
            tokio::time::sleep(SECOND_LOOK_EVERY).await;
        }
    }

    /// What editors wrote through old handles into files that we displaced.
    fn take_late_writes(&mut self) -> anyhow::Result<()> {
        for (before, after) in self.file.late_writes() {
            if draft_text::check(&after).is_ok() {
                self.take_in(&before, &after)?;
                self.save()?;
            } else {
                let kept = self.keep("late-edit", &after)?;
                self.voice.say(
                    Topic::Kept,
                    format!(
                        "An editor wrote something that is not text; it is kept in {}",
                        kept.display()
                    ),
                );
            }
        }
        Ok(())
    }

    /// The file was edited: the edit goes into the draft, and both are stored in one step.
    fn take_in_file(&mut self, base: &[u8], content: Vec<u8>) -> anyhow::Result<()> {
        let (old, new) = (
            String::from_utf8_lossy(base),
            String::from_utf8_lossy(&content),
        );
        let (added, removed) = count_changed_words(&old, &new);
        let words = old.split_whitespace().count();
        let kept = if words >= LONG_TEXT_WORDS && removed * 100 > words * LARGE_REMOVAL_PERCENT {
            Some(self.keep("before-large-removal", base)?)
        } else {
            None
        };
        let emptied = content.is_empty();
        self.take_in(base, &content)?;
        self.notes.base = Some(content);
        self.notes.writing = None;
        self.save()?;
        let what = if emptied {
            "The file was emptied, so the draft's text was removed; it stands in the draft's history".to_owned()
        } else {
            format!(
                "Took in the edit of {}: {} added, {removed} removed",
                self.file.path().display(),
                count(added, "word", "words"),
            )
        };
        match kept {
            None => self.voice.say(Topic::TookIn, what),
            Some(path) => self.voice.say(
                Topic::TookIn,
                format!("{what}. The text before that is kept in {}", path.display()),
            ),
        }
        Ok(())
    }

    /// Applies the edit that leads from `base` to `edited` to the draft. Not stored yet.
    pub(super) fn take_in(&mut self, base: &[u8], edited: &[u8]) -> anyhow::Result<()> {
        let draft = self.draft_source()?.unwrap_or_default();
        let merged = three_way(
            &String::from_utf8_lossy(base),
            std::str::from_utf8(edited).context("the edit is not text")?,
            &String::from_utf8_lossy(&draft),
        );
        self.replace_draft(merged.as_bytes())
    }

    /// Makes the draft's text equal to `source` by the smallest difference. Not stored yet.
    pub(super) fn replace_draft(&mut self, source: &[u8]) -> anyhow::Result<()> {
        self.unsaved = true;
        self.client
            .change(DraftPart::Text, |text, rng| {
                draft_text::replace(text, source, NO_TIME, rng)
            })
            .context("the draft's text is not here yet")?
    }

    /// Notes what the file has from now on, and stores it.
    pub(super) fn set_base(&mut self, base: Vec<u8>) -> Result<(), Failure> {
        self.notes.base = Some(base);
        self.notes.writing = None;
        self.save()
    }

    /// Brings the file to what the draft has. An edit that comes in between is taken in.
    pub(super) async fn write(&mut self, content: Vec<u8>) -> anyhow::Result<()> {
        let base = self.notes.base.clone().unwrap_or_default();
        let writing = self.begin_writing(content)?;
        let replaced = self.file.replace(&writing.names, &base).await?;
        self.notes.writing = None;
        self.unsaved = true;
        match replaced {
            Replaced::Untouched => {}
            Replaced::Done => {
                self.notes.base = Some(writing.content);
                let message = format!(
                    "Wrote the draft's changes to {}",
                    self.file.path().display()
                );
                self.voice.say(Topic::Wrote, message);
            }
            Replaced::Displaced { edit, written } => {
                if written {
                    self.notes.base = Some(writing.content);
                }
                if draft_text::check(&edit).is_ok() {
                    self.take_in(&base, &edit)?;
                } else {
                    let kept = self.keep("displaced-edit", &edit)?;
                    self.voice.say(
                        Topic::Kept,
                        format!("An edit that is not text was kept in {}", kept.display()),
                    );
                }
                self.save()?;
                self.file.forget(&writing.names);
                self.voice.say(
                    Topic::TookIn,
                    "Took in an edit that was saved in the same instant",
                );
            }
        }
        Ok(())
    }

    /// The file is gone: it is made again from the draft, unless it comes back by itself.
    async fn restore(&mut self, draft: &[u8]) -> anyhow::Result<()> {
        let writing = self.begin_writing(draft.to_vec())?;
        let made = self.file.create(&writing.names)?;
        self.notes.writing = None;
        self.unsaved = true;
        if made {
            self.notes.base = Some(writing.content);
            self.save()?;
            let message = format!(
                "{} was gone and was written again from the draft (to end syncing, end this program)",
                self.file.path().display()
            );
            self.voice.say(Topic::Wrote, message);
        }
        Ok(())
    }

    /// Makes the file for the first time.
    pub(super) fn create(&mut self, draft: Vec<u8>) -> anyhow::Result<bool> {
        let writing = self.begin_writing(draft)?;
        let made = self.file.create(&writing.names)?;
        self.notes.writing = None;
        if made {
            self.set_base(writing.content)?;
        }
        Ok(made)
    }

    /// Prepares the new content under a temporary name, and stores that a write is under way
    /// together with the documents that it comes from.
    fn begin_writing(&mut self, content: Vec<u8>) -> anyhow::Result<Writing> {
        let tag = random_text(&mut fresh_rng()?, 6);
        let names = self.file.prepare(&content, &tag)?;
        let writing = Writing { content, names };
        self.notes.writing = Some(writing.clone());
        if let Err(error) = self.save() {
            self.file.forget(&writing.names);
            return Err(error.into());
        }
        Ok(writing)
    }

    /// File and draft meet for the first time.
    async fn meet(&mut self, found: Found, draft: Vec<u8>) -> anyhow::Result<()> {
        let content = match found {
            Found::Missing => {
                if self.create(draft)? {
                    let message = format!("Wrote the draft to {}", self.file.path().display());
                    self.voice.say(Topic::Wrote, message);
                }
                return Ok(());
            }
            Found::Content(content) => content,
        };
        self.trouble_if_unusable(&content)?;
        if content == draft {
            self.set_base(content)?;
        } else if draft.is_empty()
            || (self.first_contact == FirstContact::Ours && !content.is_empty())
        {
            if !draft.is_empty() {
                let kept = self.keep("draft-before-ours", &draft)?;
                self.voice.say(
                    Topic::Kept,
                    format!("The draft's text until now is kept in {}", kept.display()),
                );
            }
            self.replace_draft(&content)?;
            self.set_base(content)?;
            let message = format!("Took in {}", self.file.path().display());
            self.voice.say(Topic::TookIn, message);
        } else if content.is_empty() || self.first_contact == FirstContact::Theirs {
            if !content.is_empty() {
                let kept = self.keep("file-before-theirs", &content)?;
                self.voice.say(
                    Topic::Kept,
                    format!("The file's text until now is kept in {}", kept.display()),
                );
            }
            self.set_base(content)?;
            self.write(draft).await?;
        } else {
            return Err(self.two_versions(&content, &draft).into());
        }
        Ok(())
    }

    fn two_versions(&self, content: &[u8], draft: &[u8]) -> Failure {
        let words = |bytes: &[u8]| {
            let number = String::from_utf8_lossy(bytes).split_whitespace().count();
            count(number, "word", "words")
        };
        Failure::new(
            Exit::TwoVersions,
            format!(
                "{file} and the draft both have text, and they differ ({ours} here, {theirs} in the draft). \
                 Neither was changed. Say which one counts: --ours takes the file, --theirs takes the draft; \
                 the other one is kept in a copy",
                file = self.file.path().display(),
                ours = words(content),
                theirs = words(draft),
            ),
        )
    }
}
