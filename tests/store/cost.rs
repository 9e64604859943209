//! What a post costs. A change that adds a statement should be made on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;
use snug::domain::Outcome;
use snug::store::actions;

use crate::harness::{in_person, post};

/// Facts, first try, number, message, event, read position.
const STATEMENTS: usize = 6;

both! {
    async fn a_post_is_six_statements(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let counted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&counted);
        db.store
            .write(move |tx| {
                let counter = Arc::clone(&counter);
                tx.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                    if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                });
                let answer = actions::run(tx, &in_person(alice), &post(general, "hi"));
                tx.set_instrumentation(|_: InstrumentationEvent<'_>| ());
                answer
            })
            .await
            .unwrap();
        assert_eq!(counted.load(Ordering::Relaxed), STATEMENTS);
    }

    async fn a_burst_of_posts_shares_few_transactions(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let posts = 500;
        let begun = Instant::now();
        let waiting: Vec<_> = (0..posts).map(|n| db.sends(alice, post(general, &format!("{n}: as long as people write in a chat")))).collect();
        for (n, answer) in waiting.into_iter().enumerate() {
            let Outcome::Posted { message, .. } = answer.await.unwrap().unwrap() else { panic!() };
            assert_eq!(message.number.0, n as i64 + 1);
        }
        println!("{:?} for each of {posts} posts", begun.elapsed() / posts);
        let transactions = db.batches().len();
        assert!(transactions < 50, "{posts} posts in {transactions} transactions");
    }
}
