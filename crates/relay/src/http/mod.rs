//! The HTTP interface: creating and reading drafts, links and people, the pages, health and numbers,
//! and the door to the websockets.
//!
//! - `error` is the one place that says which failure has which status.
//! - `caller` finds out who makes a request and what they may do in a draft.
//! - `openapi` describes it all, from the handlers themselves.

mod audit;
mod bundle;
mod caller;
mod convert;
mod create;
mod credentials;
mod decide;
mod deletion;
mod editor;
mod error;
mod events;
mod extract;
mod fields;
mod groups;
mod hand_in;
mod health;
mod links;
mod openapi;
mod overview;
mod pages;
mod people;
mod person;
mod quarantine;
mod read;
mod rendered;
mod requests;
mod rooms;
mod security;
mod server;
mod session;
mod slow;
mod sync;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use rendered::RenderCache;

use crate::config::Bounds;
use crate::relay::Relay;

/// The addresses under `/api/v1`. What is not in this list is neither served nor described.
fn api(bounds: &Bounds) -> OpenApiRouter<Relay> {
    let (body, bundle) = (bounds.body_bytes, bounds.bundle_bytes);
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(reading())
        .merge(people_and_links())
        .merge(deciding())
        .layer(DefaultBodyLimit::max(body))
        .routes(routes!(create::create))
        .routes(routes!(create::import))
        .routes(routes!(convert::convert))
        .routes(routes!(hand_in::hand_in))
        .layer(DefaultBodyLimit::max(bundle.max(body)))
}

/// Opening and reading a draft.
fn reading() -> OpenApiRouter<Relay> {
    OpenApiRouter::new()
        .routes(routes!(server::look))
        .routes(routes!(session::exchange))
        .routes(routes!(session::close))
        .routes(routes!(overview::look))
        .routes(routes!(read::markdown))
        .routes(routes!(read::html))
        .routes(routes!(read::bundle))
        .routes(routes!(read::history))
        .routes(routes!(events::follow))
}

/// Who takes part, and by which links.
fn people_and_links() -> OpenApiRouter<Relay> {
    OpenApiRouter::new()
        .routes(routes!(people::list, people::add))
        .routes(routes!(people::write_me, people::erase_me))
        .routes(routes!(links::make_personal))
        .routes(routes!(people::correct, people::erase_other))
        .routes(routes!(people::merge))
        .routes(routes!(links::list, links::make))
        .routes(routes!(links::change, links::revoke))
}

/// What facilitators decide, and what was decided.
fn deciding() -> OpenApiRouter<Relay> {
    OpenApiRouter::new()
        .routes(routes!(requests::set_stage))
        .routes(routes!(requests::cut_milestone))
        .routes(routes!(requests::set_groups))
        .routes(routes!(requests::moderate))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::download))
        .routes(routes!(decide::look))
        .routes(routes!(decide::admit))
        .routes(routes!(decide::decline))
        .routes(routes!(audit::read))
        .routes(routes!(deletion::delete))
        .routes(routes!(deletion::undelete))
}

/// The description of what stands under `/api/v1`.
fn description() -> utoipa::openapi::OpenApi {
    api(&Bounds::default()).into_openapi()
}

/// All that the relay answers over HTTP, websockets included. Tests call it without a socket.
pub fn app(relay: Relay) -> Router {
    let (api, _) = api(&relay.config().bounds).split_for_parts();
    let api = api
        .route("/openapi.json", get(openapi::serve))
        .method_not_allowed_fallback(error::wrong_method)
        .fallback(error::no_such_address);
    Router::new()
        .nest("/api/v1", api)
        .route("/sync", get(sync::sync))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(pages::routes())
        .method_not_allowed_fallback(error::wrong_method)
        .fallback(editor::file)
        .layer(axum::middleware::from_fn(security::headers))
        .layer(axum::middleware::from_fn_with_state(
            relay.clone(),
            security::origin,
        ))
        .layer(axum::middleware::from_fn_with_state(
            relay.clone(),
            slow::in_time,
        ))
        .with_state(relay)
}
