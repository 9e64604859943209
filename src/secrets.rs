//! The secrets of this server: made on first start, kept in the data folder, never set by hand.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

/// Length of the cookie key: 32 bytes sign, 32 encrypt.
const KEY_BYTES: usize = 64;

/// What only this server knows. `Debug` shows nothing of it.
pub struct Secrets {
    cookie_key: [u8; KEY_BYTES],
}

/// Why there are no secrets.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// The folder cannot be made.
    #[error("The data folder {} cannot be made ({cause}); make it yourself or set SNUG_DATA_DIR to another one.", path.display())]
    Folder { path: PathBuf, cause: io::Error },
    /// The file cannot be read.
    #[error("The secrets file {} cannot be read ({cause}); check who owns it and its folder.", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    /// The file cannot be written.
    #[error("The secrets file {} cannot be written ({cause}); check the permissions and the free space of its folder.", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    /// Other users of the machine can read the file.
    #[error("The secrets file {} can be read by other users of this machine; run `chmod 600 {}`.", path.display(), path.display())]
    TooOpen { path: PathBuf },
    /// The file holds something else.
    #[error("The secrets file {} is damaged; restore it from a back-up, or remove it and everyone signs in again.", path.display())]
    Damaged { path: PathBuf },
}

#[derive(Deserialize)]
struct Stored {
    cookie_key: String,
}

impl Secrets {
    /// Loads `secrets.toml` from the data folder; on first start makes both. Two servers that start at once get the same secrets.
    ///
    /// # Errors
    /// The folder or the file cannot be used, or others can read the file.
    pub fn load_or_make(data_dir: &Path) -> Result<Self, SecretsError> {
        let path = data_dir.join("secrets.toml");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data_dir)
            .and_then(|()| File::open(data_dir))
            .and_then(|folder| folder.lock().map(|()| folder))
            .map_err(|cause| SecretsError::Folder { path: data_dir.to_owned(), cause })
            // The lock on the folder is held to the end: who comes second finds the file of the first.
            .and_then(|folder| match fs::metadata(&path) {
                Ok(_) => Ok(()),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    make(&folder, &path).map_err(|cause| SecretsError::Unwritable { path: path.clone(), cause })
                }
                Err(cause) => Err(SecretsError::Unreadable { path: path.clone(), cause }),
            })?;
        Self::load(&path)
    }

    fn load(path: &Path) -> Result<Self, SecretsError> {
        let unreadable = |cause| SecretsError::Unreadable { path: path.to_owned(), cause };
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(SecretsError::TooOpen { path: path.to_owned() });
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        // What is wrong with the text is not said: the parser would quote it.
        let damaged = || SecretsError::Damaged { path: path.to_owned() };
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let stored: Stored = toml::from_str(&text).map_err(|_| damaged())?;
        let mut cookie_key = [0; KEY_BYTES];
        hex::decode_to_slice(&stored.cookie_key, &mut cookie_key).map_err(|_| damaged())?;
        Ok(Self { cookie_key })
    }

    /// The key that signs and encrypts cookies. Another one signs everyone out.
    pub const fn cookie_key(&self) -> &[u8; KEY_BYTES] {
        &self.cookie_key
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(hidden)")
    }
}

/// Writes the file so that it is either there as a whole or not at all, also when the power fails.
fn make(folder: &File, path: &Path) -> io::Result<()> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let text = format!(
        "# Made by Snug. Keep it secret, and keep it: without it everyone signs in again.\ncookie_key = \"{}\"\n",
        hex::encode(key)
    );

    let new = path.with_extension("toml.new");
    // What an interrupted start left behind; the lock on the folder says that nobody is writing it now.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    folder.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_start_makes_them_and_later_ones_find_them() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deep/data");
        let first = Secrets::load_or_make(&data).unwrap();
        let second = Secrets::load_or_make(&data).unwrap();
        assert_eq!(first.cookie_key(), second.cookie_key());
        assert_ne!(first.cookie_key(), &[0; KEY_BYTES]);
        assert_eq!((mode(&data), mode(&data.join("secrets.toml"))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn starts_at_the_same_time_agree() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| *Secrets::load_or_make(folder.path()).unwrap().cookie_key())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn an_interrupted_start_is_finished_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secrets.toml.new"), "cookie_key = \"12").unwrap();
        Secrets::load_or_make(folder.path()).unwrap();
        assert!(!folder.path().join("secrets.toml.new").exists());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Secrets::load_or_make(folder.path()).unwrap();
        let path = folder.path().join("secrets.toml");
        for open in [0o640, 0o604, 0o660, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let says = Secrets::load_or_make(folder.path()).unwrap_err().to_string();
            assert!(says.ends_with(&format!("run `chmod 600 {}`.", path.display())), "{says}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Secrets::load_or_make(folder.path()).unwrap();
    }

    #[test]
    fn a_damaged_file_is_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::load_or_make(folder.path()).unwrap();
        let path = folder.path().join("secrets.toml");
        for text in [&b""[..], b"cookie_key = 1", b"cookie_key = \"abcd\"", b"cookie_key = \"hunter2", b"\xff\xfe hunter2"] {
            fs::write(&path, text).unwrap();
            let error = Secrets::load_or_make(folder.path()).unwrap_err();
            assert!(matches!(error, SecretsError::Damaged { .. }));
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert_eq!(format!("{secrets:?}"), "Secrets(hidden)");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let says = Secrets::load_or_make(&file.join("data")).unwrap_err().to_string();
        assert!(says.contains("cannot be made") && says.contains("SNUG_DATA_DIR"), "{says}");
    }
}
