//! The whole URL table.

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, Route, guard};
use utoipa::OpenApi;

use crate::assets::Assets;
use crate::auth::{self, Credentials, Door, LoginSessions, PostRate, Site, TrustedProxies};
use crate::chat::Chat;
use crate::domain::Limits;
use crate::http::*;
use crate::store::Store;
use crate::ws::{self, Addresses, LiveSessions};

/// What the handlers are given. Made once, before the workers start; cloning shares it.
#[derive(Clone)]
pub struct Edge {
    pub store: Store,
    pub chat: Chat,
    pub limits: Limits,
    pub site: Site,
    pub proxies: TrustedProxies,
    pub door: Door,
    pub credentials: Credentials,
    pub post_rate: PostRate,
    pub addresses: Addresses,
    pub cookie_key: actix_web::cookie::Key,
    pub assets: Assets,
    pub readiness: Readiness,
    /// The sockets of this process, counted.
    pub live: LiveSessions,
    pub description: docs::Description,
}

/// From one list: the services, the paths of the API's description, and the table that tests compare both with. A path that is there but
/// not for a method answers 405; GET answers HEAD too.
macro_rules! table {
    ($($path:literal => { $($method:ident $($handler:ident)::+),+ $(,)? })+) => {
        /// Method and path below `/api/v1` of everything the API serves.
        pub const TABLE: &[(&str, &str)] = &[$($((stringify!($method), $path)),+),+];

        #[derive(OpenApi)]
        #[openapi(paths(crate::http::health::live, crate::http::health::ready, $($($($handler)::+),+),+))]
        struct Api;

        fn api(config: &mut ServiceConfig) {
            $(config.service(
                web::resource($path)
                    $(.route(on(Method::$method).to($($handler)::+)))+
                    .default_service(web::to(|request: HttpRequest| async move {
                        method_not_allowed(&request, &[$(stringify!($method)),+])
                    })),
            );)+
        }
    };
}

table! {
    "/place"                        => { GET place::show, PATCH place::change }
    "/setup"                        => { POST setup::establish }
    "/sign-up"                      => { POST sign_up::sign_up }
    "/sign-in"                      => { POST sign_in::sign_in }
    "/password-resets/{token}"      => { GET password_resets::show, POST password_resets::spend }
    "/sign-out"                     => { POST sign_in::sign_out }
    "/limits"                       => { GET limits::show }
    "/openapi.json"                 => { GET docs::openapi }
    "/me"                           => { GET me::show, PATCH me::change }
    "/me/password"                  => { POST me::change_password }
    "/me/delete"                    => { POST people::delete_own }
    "/me/second-factor"             => { GET second_factor::show, POST second_factor::begin, DELETE second_factor::remove }
    "/me/second-factor/confirm"     => { POST second_factor::confirm }
    "/me/second-factor/recovery-codes" => { POST second_factor::renew_codes }
    "/me/sessions"                  => { GET devices::list, DELETE devices::end_others }
    "/me/sessions/{id}"             => { DELETE devices::end }
    "/me/tokens"                    => { GET tokens::list, POST tokens::create }
    "/me/tokens/{id}"               => { DELETE tokens::end }
    "/ws-ticket"                    => { POST ws_ticket::create }
    "/audit"                        => { GET audit::list }
    "/audit/export"                 => { POST audit::export }
    "/invites"                      => { GET invites::list, POST invites::create }
    "/invites/{invite}"             => { GET invites::preview, DELETE invites::end }
    "/users"                        => { GET users::list }
    "/users/{id}"                   => { GET users::show, PATCH people::change, DELETE people::delete }
    "/users/{id}/account"           => { GET people::account }
    "/users/{id}/ban"               => { PUT people::ban, DELETE people::unban }
    "/users/{id}/password-reset"    => { POST password_resets::create }
    "/users/{id}/second-factor"     => { DELETE second_factor::remove_of_user }
    "/users/{id}/sessions"          => { GET people::sessions, DELETE people::end_sessions }
    "/users/{id}/tokens"            => { GET tokens::list_of_user }
    "/users/{id}/tokens/{token}"    => { DELETE tokens::end_of_user }
    "/presence"                     => { GET presence::show }
    "/rooms"                        => { GET rooms::list, POST rooms::create }
    "/rooms/public"                 => { GET rooms::public }
    "/rooms/{id}"                   => { GET rooms::show, PATCH rooms::change }
    "/rooms/{id}/join"              => { POST rooms::join }
    "/rooms/{id}/leave"             => { POST rooms::leave }
    "/rooms/{id}/typing"            => { POST rooms::typing }
    "/rooms/{id}/members"           => { GET members::list, POST members::add }
    "/rooms/{id}/members/{user}"    => { PATCH members::change, DELETE members::remove }
    "/rooms/{id}/bans"              => { GET room_bans::list }
    "/rooms/{id}/bans/{user}"       => { PUT room_bans::ban, DELETE room_bans::unban }
    "/rooms/{id}/messages"          => { GET messages::list, POST messages::post }
    "/rooms/{id}/events"            => { GET events::list }
    "/rooms/{id}/read"              => { PUT reads::mark }
    "/directs"                      => { POST directs::open }
}

/// Everything else, around the table. Middleware is listed from the inside out.
pub fn configure(edge: Edge) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let sessions = || LoginSessions::new(edge.store.clone(), edge.door.seen.clone()).middleware(&edge.site, edge.cookie_key.clone());
        let api = web::scope("/api/v1")
            .configure(api)
            .default_service(web::to(not_found))
            .wrap(auth::identity_middleware())
            .wrap(sessions())
            .wrap(from_fn(auth::credentials::resolve))
            .wrap(from_fn(auth::note_revocations));
        let socket = web::resource("/ws")
            .route(web::get().to(ws::upgrade))
            .default_service(web::to(|request: HttpRequest| async move { method_not_allowed(&request, &["GET"]) }))
            .wrap(auth::identity_middleware())
            .wrap(sessions())
            .wrap(from_fn(auth::read_along::read_along))
            .wrap(from_fn(auth::credentials::resolve_socket))
            .wrap(from_fn(auth::note_revocations))
            .wrap(from_fn(ws::pace_handshakes));
        let site = web::scope("")
            .service(api)
            .service(socket)
            .route("/api/docs", on(Method::GET).to(docs::to_browse))
            .route("/api/docs/{file:.*}", on(Method::GET).to(docs::browse))
            .route("/static/{build}/{path:.*}", on(Method::GET).to(page::file))
            .default_service(web::to(page::page))
            .wrap(from_fn(auth::gate))
            .wrap(from_fn(harden));
        config
            .app_data(body_config(&edge.limits))
            .app_data(path_config())
            .app_data(query_config())
            .app_data(Data::new(edge.store))
            .app_data(Data::new(edge.chat))
            .app_data(Data::new(edge.limits))
            .app_data(Data::new(edge.site))
            .app_data(Data::new(edge.proxies))
            .app_data(Data::new(edge.door.seen.clone()))
            .app_data(Data::new(edge.door))
            .app_data(Data::new(edge.credentials))
            .app_data(Data::new(edge.post_rate))
            .app_data(Data::new(edge.addresses))
            .app_data(Data::new(edge.assets))
            .app_data(Data::new(edge.readiness))
            .app_data(Data::new(edge.description))
            // Asked by machines that know this server by an address of their own, so before the gate.
            .route("/healthz", on(Method::GET).to(health::live))
            .route("/readyz", on(Method::GET).to(health::ready))
            .service(site);
    }
}

/// The API's description, written down. Made once, since it takes some milliseconds.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn description() -> serde_json::Result<docs::Description> {
    docs::Description::of(&openapi())
}

fn openapi() -> utoipa::openapi::OpenApi {
    docs::complete(Api::openapi())
}

fn on(method: Method) -> Route {
    if method == Method::GET { web::route().guard(guard::Any(guard::Get()).or(guard::Head())) } else { web::method(method) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_lists_exactly_what_is_served() {
        let described = serde_json::to_value(openapi()).unwrap();
        let listed: BTreeSet<(String, String)> = described["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone())))
            .collect();
        let health = ["/healthz", "/readyz"].map(|path| ("GET".to_owned(), path.to_owned()));
        let served = TABLE.iter().map(|(method, path)| ((*method).to_owned(), format!("/api/v1{path}"))).chain(health).collect();
        assert_eq!(listed, served);
    }

    #[test]
    fn the_description_is_whole() {
        let described = serde_json::to_value(openapi()).unwrap();
        assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
        let text = described.to_string();
        let schemas = described["components"]["schemas"].as_object().unwrap();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name} is referred to and not described");
        }
        for (path, item) in described["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert_eq!(
                    operation["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"],
                    "#/components/schemas/Problem",
                    "{method} {path}"
                );
                let named = path.matches('{').count();
                let parameters = operation["parameters"].as_array().map_or(0, |all| all.iter().filter(|one| one["in"] == "path").count());
                assert_eq!(parameters, named, "{method} {path}");
            }
        }
    }
}
