//! The audit log only grows.

use snug::domain::{AuditKind, Origin};
use snug::store::audit::{self, Subject, Which};

use crate::harness::Db;

both! {
    async fn nothing_is_changed_or_taken_out(db) {
        db.alice().await;
        let append = |tx: &mut snug::store::Transaction<'_>| {
            audit::record(tx, Origin::SERVER, AuditKind::Unbanned, Subject::of(7, "bob"), &serde_json::json!({}))
        };
        db.store.write(append).await.unwrap();
        for statement in ["UPDATE audit_log SET kind = 'banned'", "DELETE FROM audit_log"] {
            assert!(tries(db, statement), "{statement}");
        }
        let records = db.reads(|conn| audit::page(conn, Which::default(), 10)).await;
        assert_eq!((records.len(), records[0].kind, records[0].subject.as_str()), (1, AuditKind::Unbanned, "bob"));
    }
}

/// Whether the database itself refuses a statement.
fn tries(db: &Db, statement: &str) -> bool {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| db.sql(statement))).is_err();
    std::panic::set_hook(hook);
    refused
}
