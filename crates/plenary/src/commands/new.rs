//! `plenary new`: creates a draft on a relay and prints its links.

use std::path::PathBuf;

use clap::Args;
use plenary_client::{Api, ApiError, CreatedDraft, NewDraft, Secret, ServerAddress};
use plenary_relay::Language;

use crate::draft_text;
use crate::exit::{Exit, Failure};
use crate::output::{print_line, read_input};
use crate::progress;
use crate::templates::Template;
use crate::word;

/// Where a relay answers unless told otherwise: the default of `plenary serve`.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8320";

const EXAMPLES: &str = "\
Examples:
  plenary new 'Securing industrial control systems'
  plenary new 'Online abuse' --from report.md
  plenary new 'Online abuse' --from report.docx
  plenary new 'Our report' --template best-practices-report
  plenary new 'Notre rapport' --template best-practices-report --language fr
  plenary new 'Our report' --json | jq -r .links.editor

Whoever has a link may do what it allows, without an account. There is no list of links on the
server: keep the facilitator's link, it is the one that opens everything.";

/// Create a draft and get its links
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct NewArgs {
    /// The title of the draft
    #[arg(value_name = "TITLE")]
    pub title: String,
    /// Begin with this Markdown file, with a Word document (.docx; takes pandoc), or with a bundle
    /// (.plenary), history included
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    pub from: Option<PathBuf>,
    /// Begin with a template
    #[arg(long, value_enum)]
    pub template: Option<Template>,
    /// The language of the draft, and of the template where it has it: ar, en, es, fr, ru or zh.
    /// What a file says of its own language outranks this
    #[arg(long, value_name = "TAG", value_parser = language)]
    pub language: Option<Language>,
    #[command(flatten)]
    pub server: ServerArgs,
    /// Print one JSON object instead of sentences
    #[arg(long)]
    pub json: bool,
}

/// Which relay, and the leave to create drafts there.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The server
    #[arg(long, value_name = "URL", env = "PLENARY_SERVER", default_value = DEFAULT_SERVER, help_heading = "Server")]
    pub server: String,
    /// The site secret that `plenary serve` printed; not needed for a server on this machine alone
    #[arg(
        long,
        value_name = "SECRET",
        env = "PLENARY_SITE_SECRET",
        hide_env_values = true,
        help_heading = "Server"
    )]
    pub site_secret: Option<String>,
}

impl ServerArgs {
    /// The server's HTTP interface.
    pub fn api(&self) -> Result<Api, Failure> {
        let address: ServerAddress = self.server.parse().map_err(|_| {
            Failure::new(
                Exit::BadInput,
                format!(
                    "{} is no address of a server: expected http://HOST:PORT or https://HOST",
                    self.server
                ),
            )
        })?;
        Ok(Api::new(address))
    }

    /// The site secret, if one was given.
    pub fn secret(&self) -> Option<Secret> {
        self.site_secret.clone().map(Secret::new)
    }

    /// Says what to do when creating failed.
    pub fn explain(&self, error: ApiError) -> Failure {
        let advice = match &error {
            ApiError::Unreachable { .. } => {
                "Nothing was created. Start a server with `plenary serve`, or name one with --server"
            }
            ApiError::Refused {
                status: 401 | 403, ..
            } => {
                "Nothing was created. Pass the site secret that `plenary serve` printed at its first start: --site-secret"
            }
            _ => "Nothing was created",
        };
        let failure = Failure::from(error);
        Failure::new(failure.exit, format!("{failure}. {advice}"))
    }
}

/// Runs the command.
pub fn run(args: &NewArgs) -> anyhow::Result<()> {
    let title = args.title.trim();
    if title.is_empty() {
        return Err(Failure::new(Exit::BadInput, "a draft needs a title").into());
    }
    if args.language.is_some() && args.from.as_deref().is_some_and(is_bundle) {
        let reason = "a bundle brings its own language: leave --language out";
        return Err(Failure::new(Exit::BadInput, reason).into());
    }
    let api = args.server.api()?;
    let progress = progress::upload("Creating the draft", 0);
    let mut sent = |bytes| progress.set_position(bytes);
    let created = match &args.from {
        Some(path) if is_bundle(path) => {
            let bundle = read_input(path)?;
            progress.set_length(bundle.len() as u64);
            api.import(&bundle, args.server.secret().as_ref(), &mut sent)
        }
        from => {
            let markdown = match (from, args.template) {
                (Some(path), _) => Some(markdown(path)?),
                (None, template) => template
                    .map(|template| template.text(args.language.unwrap_or_default()).to_owned()),
            };
            let draft = NewDraft {
                title: title.to_owned(),
                markdown,
                language: args.language.map(|language| language.tag().to_owned()),
            };
            // What JSON adds is little enough not to be seen.
            progress.set_length(draft.markdown.as_ref().map_or(0, String::len) as u64);
            api.create(&draft, args.server.secret().as_ref(), &mut sent)
        }
    };
    progress.finish_and_clear();
    let created = created.map_err(|error| args.server.explain(error))?;
    print_created(&created, args.json)
}

/// The language with this tag.
fn language(tag: &str) -> Result<Language, String> {
    Language::parse(tag).ok_or_else(|| {
        let tags = Language::ALL.map(Language::tag);
        format!("a draft begins in one of {}", tags.join(", "))
    })
}

/// Whether a file's name says that it is a bundle.
pub fn is_bundle(path: &std::path::Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("plenary"))
}

/// The Markdown of a file, whether it holds Markdown or a Word document.
pub fn markdown(path: &std::path::Path) -> Result<String, Failure> {
    if word::is_word(path) {
        return word::markdown_of(path);
    }
    let bytes = read_input(path)?;
    let unusable =
        |reason: String| Failure::new(Exit::BadInput, format!("{}: {reason}", path.display()));
    draft_text::check(&bytes).map_err(unusable)?;
    String::from_utf8(bytes).map_err(|error| unusable(error.to_string()))
}

/// Prints what was created: sentences for people, one object for programs.
pub fn print_created(created: &CreatedDraft, json: bool) -> anyhow::Result<()> {
    if json {
        print_line(&serde_json::to_string_pretty(created)?)?;
        return Ok(());
    }
    let links = &created.links;
    print_line(&format!(
        "Created \u{201c}{title}\u{201d} on {server}\n\n\
         Facilitate  {facilitator}\n            everything: links, stages, finalising. Keep it.\n\
         Edit        {editor}\n            write the text, in the browser or with `plenary sync`\n\
         Review      {reviewer}\n            comment and suggest\n\
         Read        {viewer}\n            read the text as it grows\n\n\
         To write in your own editor:\n  plenary sync '{editor}' draft.md",
        title = created.title,
        server = created.server,
        facilitator = links.facilitator,
        editor = links.editor,
        reviewer = links.reviewer,
        viewer = links.viewer,
    ))?;
    Ok(())
}
