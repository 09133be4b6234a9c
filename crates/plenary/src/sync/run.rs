//! The loop around the engine: what wakes it, and when it may end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use plenary_client::{
    ApiError, DraftClient, DraftEvent, DraftOptions, DraftPart, Link, LinkState, Overview, Remark,
    Rescue, StopReason, now_ms,
};
use plenary_draft::document::{LoadLimits, load_document};
use plenary_protocol::close::CloseCode;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::args::SyncArgs;
use super::engine::Engine;
use super::file::LocalFile;
use super::participant::participant;
use super::state::open_store;
use super::voice::{Topic, Voice, count};
use super::watch::{FileWatch, Look};
use crate::draft_text;
use crate::exit::{Exit, Failure};
use crate::progress;
use crate::signals::Signals;
use crate::times::file_stamp;

/// How often documents that changed without the file (acknowledgements, the record, the
/// discussion) are stored.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// Runs the command.
///
/// # Errors
///
/// With the exit code that says why both sides are not equal and stored.
pub async fn sync(args: SyncArgs) -> anyhow::Result<()> {
    let link: Link = args.link.parse().map_err(Failure::from)?;
    let path = absolute(&args.file)?;
    let state = crate::folders::state()?;
    let store = open_store(link.draft, &path)?;
    let copy = store.load().map_err(Failure::from)?;
    let participant = participant(&state)?;
    let options = DraftOptions {
        participant: Some(participant.clone()),
        ..DraftOptions::default()
    };
    let client = DraftClient::open(&link, copy.as_ref(), options).map_err(Failure::from)?;
    let file = LocalFile::new(path);
    let (watch, trouble) = FileWatch::start(file.path(), &file.target());
    let mut voice = Voice::new(args.json);
    if let Some(trouble) = trouble {
        voice.say(
            Topic::Notice,
            format!("The system does not report changes of files here ({trouble}); the file is looked at every two seconds"),
        );
    }
    let traffic = client.traffic().clone();
    let progress = progress::download("Waiting for the draft", move || traffic.received_bytes());
    let engine = Engine::new(
        client,
        store,
        copy.as_ref(),
        file,
        args.first_contact(),
        voice,
    )?;
    let deadline = args
        .once
        .then(|| Instant::now() + Duration::from_secs(args.wait));
    let mut run = Run {
        engine,
        role: Role::Unknown,
        watch,
        deadline,
        reconcile_at: Some(Instant::now()),
        save_at: None,
        connected_before: false,
        unreached: None,
        progress,
        link,
        participant,
    };
    let result = run.until_the_end().await;
    run.progress.finish_and_clear();
    // Whatever ended the loop: what is known by now shall be known at the next start.
    let saved = run.engine.save_if_needed();
    result?;
    Ok(saved?)
}

/// The absolute path of a file that need not exist, in a folder that must.
fn absolute(file: &Path) -> anyhow::Result<PathBuf> {
    let name = file
        .file_name()
        .ok_or_else(|| Failure::new(Exit::BadInput, format!("{} names no file", file.display())))?;
    if file.is_dir() {
        let message = format!("{} is a folder; name a Markdown file", file.display());
        return Err(Failure::new(Exit::BadInput, message).into());
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().map_err(|error| {
        Failure::new(
            Exit::BadInput,
            format!("the folder {} cannot be used: {error}", folder.display()),
        )
    })?;
    Ok(folder.join(name))
}

pub(super) struct Run {
    pub(super) engine: Engine,
    watch: FileWatch,
    /// With `--once`: when to give up.
    deadline: Option<Instant>,
    reconcile_at: Option<Instant>,
    save_at: Option<Instant>,
    connected_before: bool,
    /// Why the last attempt to connect failed, if it did.
    unreached: Option<String>,
    progress: ProgressBar,
    pub(super) link: Link,
    /// The secret by which the relay knows this device.
    pub(super) participant: String,
    /// What the link allows, as the relay told on this connection.
    role: Role,
}

/// What is known of the link's role. Until it is known nothing that arrives is written to the
/// file, so that a link that only reads is refused before it changes anything.
enum Role {
    /// Not asked yet.
    Unknown,
    /// Asked over HTTP, because the websocket says it only when something is written.
    Asked(JoinHandle<Result<Overview, ApiError>>),
    /// The link may write; or the relay does not tell, and will refuse by itself.
    Writer,
    /// The link only reads, and changes wait that the relay is about to refuse one by one.
    Reader,
}

/// What ended a wait.
enum Woken {
    Draft(DraftEvent),
    Looked(Look),
    Reconcile,
    Save,
    Role(Result<Overview, ApiError>),
    GiveUp,
    Asked,
}

impl Run {
    async fn until_the_end(&mut self) -> anyhow::Result<()> {
        let mut signals = Signals::listen().context("signals cannot be listened to")?;
        // The file's edits go into the local copy before the network is asked for anything.
        self.engine.reconcile().await?;
        self.engine.client.connect();
        loop {
            if self.deadline.is_some() && self.is_done()? {
                self.engine.save_if_needed()?;
                self.say_saved();
                return Ok(());
            }
            let woken = self.wait(&mut signals).await;
            match woken {
                Woken::Draft(DraftEvent::Stopped(reason)) => {
                    return Err(self.stopped(reason).await.into());
                }
                Woken::Draft(event) => self.draft_event(event)?,
                Woken::Looked(Look::Notified) => self.reconcile().await?,
                Woken::Looked(Look::Polled) => {
                    if self.engine.file.may_have_changed() || self.engine.file.watches_displaced() {
                        self.reconcile().await?;
                    }
                }
                // The answer about the role plans it again.
                Woken::Reconcile if self.role_is_open() => self.reconcile_at = None,
                Woken::Reconcile => self.reconcile().await?,
                Woken::Role(answer) => self.role_told(answer)?,
                Woken::Save => {
                    self.save_at = None;
                    self.engine.save_if_needed()?;
                }
                Woken::GiveUp => return Err(self.why_not_done().into()),
                Woken::Asked => return self.leave().await,
            }
        }
    }

    async fn wait(&mut self, signals: &mut Signals) -> Woken {
        let (reconcile_at, save_at, deadline) = (self.reconcile_at, self.save_at, self.deadline);
        tokio::select! {
            event = self.engine.client.next() => Woken::Draft(event),
            look = self.watch.next() => Woken::Looked(look),
            () = at(reconcile_at) => Woken::Reconcile,
            () = at(save_at) => Woken::Save,
            answer = told(&mut self.role) => Woken::Role(answer),
            () = at(deadline) => Woken::GiveUp,
            () = signals.next() => Woken::Asked,
        }
    }

    async fn reconcile(&mut self) -> anyhow::Result<()> {
        self.reconcile_at = None;
        self.engine.reconcile().await?;
        self.say_status();
        Ok(())
    }

    fn role_is_open(&self) -> bool {
        self.engine.client.is_online() && matches!(self.role, Role::Unknown | Role::Asked(_))
    }

    /// Asks for the role once on each connection: it may have changed in between.
    fn ask_role(&mut self) {
        let (api, draft, secret) = (self.link.api(), self.link.draft, self.link.secret.clone());
        let participant = self.participant.clone();
        self.role = Role::Asked(tokio::task::spawn_blocking(move || {
            api.overview(draft, secret.as_ref(), Some(&participant))
        }));
    }

    fn role_told(&mut self, answer: Result<Overview, ApiError>) -> Result<(), Failure> {
        let reads_only =
            answer.is_ok_and(|overview| matches!(overview.role.as_str(), "viewer" | "reviewer"));
        self.role = if reads_only {
            Role::Reader
        } else {
            Role::Writer
        };
        self.reconcile_at = Some(Instant::now());
        // Changes that wait are rescued when the relay has put them aside.
        if reads_only && self.engine.client.waiting_changes() == 0 {
            return Err(read_only_link());
        }
        Ok(())
    }

    fn is_done(&self) -> anyhow::Result<bool> {
        let settled = self.reconcile_at.is_none() && matches!(self.role, Role::Writer);
        Ok(settled && self.engine.client.in_step() && self.engine.file_is_current()?)
    }

    fn draft_event(&mut self, event: DraftEvent) -> anyhow::Result<()> {
        match event {
            DraftEvent::Updated(part) => {
                self.engine.mark_unsaved();
                self.plan_save();
                if part == DraftPart::Text {
                    let at = Instant::now() + self.engine.patience();
                    self.reconcile_at =
                        Some(self.reconcile_at.map_or(at, |planned| planned.min(at)));
                }
            }
            DraftEvent::Status => {
                self.engine.mark_unsaved();
                self.plan_save();
                self.refuse_readers()?;
                self.say_status();
            }
            DraftEvent::Rescue(rescue) => return Err(self.rescue(&rescue)?.into()),
            DraftEvent::Remark(remark) => self.remark(remark)?,
            // It ends the loop before it comes here.
            DraftEvent::Stopped(_) => {}
        }
        Ok(())
    }

    fn plan_save(&mut self) {
        if self.save_at.is_none() {
            self.save_at = Some(Instant::now() + SAVE_EVERY);
        }
    }

    /// Ends before anything is written when the link may read the text but not write it.
    fn refuse_readers(&self) -> Result<(), Failure> {
        // Changes that wait are rescued first, which says the same with more words.
        let read_only = self
            .engine
            .client
            .followed(DraftPart::Text)
            .is_some_and(|text| {
                text.read_only() && text.up_to_date() && text.waiting_changes() == 0
            });
        if read_only {
            return Err(read_only_link());
        }
        Ok(())
    }

    /// The relay refused changes that were made while its answer was not known. They are written
    /// to a file of their own; the file that is synced is not touched.
    fn rescue(&mut self, rescue: &Rescue) -> anyhow::Result<Failure> {
        let stamp = file_stamp(now_ms());
        let raw = self
            .engine
            .store()
            .keep(&format!("refused-{stamp}.automerge"), &rescue.saved)
            .map_err(Failure::from)?;
        let readable = load_document(&rescue.saved, &LoadLimits::default())
            .ok()
            .and_then(|document| draft_text::source(&document).ok());
        let kept = match readable {
            Some(text) => self.engine.keep("refused", &text)?,
            None => raw,
        };
        self.engine.forget_base()?;
        Ok(Failure::new(
            Exit::Refused,
            format!(
                "the server took none of {changes}: this link may read the draft, not write it. \
                 Your words are kept in {kept}, and {file} was left as it is. Ask a facilitator for an editor's link",
                changes = count(rescue.refused_changes, "change", "changes"),
                kept = kept.display(),
                file = self.engine.file.path().display(),
            ),
        ))
    }

    fn remark(&mut self, remark: Remark) -> Result<(), Failure> {
        match remark {
            Remark::Unavailable { document } if document == self.engine.client.draft() => {
                Err(Failure::new(
                    Exit::Refused,
                    "the server does not hand out this draft for syncing. A viewer's link only reads: use `plenary export LINK --to md`, \
                 or ask a facilitator for an editor's link",
                ))
            }
            Remark::Unavailable { .. } => Ok(()),
            Remark::Quarantined {
                changes, message, ..
            } => {
                let changes = count(changes, "change", "changes");
                self.say(
                    Topic::Notice,
                    format!("The server put {changes} aside: {message}"),
                );
                Ok(())
            }
            Remark::ReadOnly { message, .. } | Remark::Said { message, .. } => {
                self.say(Topic::Notice, format!("The server says: {message}"));
                Ok(())
            }
        }
    }

    async fn stopped(&self, reason: StopReason) -> Failure {
        let waiting = match &reason {
            StopReason::Refused { code, .. } if *code == CloseCode::LinkRevoked.code() => {
                self.hand_in().await
            }
            _ => self.waiting_words(),
        };
        match reason {
            StopReason::Refused { message, .. } => Failure::new(
                Exit::Refused,
                format!(
                    "the server refused: {message}.{waiting} Ask a facilitator for a valid link"
                ),
            ),
            StopReason::Incompatible { message } => Failure::new(
                Exit::Failed,
                format!("{message}.{waiting} Update the older of the two"),
            ),
            StopReason::Hostile { message } => Failure::new(
                Exit::Failed,
                format!(
                    "{message}. Nothing of it was stored.{waiting} Tell whoever runs the server"
                ),
            ),
        }
    }

    fn waiting_words(&self) -> String {
        match self.engine.client.waiting_changes() {
            0 => String::new(),
            waiting => format!(
                " {} stored on this device and not on the server.",
                count(waiting, "change is", "changes are")
            ),
        }
    }

    fn say_status(&mut self) {
        if self.engine.client.is_ready() {
            self.progress.finish_and_clear();
        }
        let waiting = self.engine.client.waiting_changes();
        match self.engine.client.link().clone() {
            LinkState::Waiting { reason, .. } => {
                self.connected_before = false;
                self.role = Role::Unknown;
                self.unreached = Some(reason.clone());
                let message = if waiting > 0 {
                    format!(
                        "Not connected ({reason}). {} for the connection",
                        count(waiting, "change waits", "changes wait")
                    )
                } else {
                    format!(
                        "Not connected ({reason}). Edits are kept on this device and sent later"
                    )
                };
                let topic = if waiting > 0 {
                    Topic::Waiting
                } else {
                    Topic::Connection
                };
                self.say(topic, message);
            }
            LinkState::Online { .. } => {
                self.unreached = None;
                if !self.connected_before {
                    self.connected_before = true;
                    self.ask_role();
                    self.say(
                        Topic::Connection,
                        format!("Connected to {}", self.link.server.host()),
                    );
                }
                if self.is_done().unwrap_or(false) {
                    self.say_saved();
                }
            }
            _ => {}
        }
    }

    fn say_saved(&mut self) {
        self.say(
            Topic::Saved,
            "Saved on the server; file and draft are equal".to_owned(),
        );
    }

    fn say(&mut self, topic: Topic, message: String) {
        let voice = &mut self.engine.voice;
        self.progress.suspend(|| voice.say(topic, message));
    }

    /// Ctrl-C: the last edit of the file is taken in and stored, then the program may end.
    async fn leave(&mut self) -> anyhow::Result<()> {
        self.engine.reconcile().await?;
        self.engine.save_if_needed()?;
        let waiting = self.engine.client.waiting_changes();
        if waiting > 0 {
            let changes = count(waiting, "change waits", "changes wait");
            self.say(
                Topic::Waiting,
                format!("Ended. {changes} on this device for the next `plenary sync`"),
            );
        }
        Ok(())
    }

    fn why_not_done(&self) -> Failure {
        let client = &self.engine.client;
        if let Some(trouble) = self.engine.trouble() {
            return Failure::new(
                Exit::BadInput,
                format!("file and draft are not equal: {trouble}"),
            );
        }
        let connection = match (client.link(), &self.unreached) {
            (LinkState::Online { .. }, _) => {
                "the server has not confirmed everything in time".to_owned()
            }
            // Also while one more attempt is under way.
            (_, Some(reason)) => format!("the server was not reached ({reason})"),
            (_, None) => "the server did not answer in time".to_owned(),
        };
        let waiting = self.waiting_words();
        let nothing_yet = if client.is_ready() {
            ""
        } else {
            " The draft has not arrived completely, so the file was not written."
        };
        Failure::new(
            Exit::NotStored,
            format!(
                "{connection}.{nothing_yet}{waiting} Nothing is lost: run the command again later"
            ),
        )
    }
}

fn read_only_link() -> Failure {
    Failure::new(
        Exit::Refused,
        "you may read the draft by this link, not write its text, so a file cannot be kept equal with it. \
         Nothing was changed. Ask a facilitator for an editor's link, or use `plenary export LINK --to md`",
    )
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

async fn told(role: &mut Role) -> Result<Overview, ApiError> {
    match role {
        Role::Asked(answer) => answer
            .await
            .unwrap_or_else(|error| Err(ApiError::Answer(error.to_string()))),
        _ => std::future::pending().await,
    }
}
