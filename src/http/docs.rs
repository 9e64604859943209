//! The API's description, made from the code, and a page to browse it that loads nothing from elsewhere.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpResponse, Responder, web};
use utoipa::openapi::{Content, OpenApi, RefOr, Response, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::Config;

use crate::error::{AppError, Problem};

/// The description as it is served.
#[derive(Clone)]
pub struct Description(Bytes);

/// Where it is.
const ADDRESS: &str = "/api/v1/openapi.json";

/// Swagger UI sets styles from its script and shows its pictures as data.
const CSP: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                   form-action 'none'; frame-ancestors 'none'";

/// Completes the description that the handlers' own words make: every operation can answer with a problem.
pub fn complete(mut api: OpenApi) -> OpenApi {
    api.info.title = "Snug".to_owned();
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    api.info.description = Some(
        "Everything a person can do in Snug, beside the socket and by the same rules. Sign in with `POST /api/v1/sign-in` and keep the cookie. \
         Bodies are JSON; times are milliseconds since 1970; whatever is refused says why, with a stable `code`, as `application/problem+json`."
            .to_owned(),
    );
    let mut schemas: Vec<(String, RefOr<Schema>)> = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    api.components.get_or_insert_default().schemas.extend(schemas);
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let mut problem = Response::new("Refused or failed; `code` says why.");
            let schema = RefOr::Ref(utoipa::openapi::Ref::from_schema_name(Problem::name()));
            problem.content.insert("application/problem+json".to_owned(), Content::new(Some(schema)).into());
            operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
        }
    }
    api
}

impl Description {
    /// Writes it down once.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn of(api: &OpenApi) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(api).map(|json| Self(json.into()))
    }
}

/// This description (OpenAPI 3.1).
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "docs", responses((status = 200, content_type = "application/json")))]
pub async fn openapi(description: Data<Description>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description.0.clone())
}

/// The browser's own address ends with a slash, since its files are named from there.
pub async fn to_browse() -> impl Responder {
    web::Redirect::to("/api/docs/").permanent()
}

/// The pages of the browser.
pub async fn browse(path: Path<String>) -> Result<HttpResponse, AppError> {
    // Its default asks a service on the internet whether the description is valid.
    let config = Arc::new(Config::from(ADDRESS).validator_url("none"));
    let file = utoipa_swagger_ui::serve(&path, config).map_err(|cause| AppError::internal(&cause))?;
    let Some(file) = file else { return Ok(super::not_found().await) };
    let mut response = HttpResponse::Ok();
    response
        .content_type(file.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if file.gzpipped {
        response.insert_header(header::ContentEncoding::Gzip);
    }
    Ok(response.body(file.bytes.into_owned()))
}
