//! The files that pages load, embedded. Each is named by the hash of its content, so a name never
//! changes its content.

use std::sync::LazyLock;

use api::identity::digest_of_code;

/// Digits of a hash that tell contents apart.
const DIGITS: usize = 16;

/// A file.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Last segment of its path.
    pub(crate) name: String,
    /// Its media type.
    pub(crate) media: &'static str,
    /// Its content.
    pub(crate) content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, media: &'static str, content: &'static str) -> Self {
        let mut hash = digest_of_code(content);
        hash.truncate(DIGITS);
        Self { name: format!("{stem}.{hash}.{extension}"), media, content }
    }

    /// Its path.
    pub(crate) fn path(&self) -> String {
        format!("/console/assets/{}", self.name)
    }
}

/// The style sheet.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "css", "text/css; charset=utf-8", include_str!("../assets/console.css"))
});

/// htmx, which asks for a part of a page again.
pub(crate) static HTMX: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../assets/htmx/htmx.min.js");
    Asset::new("htmx", "js", "text/javascript; charset=utf-8", content)
});

/// The icon.
pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg"))
});

/// The file of this name.
pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    [&*STYLE, &*HTMX, &*ICON].into_iter().find(|asset| asset.name == name)
}
