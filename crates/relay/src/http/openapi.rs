//! The description of the interface, made from the handlers themselves.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::error::Problem;
use crate::relay::Relay;

/// What stands above all addresses.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plenary",
        description = "Drafts, links, people and what was done about them. The documents themselves \
                       are synced over a websocket: see docs/protocol.md.\n\n\
                       Who asks is told by a link's secret (as a bearer, or as the cookie that \
                       `POST /session` sets), and who they are by the header \
                       `Plenary-Participant`: a secret that a program draws at random once and \
                       keeps. Requests that change something and carry a cookie need that header or \
                       `Plenary-Request: 1`.\n\n\
                       `x-plenary-role` is the least role that an address takes; `anybody` takes \
                       none, `site` the site secret.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem)),
    modifiers(&Schemes)
)]
pub(super) struct Description;

/// How one shows what one may do.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        for (name, what) in [
            ("link", "The part of a link behind #"),
            ("site", "The site secret, for making drafts"),
        ] {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(what.to_owned());
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
        let cookie = ApiKeyValue::with_description(
            "plenary-DRAFT",
            "The cookie that POST /session sets for one draft; __Host-plenary-DRAFT where it is \
             reached over https",
        );
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("cookie", cookie);
    }
}

/// The refusals that every address can answer with: problem details (RFC 9457).
pub(super) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let refusals = [
            ("400", "The request cannot be read"),
            ("401", "No secret came with the request"),
            ("403", "The secret does not allow it"),
            ("404", "There is no such thing"),
            ("405", "The address does not answer to this method"),
            ("409", "It contradicts what is"),
            ("410", "The draft was deleted"),
            ("413", "The request is too large"),
            ("422", "A field says what it cannot say"),
            ("429", "Too many attempts from one address"),
            ("500", "The relay failed, or what it stored is damaged"),
            ("503", "The storage failed, or the relay is restarting"),
        ];
        refusals
            .into_iter()
            .map(|(status, words)| {
                let problem = Ref::from_schema_name("Problem");
                let content = ContentBuilder::new().schema(Some(problem)).build();
                let response = ResponseBuilder::new()
                    .description(words)
                    .content("application/problem+json", content)
                    .build();
                (status.to_owned(), RefOr::T(response))
            })
            .collect()
    }
}

/// `GET /api/v1/openapi.json`: this description.
pub(super) async fn serve(State(relay): State<Relay>) -> Json<utoipa::openapi::OpenApi> {
    let mut described = super::description();
    let server = format!("{}/api/v1", relay.server_url());
    described.servers = Some(vec![utoipa::openapi::Server::new(server)]);
    Json(described)
}
