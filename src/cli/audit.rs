//! `snug audit export`: the audit log as JSON lines.

use std::io::Write;

use anyhow::Result;
use serde_json::json;

use super::{database, print};
use crate::config::Config;
use crate::domain::{AuditKind, Origin};
use crate::store::audit::{self, Subject, Which};

/// Prints all records, the newest first, a page at a time: the same lines as the API gives. That it was taken is recorded.
pub(super) fn export(config: &Config, out: &mut dyn Write) -> Result<()> {
    database::work(config, async |store| {
        store.write(|tx| audit::record(tx, Origin::COMMAND_LINE, AuditKind::AuditExported, Subject::default(), &json!({}))).await?;
        let mut which = Which::default();
        loop {
            let page = store.read(move |conn| audit::page(conn, which, audit::MOST)).await?;
            let Some(oldest) = page.last() else { return Ok(()) };
            which.before = Some(oldest.id);
            let mut lines = String::new();
            for record in &page {
                lines.push_str(&serde_json::to_string(record)?);
                lines.push('\n');
            }
            print(out, &lines)?;
        }
    })
}
