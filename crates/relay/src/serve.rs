//! Accepting connections, and ending in good order.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use plenary_protocol::close::CloseCode;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::clock::now_ms;
use crate::config::{Bounds, ConfigError};
use crate::relay::Relay;
use crate::socket::Pulse;
use crate::storage::StorageError;

/// How long to wait when the system has no more file descriptors.
const NO_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Why a relay stopped, or did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings do not fit the address.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The listening socket failed.
    #[error("the listening socket failed: {0}")]
    Listen(#[from] std::io::Error),
    /// The storage could not be closed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Serves until `shutdown` is done: then stops accepting, tells clients, lets rooms finish what
/// they have, and closes the storage.
pub async fn serve(
    relay: Relay,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    raise_file_limit();
    let_many_wait(&listener);
    relay.config().check(address)?;
    relay.listens_on(address);
    let app = crate::app(relay.clone());
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::select! {
        () = shutdown => {}
        () = accept(&relay, &listener, &app, &stopping, &mut connections) => {}
        () = beat(&relay) => {}
        () = delete_for_good(&relay) => {}
    }
    drop(listener);
    stop.send_replace(true);
    let patience = relay.config().bounds.shutdown;
    tracing::info!(
        connections = relay.metrics().connections.get(),
        "shutting down"
    );
    // Rooms first: they finish their commits, hand out what is stored and then send away.
    let rooms = tokio::time::timeout(patience, relay.registry().shut_down()).await;
    relay.send_pulse(Pulse::GoingAway);
    let gone = async {
        relay.all_gone().await;
        while connections.join_next().await.is_some() {}
    };
    let gone = tokio::time::timeout(patience, gone).await;
    if rooms.is_err() || gone.is_err() {
        tracing::warn!("not everything ended in time; what is stored is stored");
    }
    relay.storage().close().await?;
    Ok(())
}

/// How many connections may wait to be accepted. When a network comes back, hundreds dial in one
/// moment; whom the queue cannot take is not told and tries again after a whole second. The
/// runtime's own figure is 128.
const WAITING_CONNECTIONS: i32 = 4096;

/// Lets as many connections wait as the system allows, up to [`WAITING_CONNECTIONS`].
fn let_many_wait(listener: &TcpListener) {
    // A second `listen` on a listening socket sets the length of its queue and nothing else.
    if let Err(error) = rustix::net::listen(listener, WAITING_CONNECTIONS) {
        tracing::warn!(%error, "the queue of waiting connections could not be made longer");
    }
}

/// Each connection is an open file, and most systems allow 1,024 unless asked for more.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
    }
}

/// Lets all connections ping at the same pace, with one timer for the whole relay.
async fn beat(relay: &Relay) {
    let mut interval = tokio::time::interval(relay.config().bounds.ping_interval);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut number = 0;
    loop {
        interval.tick().await;
        number += 1;
        relay.send_pulse(Pulse::Beat(number));
    }
}

/// Deletes drafts whose time of grace is over, and cuts whoever is still in one that is to be
/// deleted, as after an operator's command. Never ends by itself.
async fn delete_for_good(relay: &Relay) {
    let mut interval = tokio::time::interval(relay.config().bounds.deletion_rounds);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let deletions = match relay.storage().deletions().await {
            Ok(deletions) => deletions,
            Err(error) => {
                tracing::warn!(code = error.code(), %error, "drafts to be deleted could not be listed");
                continue;
            }
        };
        for (draft, deletion) in deletions {
            relay.cut(draft, &CloseCode::DraftGone.into(), |_| true);
            // A room that is still loaded could store what belongs to nothing any more.
            if deletion.purge_ms > now_ms() || relay.registry().holds(draft) {
                continue;
            }
            match relay.storage().purge(draft, now_ms()).await {
                Ok(()) => tracing::info!(%draft, "a draft was deleted for good"),
                Err(error) => {
                    tracing::warn!(%draft, code = error.code(), %error, "a draft could not be deleted");
                }
            }
        }
    }
}

/// Accepts connections. Never ends by itself.
async fn accept(
    relay: &Relay,
    listener: &TcpListener,
    app: &Router,
    stopping: &watch::Receiver<bool>,
    connections: &mut JoinSet<()>,
) {
    let places = Arc::new(Semaphore::new(relay.config().bounds.http_connections));
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_DESCRIPTORS).await;
                continue;
            }
        };
        // A flood of connections that say nothing is cut off here, not let in to wait.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let served = http(
            stream,
            address,
            app.clone(),
            &relay.config().bounds,
            stopping.clone(),
            place,
        );
        connections.spawn(served);
    }
}

/// Lets the system end a connection whose peer takes nothing of what it is sent for so long. What waits
/// for it is a whole answer in memory, and those who read a draft could hold any number of them.
#[cfg(target_os = "linux")]
fn end_when_stalled(stream: &TcpStream, patience: Duration) {
    let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
        tracing::debug!(%error, "a connection has no time limit");
    }
}

/// Other systems end such connections by their own measure.
#[cfg(not(target_os = "linux"))]
fn end_when_stalled(_: &TcpStream, _: Duration) {}

/// Serves HTTP on one connection, until it ends or becomes a websocket.
fn http(
    stream: TcpStream,
    address: SocketAddr,
    app: Router,
    bounds: &Bounds,
    stopping: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) -> impl Future<Output = ()> + use<> {
    // Small messages must not wait for each other.
    let _ = stream.set_nodelay(true);
    end_when_stalled(&stream, bounds.transfer_timeout);
    exchange(stream, address, app, bounds.join_timeout, stopping, place)
}

async fn exchange(
    stream: TcpStream,
    address: SocketAddr,
    app: Router,
    patience: Duration,
    mut stopping: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    let app = app.layer(Extension(ConnectInfo(address)));
    let service = TowerToHyperService::new(tower_service(app));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told_to_stop(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "an HTTP connection ended early");
    }
    drop(place);
}

/// Waits until the relay stops.
async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // If nobody is left to say so, it has stopped.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The router as a service for hyper's bodies.
fn tower_service(
    app: Router,
) -> impl tower::Service<
    Request<hyper::body::Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone {
    tower::service_fn(move |request: Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            let request = request.map(axum::body::Body::new);
            tower::ServiceExt::oneshot(app, request).await
        }
    })
}
