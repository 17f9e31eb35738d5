//! `--http`: a page that shows what is heard, metrics for Prometheus, and whether we listen.
//!
//! ```text
//! listening thread: Event ─ Note ─ queue ─ Board ┬ Server: a thread for each client
//!                   Work: samples, time ─────────┘
//! ```
//! Levels and posteriors are gathered only while a page is open.

mod access;
mod board;
mod metrics;
mod request;
mod server;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;

use anyhow::{Context, anyhow};
use polyspot_text::say;
use serde_json::json;

use super::control::{Choice, Desk};
use super::output::{Report, Subscriber};
use crate::arguments;
use crate::exit::Failure;
use access::Access;
use board::{Board, Note};
use server::Server;

/// The token, where no file is named.
const TOKEN_VARIABLE: &str = "POLYSPOT_HTTP_TOKEN";
/// So many events wait for the board, whose thread does nothing that takes long.
const ROOM: usize = 256;

/// Show what is heard in a browser.
#[derive(clap::Args)]
pub(crate) struct HttpArgs {
    /// Show what is heard on a page at this address, as 127.0.0.1:8080; with /metrics for Prometheus and /health. One that other
    /// machines can reach needs a token: --http-token-file, or the variable
    /// `POLYSPOT_HTTP_TOKEN`.
    #[arg(long, value_name = "IP:PORT", value_parser = address)]
    http: Option<SocketAddr>,

    /// Let in only who has the token in this file: as a password in the browser, or as `Authorization: Bearer TOKEN`.
    #[arg(long, value_name = "FILE", requires = "http")]
    http_token_file: Option<PathBuf>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address with a port, as 127.0.0.1:8080 or [::1]:8080".into())
}

/// What the pages need besides events.
pub(super) struct Given<'a> {
    pub(super) desk: &'a Arc<Desk>,
    /// Languages to choose from.
    pub(super) choices: &'a [Choice],
    pub(super) sample_rate_hz: u32,
}

/// Starts to serve, if that is asked for.
///
/// # Errors
/// When the address cannot be served at, it needs a token and there is none, or the system gives no thread.
pub(super) fn start(
    args: &HttpArgs,
    report: &mut Report,
    given: &Given<'_>,
) -> Result<Option<Subscriber>, Failure> {
    let Some(address) = args.http else { return Ok(None) };
    let token = arguments::secret(args.http_token_file.as_deref(), TOKEN_VARIABLE)?;
    if token.is_none() && Access::needs_token(address) {
        return Err(Failure::usage(anyhow!(
            "--http {address}: other machines can reach this address, so it needs a token: --http-token-file FILE, or {TOKEN_VARIABLE}"
        )));
    }
    let listener = TcpListener::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = listener.with_context(|| format!("--http {address} cannot be listened on"))?;
    let languages: Vec<_> = given.choices.iter().map(Choice::name).collect();
    let board = Arc::<Board>::default();
    let server = Arc::new(Server {
        access: Access { token },
        board: Arc::clone(&board),
        work: report.work(),
        sample_rate_hz: given.sample_rate_hz,
        desk: Arc::clone(given.desk),
        languages: json!(languages).to_string(),
        clients: AtomicUsize::new(0),
    });
    let subscriber = report.subscribe("http", ROOM, Note::of, move |notes| board.keep(&notes))?;
    thread::Builder::new().name("http".to_owned()).spawn(move || server::serve(&server, &listener))?;
    say!("polyspot: http://{address}/ shows what is heard");
    Ok(Some(subscriber))
}
