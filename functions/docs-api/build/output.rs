//! What is embedded: compressed files, and the Rust source that includes them.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

/// Digits of a hash that tell contents apart.
const DIGITS: usize = 16;

/// A file that pages load.
pub(crate) struct Asset {
    /// `site.0123456789abcdef.css`.
    pub(crate) name: String,
    media: &'static str,
    content: Vec<u8>,
}

/// Has cargo build again when a file or folder changes.
pub(crate) fn watched(path: &Path) -> PathBuf {
    println!("cargo::rerun-if-changed={}", path.display());
    path.to_owned()
}

fn hash(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let mut text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(DIGITS);
    text
}

impl Asset {
    pub(crate) fn read(path: &Path, media: &'static str) -> Self {
        let content = fs::read(watched(path)).expect("an asset");
        let part = |part: Option<&std::ffi::OsStr>| {
            part.and_then(|part| part.to_str()).expect("a file name").to_owned()
        };
        let (stem, extension) = (part(path.file_stem()), part(path.extension()));
        Self { name: format!("{stem}.{}.{extension}", hash(&content)), media, content }
    }
}

/// Writes files to the build's folder and collects the source that embeds them.
pub(crate) struct Output {
    folder: PathBuf,
    source: String,
}

impl Output {
    pub(crate) fn new(folder: &str) -> Self {
        Self { folder: folder.into(), source: String::new() }
    }

    /// A constant of one file.
    pub(crate) fn single(&mut self, constant: &str, name: &str, media: &str, content: &[u8]) {
        let file = self.file(constant, name, media, content);
        let _ = writeln!(self.source, "pub(crate) static {constant}: File = {file};");
    }

    /// A constant list of texts of one media type, by their names.
    pub(crate) fn table(&mut self, constant: &str, media: &str, files: &[(String, String)]) {
        let files = files.iter().map(|(name, text)| (name.as_str(), media, text.as_bytes()));
        self.list(constant, files);
    }

    /// A constant list of assets.
    pub(crate) fn assets(&mut self, constant: &str, assets: &[Asset]) {
        let files = assets.iter().map(|one| (one.name.as_str(), one.media, &one.content[..]));
        self.list(constant, files);
    }

    fn list<'a>(
        &mut self,
        constant: &str,
        files: impl Iterator<Item = (&'a str, &'a str, &'a [u8])>,
    ) {
        let mut entries = String::new();
        for (name, media, content) in files {
            let _ = write!(entries, "{}, ", self.file(constant, name, media, content));
        }
        let _ = writeln!(self.source, "pub(crate) static {constant}: &[File] = &[{entries}];");
    }

    /// The source of one file, which is written compressed.
    fn file(&self, constant: &str, name: &str, media: &str, content: &[u8]) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).expect("memory");
        let path = self.folder.join(format!("{constant}-{name}.gz"));
        fs::write(&path, encoder.finish().expect("memory")).expect("the build's folder");
        let etag = format!("\"{}\"", hash(content));
        format!(
            "File {{ name: {name:?}, media: {media:?}, etag: {etag:?}, gzip: include_bytes!({path:?}) }}"
        )
    }

    pub(crate) fn finish(self) {
        fs::write(self.folder.join("files.rs"), self.source).expect("the build's folder");
    }
}
