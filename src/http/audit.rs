//! The audit log. For admins.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Json, Query};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::auth::Admin;
use crate::domain::{AuditId, AuditKind, AuditRecord, Origin, UserId};
use crate::error::AppError;
use crate::store::Store;
use crate::store::audit::{self, Subject, Which};

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only older ones than this id.
    before: Option<AuditId>,
    kind: Option<AuditKind>,
    /// Only those that this person did, or that were done to their account.
    user: Option<UserId>,
    /// At most this many, up to 200; 50 where it is not given.
    limit: Option<i64>,
}

/// Records, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Wanted), responses((status = 200, body = Vec<AuditRecord>)))]
pub async fn list(_: Admin, wanted: Query<Wanted>, store: Data<Store>) -> Result<Json<Vec<AuditRecord>>, AppError> {
    let Wanted { before, kind, user, limit } = wanted.into_inner();
    let which = Which { before, kind, user };
    Ok(Json(store.read(move |conn| audit::page(conn, which, limit.unwrap_or(50))).await?))
}

/// All of it as JSON lines, the newest first, page by page: however long the log is, one page is held at a time. That it was taken is
/// recorded.
#[utoipa::path(post, path = "/api/v1/audit/export", tag = "audit",
    responses((status = 200, content_type = "application/jsonl", body = String)))]
pub async fn export(admin: Admin, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let by = admin.by();
    store.write(move |tx| audit::record(tx, Origin::from(&by), AuditKind::AuditExported, Subject::default(), &json!({}))).await?;
    let lines = stream::try_unfold(Which::default(), move |which| {
        let store = store.clone();
        async move {
            let page = store.read(move |conn| audit::page(conn, which, audit::MOST)).await.map_err(AppError::from)?;
            let Some(oldest) = page.last().map(|record| record.id) else { return Ok(None) };
            let lines = page.iter().map(line).collect::<Result<String, _>>()?;
            Ok::<_, AppError>(Some((Bytes::from(lines), Which { before: Some(oldest), ..which })))
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("application/jsonl")
        .insert_header(("Content-Disposition", "attachment; filename=\"audit.jsonl\""))
        .insert_header(("Cache-Control", "no-store"))
        .streaming(lines))
}

fn line(record: &AuditRecord) -> Result<String, AppError> {
    serde_json::to_string(record).map(|json| json + "\n").map_err(|cause| AppError::internal(&cause))
}
