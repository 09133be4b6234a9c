//! What is exported: a Markdown file, a bundle, or a draft behind a link.

use std::path::PathBuf;

use plenary_client::{ApiError, Link, Rendered};
use plenary_export::HtmlOptions;

use super::args::{ExportArgs, Format};
use crate::bundle::{OpenedBundle, parse_heads};
use crate::commands::new::is_bundle;
use crate::exit::{Exit, Failure};
use crate::output::read_input;

/// Where the source is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A Markdown file.
    File(PathBuf),
    /// A bundle in a file.
    Bundle(PathBuf),
    /// A draft on a relay.
    Draft(Box<Link>),
}

/// A source that has been read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// How messages name it.
    pub label: String,
    /// The title where the text gives none.
    pub title: String,
    /// The language where the text names none.
    pub language: Option<String>,
    /// The authors' Markdown, where a format is made of it.
    pub markdown: Option<Vec<u8>>,
    /// What is known beside the text.
    pub known: HtmlOptions,
    /// The page that the relay rendered.
    page: Option<Vec<u8>>,
    bundle: Option<Vec<u8>>,
}

impl Loaded {
    /// A format that need not be made any more.
    pub fn ready(&self, format: Format) -> Option<&[u8]> {
        match format {
            Format::Bundle => self.bundle.as_deref(),
            Format::Html => self.page.as_deref(),
            Format::Md => None,
        }
    }
}

impl Place {
    /// Tells the three apart by what was typed.
    pub fn of(source: &str) -> Result<Self, Failure> {
        if source.contains("://") {
            let link: Link = source.parse().map_err(Failure::from)?;
            return Ok(Self::Draft(Box::new(link)));
        }
        let path = PathBuf::from(source);
        Ok(if is_bundle(&path) {
            Self::Bundle(path)
        } else {
            Self::File(path)
        })
    }

    /// The name of results without an extension.
    pub fn stem(&self) -> String {
        match self {
            Self::File(path) | Self::Bundle(path) => path.file_stem().map_or_else(
                || "draft".to_owned(),
                |stem| stem.to_string_lossy().into_owned(),
            ),
            Self::Draft(link) => format!(
                "draft-{}",
                link.draft.to_string().chars().take(8).collect::<String>()
            ),
        }
    }

    /// Reads the source as far as the formats need it.
    pub fn load(
        &self,
        args: &ExportArgs,
        formats: impl Iterator<Item = Format>,
    ) -> Result<Loaded, Failure> {
        let formats: Vec<Format> = formats.collect();
        match self {
            Self::File(path) => {
                if formats.contains(&Format::Bundle) {
                    return Err(Failure::new(
                        Exit::BadInput,
                        "a plain Markdown file has no history to bundle: make a draft of it with `plenary new --from`, then export that",
                    ));
                }
                if args.at.is_some() {
                    return Err(Failure::new(
                        Exit::BadInput,
                        "a plain Markdown file has no history for --at",
                    ));
                }
                Ok(Loaded {
                    label: path.display().to_string(),
                    title: self.stem(),
                    markdown: Some(read_input(path)?),
                    ..Loaded::default()
                })
            }
            Self::Bundle(path) => from_bundle(&path.display().to_string(), read_input(path)?, args),
            Self::Draft(link) => from_link(link, args, &formats),
        }
    }
}

fn from_bundle(label: &str, bytes: Vec<u8>, args: &ExportArgs) -> Result<Loaded, Failure> {
    let bundle = OpenedBundle::read(label, &bytes)?;
    let heads = args.at.as_deref().map(parse_heads).transpose()?;
    let at = bundle.text_at(heads.as_deref())?;
    Ok(Loaded {
        label: label.to_owned(),
        title: at.title,
        language: at.language,
        markdown: Some(at.source),
        known: HtmlOptions {
            // An old state had a stage of its own, which the present one would misname.
            stage: heads.is_none().then(|| bundle.stage()),
            document_id: Some(bundle.draft_id()),
            heads: at.heads.iter().map(ToString::to_string).collect(),
            ..HtmlOptions::default()
        },
        page: None,
        bundle: Some(bytes),
    })
}

/// The present text is open to every link. A bundle and old states hold the history, deleted
/// sentences included, so they take a link that may read it.
///
/// Those who only read get the very page that the relay shows them; Markdown with additions or
/// flattened is made here, of the Markdown that the relay gives.
fn from_link(link: &Link, args: &ExportArgs, formats: &[Format]) -> Result<Loaded, Failure> {
    let api = link.api();
    let secret = link.secret.as_ref();
    let label = link.public_url();
    if formats.contains(&Format::Bundle) || args.at.is_some() {
        return match api.fetch(link.draft, secret, Rendered::Bundle) {
            Ok(bytes) => from_bundle(&label, bytes, args),
            Err(error) => Err(bundle_refused(error)),
        };
    }
    let overview = api.overview(link.draft, secret, None)?;
    let reads_only = overview.role == "viewer";
    let fetch = |wanted: bool, what| {
        wanted
            .then(|| api.fetch(link.draft, secret, what))
            .transpose()
    };
    let page = reads_only && formats.contains(&Format::Html);
    let markdown = !page || formats.contains(&Format::Md);
    Ok(Loaded {
        label,
        title: overview.title,
        language: overview.language,
        page: fetch(page, Rendered::Html)?,
        markdown: fetch(markdown, Rendered::Markdown)?,
        known: HtmlOptions {
            stage: Some(overview.stage),
            document_id: Some(overview.document_id),
            heads: overview.heads,
            ..HtmlOptions::default()
        },
        bundle: None,
    })
}

/// Says what a bundle takes when the link does not give it.
pub fn bundle_refused(error: ApiError) -> Failure {
    match &error {
        ApiError::Refused { code, .. } if code == "role_too_low" => Failure::new(
            Exit::Refused,
            "this link reads the present text only, without its history: bundles, `history` and --at take a reviewer's link or more",
        ),
        _ => Failure::from(error),
    }
}
