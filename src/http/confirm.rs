//! Asking once more who it is, before something that a page left open should not allow.

use crate::auth::{ClientAddress, CurrentUser, Door};
use crate::domain::{Code, Password, Refusal};
use crate::error::AppError;
use crate::store::{Store, users};

/// Whether this is the password of who is signed in. Whoever finds an open page may not guess more often than whoever finds the
/// sign-in form.
///
/// # Errors
/// [`Code::PasswordWrong`] at `field`; [`Code::SlowDown`]; what the store answers.
pub(super) async fn password(
    user: &CurrentUser,
    address: ClientAddress,
    store: &Store,
    door: &Door,
    given: &str,
    field: &'static str,
) -> Result<(), AppError> {
    door.throttle.sign_in(Some(&user.user().username), address)?;
    let id = user.id();
    let stored = store.read(move |conn| users::credentials_of(conn, id)).await?.map(|credentials| credentials.password_hash);
    let wrong = || Refusal::of(Code::PasswordWrong, "This is not your password.").field(field);
    let password = Password::parse(given).map_err(|_| wrong())?;
    if door.passwords.verify(password, stored).await? { Ok(()) } else { Err(wrong().into()) }
}
