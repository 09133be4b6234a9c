//! `plenary serve`: runs the relay.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use plenary_client::{fresh_rng, random_text};
use plenary_relay::access::{Network, SiteSecret};
use plenary_relay::storage::sqlite::SqliteStorage;
use plenary_relay::storage::{Storage, StorageError};
use plenary_relay::word::{Pandoc, WordLimits};
use plenary_relay::{AccessMode, Relay, RelayConfig, ServeError};
use tokio::net::TcpListener;

use crate::exit::{Exit, Failure};
use crate::logging;
use crate::render::HtmlRenderer;
use crate::signals::Signals;
use crate::templates;

/// A site secret of this many random bytes cannot be guessed.
const SITE_SECRET_BYTES: usize = 24;

const EXAMPLES: &str = "\
Examples:
  plenary serve
      For this machine alone, at http://127.0.0.1:8320.
  plenary serve --listen 127.0.0.1:0 --data ./drafts
      Any free port; the address is the first line on standard output.
  plenary serve --listen 0.0.0.0:8320 --public-url https://drafts.example.org
      For everybody, behind a proxy that speaks TLS. Creating drafts takes the site secret, which
      is printed at the first start.

Ctrl-C ends it in good order. What was acknowledged is on disk before anybody saw it, so nothing is
lost either when it is killed. Logs go to standard error; PLENARY_LOG=debug says more.";

/// Who may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Access {
    /// Drafts with a secret link for each role
    Links,
    /// A plain automerge-repo sync server for any documents, without roles, for trusted networks
    Open,
}

/// Run the relay with its web pages
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The address to listen on; port 0 takes any free one
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "PLENARY_LISTEN",
        default_value = "127.0.0.1:8320"
    )]
    pub listen: SocketAddr,
    /// Where drafts are kept [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "PLENARY_DATA")]
    pub data: Option<PathBuf>,
    /// The address by which people reach the server, for links
    #[arg(long, value_name = "URL", env = "PLENARY_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The folder with the built editor [default: the one built into the program, or web/dist]
    #[arg(long, value_name = "DIR", env = "PLENARY_WEB")]
    pub web: Option<PathBuf>,
    /// What reads Word documents [default: the pandoc on the PATH, if there is one]
    #[arg(long, value_name = "PATH", env = "PLENARY_PANDOC")]
    pub pandoc: Option<PathBuf>,
    /// A further origin whose pages may talk to the server; may be repeated
    #[arg(long, value_name = "ORIGIN", help_heading = "Access")]
    pub allow_origin: Vec<String>,
    /// A network of proxies that are believed about the address of their clients, such as
    /// 10.0.0.0/8, besides this machine; may be repeated
    #[arg(long, value_name = "NETWORK", help_heading = "Access")]
    pub trusted_proxy: Vec<Network>,
    /// Who may connect
    #[arg(long, value_enum, default_value_t = Access::Links, help_heading = "Access")]
    pub access: Access,
    /// Allow open access on an address that other machines can reach
    #[arg(long, help_heading = "Access")]
    pub insist_open: bool,
    /// What allows creating drafts from other machines [default: drawn and printed at the first start]
    #[arg(
        long,
        value_name = "SECRET",
        env = "PLENARY_SITE_SECRET",
        hide_env_values = true,
        help_heading = "Access"
    )]
    pub site_secret: Option<String>,
}

/// The folder that holds the drafts.
pub fn data_folder(given: Option<&Path>) -> Result<PathBuf, Failure> {
    match given {
        Some(folder) => Ok(folder.to_owned()),
        None => crate::folders::data(),
    }
}

/// Runs the command until it is asked to end.
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    logging::to_standard_error();
    let data = data_folder(args.data.as_deref())?;
    let mut signals = Signals::listen()?;
    let mut config = config(&args);
    config.pandoc = pandoc(args.pandoc.as_deref()).await?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!(
                "{} cannot be listened to: {error}. Name another address with --listen",
                args.listen
            ),
        )
    })?;
    let address = listener.local_addr()?;
    config
        .check(address)
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let opened = data.clone();
    let storage: Arc<dyn Storage> = Arc::new(
        tokio::task::spawn_blocking(move || SqliteStorage::open(&opened))
            .await?
            .map_err(Failure::from)?,
    );
    let others_can_reach_us = !address.ip().is_loopback() || config.public_url.is_some();
    if others_can_reach_us && config.access == AccessMode::Links {
        keep_site_secret(storage.as_ref(), args.site_secret.as_deref()).await?;
    }
    let relay = Relay::new(config, storage, Arc::new(HtmlRenderer), templates::all())?;
    announce(address, args.public_url.as_deref(), &data);
    plenary_relay::serve(relay, listener, async move { signals.next().await })
        .await
        .map_err(serve_failure)?;
    Ok(())
}

fn config(args: &ServeArgs) -> RelayConfig {
    RelayConfig {
        access: match args.access {
            Access::Links => AccessMode::Links,
            Access::Open => AccessMode::Open,
        },
        insist_open: args.insist_open,
        public_url: args
            .public_url
            .as_ref()
            .map(|url| url.trim_end_matches('/').to_owned()),
        site_secret: args.site_secret.as_ref().map(SiteSecret::new),
        allowed_origins: args.allow_origin.clone(),
        trusted_proxies: [Network::this_machine(), args.trusted_proxy.clone()].concat(),
        web_folder: args.web.clone().or_else(folder_of_checkout),
        ..RelayConfig::default()
    }
}

/// The pandoc that makes Markdown of Word documents. One that was named must work; one that lies on
/// the `PATH` may be too old.
async fn pandoc(named: Option<&Path>) -> Result<Option<Pandoc>, Failure> {
    match Pandoc::find(named, WordLimits::default()).await {
        Ok(found) => {
            if found.as_ref().is_some_and(|found| !found.limits_memory()) {
                tracing::warn!("this build of pandoc takes no limit of memory");
            }
            Ok(found)
        }
        Err(error) if named.is_some() => Err(Failure::new(
            Exit::Usage,
            format!("{error}. Name another one with --pandoc, or none"),
        )),
        Err(error) => {
            tracing::warn!(%error, "Word documents cannot be read here");
            Ok(None)
        }
    }
}

/// The editor of the checkout that this program was built in: programs without a built-in editor
/// are those that developers run.
fn folder_of_checkout() -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist"));
    let is_wanted = cfg!(not(feature = "embed-web")) && folder.join("index.html").is_file();
    is_wanted.then(|| folder.to_owned())
}

/// The address stands alone on the first line, for programs; what people want to know besides goes
/// to standard error.
fn announce(address: SocketAddr, public_url: Option<&str>, data: &Path) {
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    let _ = writeln!(out, "http://{address}").and_then(|()| out.flush());
    let open = public_url.map_or_else(|| format!("http://{address}"), str::to_owned);
    eprintln!(
        "Open {open} in a browser. Drafts are kept in {}. Ctrl-C ends.",
        data.display()
    );
}

/// Draws the site secret at the first start that needs one, prints it once and keeps its hash.
async fn keep_site_secret(storage: &dyn Storage, given: Option<&str>) -> anyhow::Result<()> {
    if given.is_some() || storage.site().site_secret_hash.is_some() {
        return Ok(());
    }
    let drawn = random_text(&mut fresh_rng()?, SITE_SECRET_BYTES);
    storage
        .set_site_secret(SiteSecret::new(drawn.clone()).hash())
        .await
        .map_err(Failure::from)?;
    eprintln!(
        "The site secret, which allows creating drafts from other machines. It is shown this once:\n  {drawn}"
    );
    Ok(())
}

fn serve_failure(error: ServeError) -> Failure {
    match error {
        ServeError::Config(error) => Failure::new(Exit::Usage, error.to_string()),
        ServeError::Storage(StorageError::Closed) => {
            Failure::new(Exit::Failed, "the storage closed unexpectedly")
        }
        ServeError::Storage(error) => Failure::from(error),
        ServeError::Listen(error) => Failure::new(
            Exit::Failed,
            format!("the listening socket failed: {error}"),
        ),
    }
}
