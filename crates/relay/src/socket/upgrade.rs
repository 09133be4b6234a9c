//! Turning an HTTP request into a websocket (RFC 6455, 4.2).

use std::pin::Pin;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::TokioIo;
use plenary_protocol::close::CloseReason;
use sha1::{Digest, Sha1};
use tokio::net::TcpStream;

use super::connection::Connection;
use super::grant::Grant;
use super::places::Place;
use crate::relay::Relay;

/// What a server appends to the key before it hashes it (RFC 6455, 1.3).
const ACCEPT_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What becomes of a connection's wish.
type Admitted = Pin<Box<dyn Future<Output = Result<(Grant, Place), CloseReason>> + Send>>;

/// Answers an upgrade, and runs the connection in a task of its own. A connection that is refused
/// is upgraded as well, to be told why. `admitted` is awaited once the stream is a websocket.
pub(crate) fn upgrade(
    relay: Relay,
    mut request: Request,
    admitted: impl Future<Output = Result<(Grant, Place), CloseReason>> + Send + 'static,
) -> Response {
    let Some(accept) = accept_key(request.method(), request.headers()) else {
        return plain(
            StatusCode::UPGRADE_REQUIRED,
            "this address is a websocket (version 13)\n",
        );
    };
    let upgraded = hyper::upgrade::on(&mut request);
    // Boxed: it is over soon, and a connection would keep room for it as long as it lasts.
    let admitted: Admitted = Box::pin(admitted);
    tokio::spawn(async move {
        match upgraded.await {
            Ok(upgraded) => serve(relay, upgraded, admitted).await,
            Err(error) => tracing::debug!(%error, "an upgrade was not completed"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// A short answer in plain text.
fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    );
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// The answer to the client's key; `None` when the request is no upgrade to a websocket.
fn accept_key(method: &Method, headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name: header::HeaderName, word: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let is_upgrade = *method == Method::GET
        && has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    if !is_upgrade {
        return None;
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(ACCEPT_SUFFIX);
    HeaderValue::from_str(&STANDARD.encode(hash.finalize())).ok()
}

/// Runs the connection over the stream that was an HTTP connection until now.
async fn serve(relay: Relay, upgraded: hyper::upgrade::Upgraded, admitted: Admitted) {
    let metrics = std::sync::Arc::clone(relay.metrics());
    metrics.connections.add(1);
    metrics.connections_total.add(1);
    let (grant, _place) = match admitted.await {
        Ok((grant, place)) => (Ok(grant), Some(place)),
        Err(reason) => (Err(reason), None),
    };
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            let (source, sink) = parts.io.into_inner().into_split();
            let connection = Connection::new(relay, source, sink, &parts.read_buf);
            // Eight kilobytes, even when nothing was in it, for as long as somebody holds it.
            drop(parts.read_buf);
            if let Ok(connection) = connection {
                Box::pin(connection.run(grant)).await;
            }
        }
        Err(upgraded) => {
            let (source, sink) = tokio::io::split(TokioIo::new(upgraded));
            if let Ok(connection) = Connection::new(relay, source, sink, &[]) {
                Box::pin(connection.run(grant)).await;
            }
        }
    }
    metrics.connections.subtract(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_the_key_is_that_of_the_standard() {
        let headers: HeaderMap = [
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .into_iter()
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect();
        let accept = accept_key(&Method::GET, &headers).expect("an upgrade");
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(accept_key(&Method::POST, &headers), None);
        for name in headers.keys() {
            let mut fewer = headers.clone();
            fewer.remove(name);
            assert_eq!(accept_key(&Method::GET, &fewer), None, "without {name}");
        }
    }
}
