//! The files of the page, as they go to the browser: part of the binary in a release build, read from `static/` in a debug build.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;
use rust_embed::Embed;
use sha2::{Digest, Sha256};

#[derive(Embed)]
#[folder = "static/"]
#[allow_missing = true]
struct Folder;

/// Stands in `index.html` where the build belongs.
const PLACEHOLDER: &str = "%BUILD%";

/// How long a debug build believes what it read. One page asks for a hundred files, and to read all of them each time took seconds.
const BELIEVED: Duration = Duration::from_millis(300);

/// The page, and when it was read. Cloning shares it.
#[derive(Clone)]
pub struct Assets(Arc<Mutex<(Instant, Arc<Snapshot>)>>);

/// All files as they were at one moment.
pub struct Snapshot {
    build: String,
    files: BTreeMap<String, Asset>,
}

/// One file.
pub struct Asset {
    pub bytes: Bytes,
    pub media_type: String,
    /// In quotes, as the header wants it.
    pub etag: String,
    compressed: OnceLock<Compressed>,
}

/// The file once more, where that is smaller.
#[derive(Default)]
struct Compressed {
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// How a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Brotli,
    Gzip,
}

impl Assets {
    /// Reads and hashes every file. Compressing takes longer, so a thread does it meanwhile: until it is done files go out as they are.
    ///
    /// # Errors
    /// Where the system starts no thread.
    pub fn load() -> std::io::Result<Self> {
        let snapshot = Arc::new(Snapshot::take());
        if !cfg!(debug_assertions) {
            let files = Arc::clone(&snapshot);
            std::thread::Builder::new().name("compress".to_owned()).spawn(move || files.compress())?;
        }
        Ok(Self(Arc::new(Mutex::new((Instant::now(), snapshot)))))
    }

    /// The files as they are now; in a debug build as they are on the disk, so that a change shows on reload.
    pub fn now(&self) -> Arc<Snapshot> {
        let mut held = self.0.lock();
        if cfg!(debug_assertions) && held.0.elapsed() > BELIEVED {
            *held = (Instant::now(), Arc::new(Snapshot::take()));
        }
        Arc::clone(&held.1)
    }

    /// A hash over every file: it changes exactly when the page does.
    pub fn build(&self) -> String {
        self.now().build.clone()
    }
}

impl Snapshot {
    fn take() -> Self {
        let mut files: BTreeMap<String, Bytes> = BTreeMap::new();
        for path in Folder::iter() {
            if let Some(file) = Folder::get(&path) {
                let bytes = match file.data {
                    std::borrow::Cow::Borrowed(part_of_the_binary) => Bytes::from_static(part_of_the_binary),
                    std::borrow::Cow::Owned(read) => Bytes::from(read),
                };
                files.insert(path.into_owned(), bytes);
            }
        }
        Self::of(files)
    }

    /// Of these files.
    pub fn of(mut files: BTreeMap<String, Bytes>) -> Self {
        let mut hasher = Sha256::new();
        for (path, bytes) in &files {
            for part in [path.as_bytes(), bytes] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        let build = hex::encode(&hasher.finalize()[..8]);
        if let Some(index) = files.get_mut(Self::INDEX) {
            *index = Bytes::from(String::from_utf8_lossy(index).replace(PLACEHOLDER, &build));
        }
        let files = files
            .into_iter()
            .map(|(path, bytes)| {
                let asset = Asset::new(&path, bytes);
                (path, asset)
            })
            .collect();
        Self { build, files }
    }

    const INDEX: &'static str = "index.html";

    /// Makes the smaller form of every file that has one.
    pub fn compress(&self) {
        self.files.values().for_each(|file| file.compress());
    }

    /// The hash over every file.
    pub fn build(&self) -> &str {
        &self.build
    }

    /// The page itself; `None` where the binary was built without one.
    pub fn index(&self) -> Option<&Asset> {
        self.file(Self::INDEX)
    }

    /// The file of this path below `static/`.
    pub fn file(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }
}

impl Asset {
    fn new(path: &str, bytes: Bytes) -> Self {
        let media_type = match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("webmanifest") => "application/manifest+json".to_owned(),
            _ => mime_guess::from_path(path).first_or_octet_stream().to_string(),
        };
        let media_type = if is_text(&media_type) { format!("{media_type}; charset=utf-8") } else { media_type };
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..12]));
        Self { bytes, media_type, etag, compressed: OnceLock::new() }
    }

    /// The file in this coding, if there is one and it is smaller.
    pub fn coded(&self, coding: Coding) -> Option<&Bytes> {
        let compressed = self.compressed.get()?;
        match coding {
            Coding::Brotli => compressed.brotli.as_ref(),
            Coding::Gzip => compressed.gzip.as_ref(),
        }
    }

    fn compress(&self) {
        let smaller = |coded: std::io::Result<Vec<u8>>| coded.ok().filter(|coded| coded.len() < self.bytes.len()).map(Bytes::from);
        self.compressed.get_or_init(|| {
            if !is_text(&self.media_type) && !self.media_type.starts_with("image/svg") {
                return Compressed::default();
            }
            Compressed { gzip: smaller(gzip(&self.bytes)), brotli: smaller(brotli(&self.bytes)) }
        });
    }
}

fn is_text(media_type: &str) -> bool {
    ["text/", "application/javascript", "application/json", "application/manifest+json"].iter().any(|kind| media_type.starts_with(kind))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    const BUFFER: usize = 4_096;
    /// Of 11; the last two cost ten times the time for one part in fifty.
    const QUALITY: u32 = 9;
    /// 64 KiB: hardly a file is longer, and the encoder's tables grow with it.
    const WINDOW: u32 = 16;
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), BUFFER, QUALITY, WINDOW);
    encoder.write_all(bytes)?;
    encoder.flush()?;
    Ok(encoder.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        Snapshot::of(files.iter().map(|(path, text)| ((*path).to_owned(), Bytes::from((*text).to_owned()))).collect())
    }

    #[test]
    fn the_build_changes_exactly_when_a_file_does() {
        let one = snapshot(&[("index.html", "<a href=/static/%BUILD%/x>"), ("x", "1")]);
        assert_eq!(one.build(), snapshot(&[("index.html", "<a href=/static/%BUILD%/x>"), ("x", "1")]).build());
        assert_ne!(one.build(), snapshot(&[("index.html", "<a href=/static/%BUILD%/x>"), ("x", "2")]).build());
        assert_ne!(one.build(), snapshot(&[("index.html", "<a href=/static/%BUILD%/x>"), ("y", "1")]).build());
        assert_eq!(one.index().unwrap().bytes, format!("<a href=/static/{}/x>", one.build()));
        assert!(snapshot(&[]).index().is_none());
    }

    #[test]
    fn files_have_their_types_and_smaller_forms() {
        let long = "body { color: red; }\n".repeat(100);
        let page = snapshot(&[("a.css", &long), ("b.js", "1"), ("c.woff2", &long), ("d.svg", &long), ("e.webmanifest", "{}")]);
        for (path, media_type, is_coded) in [
            ("a.css", "text/css; charset=utf-8", true),
            ("b.js", "text/javascript; charset=utf-8", false),
            ("c.woff2", "font/woff2", false),
            ("d.svg", "image/svg+xml", true),
            ("e.webmanifest", "application/manifest+json; charset=utf-8", false),
        ] {
            let file = page.file(path).unwrap();
            assert_eq!(file.media_type, media_type);
            assert!(file.coded(Coding::Gzip).is_none());
            file.compress();
            assert_eq!(file.coded(Coding::Gzip).is_some(), is_coded, "{path}");
            assert_eq!(file.coded(Coding::Brotli).is_some(), is_coded, "{path}");
        }
        let css = page.file("a.css").unwrap();
        let mut read = String::new();
        flate2::read::GzDecoder::new(&css.coded(Coding::Gzip).unwrap()[..]).read_to_string(&mut read).unwrap();
        assert_eq!(read, long);
        let mut read = String::new();
        brotli::Decompressor::new(&css.coded(Coding::Brotli).unwrap()[..], 4_096).read_to_string(&mut read).unwrap();
        assert_eq!(read, long);
    }
}
