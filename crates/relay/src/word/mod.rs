//! Word documents made into Markdown, by pandoc.
//!
//! A document comes from anybody, and pandoc is a large program. So it runs as a process of its own
//! that gets the document on its standard input, in an empty folder and environment, reads no other
//! file (`--sandbox`), and is ended when it takes too long, too much memory, or says too much. Few run
//! at a time, few wait, and who comes beyond that is told to come again.

mod process;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use process::{Ended, run};

/// What pandoc does to what it has read.
const FILTER: &str = include_str!("pandoc.lua");
/// The filter's name in the folder in which pandoc runs.
const FILTER_NAME: &str = "plenary.lua";
/// The Markdown that we read, as pandoc names it: see docs/report-format.md.
const OUR_MARKDOWN: &str = "commonmark+footnotes+pipe_tables+definition_lists+task_lists+strikeout\
                            +yaml_metadata_block-raw_html";
/// How much memory pandoc may use.
const MEMORY: [&str; 3] = ["+RTS", "-M512M", "-RTS"];
/// What the filter says before the number of pictures that it left out.
const PICTURES: &str = "plenary-pictures ";
/// With what every Word document begins, as it is a ZIP archive.
const ZIP: &[u8] = b"PK\x03\x04";

/// What a conversion may cost.
#[derive(Debug, Clone)]
pub struct WordLimits {
    /// The largest document, in bytes.
    pub document_bytes: usize,
    /// The longest Markdown, in bytes.
    pub markdown_bytes: usize,
    /// How long pandoc may take for one document.
    pub time: Duration,
    /// How long the document may take to arrive.
    pub upload: Duration,
    /// How many documents are converted at once.
    pub at_once: usize,
    /// How many more may wait for their turn.
    pub waiting: usize,
}

impl Default for WordLimits {
    fn default() -> Self {
        Self {
            document_bytes: 20 << 20,
            markdown_bytes: 16 << 20,
            time: Duration::from_secs(30),
            upload: Duration::from_secs(120),
            at_once: 2,
            waiting: 4,
        }
    }
}

/// A pandoc that was tried and works. Clones share its places.
#[derive(Debug, Clone)]
pub struct Pandoc(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: PathBuf,
    /// Whether this build of pandoc lets its memory be limited.
    limits_memory: bool,
    limits: WordLimits,
    places: Arc<Semaphore>,
    running: Semaphore,
}

/// A place for one document that is being converted or waits for it.
#[derive(Debug)]
pub struct Place(
    #[expect(dead_code, reason = "holding it is what it is for")] OwnedSemaphorePermit,
);

/// A document as Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The Markdown, with LF, and front matter where the document has a title.
    pub markdown: String,
    /// How many pictures were left out; their alternative text stands in their place.
    pub pictures: u32,
}

/// The program that was named, or found, is no pandoc that we can use.
#[derive(Debug, thiserror::Error)]
pub enum PandocError {
    /// It does not run.
    #[error("{program} cannot be run: {error}")]
    NotRun {
        /// The program.
        program: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It does not do what pandoc does.
    #[error("{program} is no pandoc 3 (it did not convert a line of text as it should)")]
    Unusable {
        /// The program.
        program: PathBuf,
    },
}

/// Why a document was not converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// It cannot be read.
    #[error("this is not a Word document (.docx), or it is damaged or locked by a password")]
    NotWord,
    /// It takes too long.
    #[error("converting it took longer than {} seconds", .0.as_secs())]
    TooLong(Duration),
    /// Too much comes of it.
    #[error("it becomes more than {0} bytes of Markdown")]
    TooMuch(usize),
    /// What came of it is no text.
    #[error("pandoc made something of it that is no text")]
    Garbled,
    /// Pandoc could not be run.
    #[error("pandoc could not be run")]
    Failed,
}

impl Pandoc {
    /// Tries the pandoc that was `named`, or the one on the `PATH`. `None` when nobody named one and
    /// there is none. Takes as long as pandoc needs to start, about a tenth of a second.
    ///
    /// # Errors
    /// What was named or found does not work.
    pub async fn find(
        named: Option<&Path>,
        limits: WordLimits,
    ) -> Result<Option<Self>, PandocError> {
        let Some(program) = named.map(Path::to_owned).or_else(on_path) else {
            return Ok(None);
        };
        let failed = |error| PandocError::NotRun {
            program: program.clone(),
            error,
        };
        // It runs in a folder of its own, so its name must not depend on ours.
        let program = program.canonicalize().map_err(failed)?;
        for limits_memory in [true, false] {
            let pandoc = Self::new(program.clone(), limits_memory, limits.clone());
            match pandoc
                .run("markdown", Bytes::from_static(b"A *line*.\n"))
                .await
            {
                Ok(Converted { markdown, .. }) if markdown == "A *line*.\n" => {
                    return Ok(Some(pandoc));
                }
                _ => {}
            }
        }
        Err(PandocError::Unusable { program })
    }

    fn new(program: PathBuf, limits_memory: bool, limits: WordLimits) -> Self {
        let at_once = limits.at_once.max(1);
        Self(Arc::new(Inner {
            program,
            limits_memory,
            places: Arc::new(Semaphore::new(at_once + limits.waiting)),
            running: Semaphore::new(at_once),
            limits,
        }))
    }

    /// Whether the memory of this pandoc is limited.
    pub fn limits_memory(&self) -> bool {
        self.0.limits_memory
    }

    /// What a conversion may cost.
    pub fn limits(&self) -> &WordLimits {
        &self.0.limits
    }

    /// A place for one document, if there is one free. To be taken before the document is read.
    pub fn place(&self) -> Option<Place> {
        let place = Arc::clone(&self.0.places).try_acquire_owned();
        place.ok().map(Place)
    }

    /// Makes Markdown of the bytes of a Word document, when it is its turn.
    ///
    /// # Errors
    /// See [`ConvertError`]; the same document fails in the same way again, but for
    /// [`ConvertError::TooLong`] and [`ConvertError::Failed`].
    pub async fn convert(&self, _: Place, document: Bytes) -> Result<Converted, ConvertError> {
        if !document.starts_with(ZIP) {
            return Err(ConvertError::NotWord);
        }
        let turn = self.0.running.acquire().await;
        let _turn = turn.map_err(|_| ConvertError::Failed)?;
        self.run("docx", document).await
    }

    async fn run(&self, from: &str, document: Bytes) -> Result<Converted, ConvertError> {
        let limits = &self.0.limits;
        let folder = tempfile::tempdir().map_err(failed)?;
        std::fs::write(folder.path().join(FILTER_NAME), FILTER).map_err(failed)?;
        let mut arguments = vec![
            "--sandbox",
            "--quiet",
            "--standalone",
            "--wrap=none",
            "--from",
            from,
            "--to",
            OUR_MARKDOWN,
            "--lua-filter",
            FILTER_NAME,
        ];
        if from == "docx" {
            arguments.push("--track-changes=accept");
        }
        if self.0.limits_memory {
            arguments.extend(MEMORY);
        }
        let ran = run(&self.0.program, &arguments, folder.path(), document, limits).await;
        let (markdown, remarks) = match ran.map_err(failed)? {
            Ended::Well { output, remarks } => (output, remarks),
            Ended::Badly => return Err(ConvertError::NotWord),
            Ended::TooLong => return Err(ConvertError::TooLong(limits.time)),
            Ended::TooMuch => return Err(ConvertError::TooMuch(limits.markdown_bytes)),
        };
        let markdown = String::from_utf8(markdown).map_err(|_| ConvertError::Garbled)?;
        if markdown.contains('\0') {
            return Err(ConvertError::Garbled);
        }
        let pictures = String::from_utf8_lossy(&remarks);
        let pictures = pictures
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(PICTURES)?.parse().ok());
        Ok(Converted {
            markdown,
            pictures: pictures.unwrap_or(0),
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err")]
fn failed(error: std::io::Error) -> ConvertError {
    tracing::error!(%error, "pandoc could not be run");
    ConvertError::Failed
}

/// The first program of that name in the folders of `PATH`.
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("pandoc"));
    places.find(|place| place.is_file())
}

#[cfg(test)]
mod tests;
