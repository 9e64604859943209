//! The database, opened by a command while the server may be running on it.

use anyhow::{Result, bail};

use crate::config::Config;
use crate::store::{DatabaseUrl, Store, place};

/// Does something in the database that the settings name, and closes it again. A server that runs on the same database hears of what
/// ends there by the revocations that are stored with it.
///
/// # Errors
/// One sentence that says what to do: no database there, one that cannot be opened, or one without a place; what `work` answers.
pub(super) fn work<T>(config: &Config, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
    let url = DatabaseUrl::parse(&config.storage.database_url().expose())?;
    // To open a SQLite file is to make it, and nobody wants a new place by a mistyped path.
    if let DatabaseUrl::Sqlite(path) = &url
        && !path.exists()
    {
        bail!("There is no database at {}; name the data folder or the database that the server uses.", path.display());
    }
    let store = Store::open(&url, &config.limits, |_| {})?;
    let done = actix_web::rt::System::new().block_on(async {
        if store.read(place::load).await?.is_none() {
            bail!("This place has not been set up yet; start the server and open the address that it prints.");
        }
        work(&store).await
    });
    store.close();
    done
}
