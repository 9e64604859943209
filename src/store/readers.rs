//! The read connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::r2d2::R2D2Connection as _;
use tokio::sync::Semaphore;

use super::connection::{Connector, Purpose, snapshot};
use super::{Cause, Connection, DatabaseUrl, StoreError, Trouble};

/// How long a read waits for a connection, and how long the pool waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// A pool behind a semaphore of the same size: waiting costs no thread, and whoever gets through finds a connection free.
#[derive(Clone)]
pub struct Readers {
    pool: r2d2::Pool<Pooling>,
    free: Arc<Semaphore>,
}

impl Readers {
    /// Opens the pool. Its connections are opened as they are needed.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let sqlite = matches!(url, DatabaseUrl::Sqlite(_));
        let cores = std::thread::available_parallelism().map_or(4, usize::from);
        let size: u8 = if sqlite { u8::try_from(cores).unwrap_or(u8::MAX).clamp(4, 8) } else { 8 };
        let pool = r2d2::Pool::builder()
            .max_size(u32::from(size))
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            // It would be a journey for each read. See `run`.
            .test_on_check_out(false)
            .error_handler(Box::new(LogErrors))
            .build(Pooling(Connector { url: url.clone(), purpose: Purpose::Read }))
            .map_err(|error| StoreError::Setup(format!("The database {url} cannot be read: {error}.")))?;
        Ok(Self { pool, free: Arc::new(Semaphore::new(usize::from(size))) })
    }

    /// Runs a query in a snapshot.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read_one(move |connection| snapshot(connection, &query)).await
    }

    /// Runs a query on a thread that may block.
    pub async fn read_one<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = match tokio::time::timeout(PATIENCE, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) | Err(_) => return Err(StoreError::Busy),
        };
        let pool = self.pool.clone();
        let work = move || {
            // The query goes on where its caller has gone away, and so must the permit.
            let _permit = permit;
            run(&pool, &query)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(answer) => answer,
            Err(error) => Err(StoreError::broken(format!("a query did not end: {error}"))),
        }
    }
}

/// Runs a query on a connection that is free. Where that one has died, mostly while it was idle, the next is taken, until one is met that is
/// newer than the question. Not for one that has run for long; who asked has had patience enough.
fn run<T>(pool: &r2d2::Pool<Pooling>, query: &impl Fn(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
    let begun = Instant::now();
    loop {
        let mut pooled = pool.get().map_err(|error| StoreError::Unavailable(Cause::of(Trouble::Lost, error.to_string())))?;
        let answer = query(&mut pooled.connection);
        pooled.lost = answer.as_ref().is_err_and(|error| error.trouble() == Some(Trouble::Lost));
        if !pooled.lost || pooled.begun > begun || begun.elapsed() > PATIENCE {
            return answer;
        }
    }
}

struct Pooled {
    connection: Connection,
    /// When somebody began to open it.
    begun: Instant,
    /// It has turned out to be dead.
    lost: bool,
}

struct Pooling(Connector);

impl r2d2::ManageConnection for Pooling {
    type Connection = Pooled;
    type Error = StoreError;

    fn connect(&self) -> Result<Pooled, StoreError> {
        let begun = Instant::now();
        let connection = self.0.open().map_err(StoreError::from_cause)?;
        Ok(Pooled { connection, begun, lost: false })
    }

    /// Not asked: see `run`.
    fn is_valid(&self, _: &mut Pooled) -> Result<(), StoreError> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost || pooled.connection.is_broken()
    }
}

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<StoreError> for LogErrors {
    fn handle_error(&self, error: StoreError) {
        tracing::warn!(%error, "a read connection could not be opened");
    }
}
