//! The writer: one thread, one queue, many jobs in one transaction.
